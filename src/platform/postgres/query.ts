import { Connection, Query, type FieldDef, type QueryResult } from "pg";

/** What node-postgres derives from the columns that the server announces. It does so for each answer, which takes longer than reading a row. */
export type RowLayout = { fields: FieldDef[]; parsers: unknown; empty: unknown };

/** The owner of a layout: all answers to one statement share it as long as the server announces the same columns. */
export type LayoutHolder = { layout: RowLayout | undefined };

export type Answered = (error: Error | null, result: QueryResult) => void;

type RowDescription = { fields: FieldDef[] };
type Result = {
  command: string | null;
  fields: FieldDef[];
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
};
/** A connection as far as a query writes to it. */
type Wire = { _send(message: Buffer): void };
/** A query with what is private in pg 8.23. */
type PgQuery = {
  _result?: Result;
  _accumulateRows: boolean;
  requiresPreparation(): boolean;
  prepare(connection: Wire): void;
  submit(connection: Wire): Error | null;
  handleRowDescription(message: RowDescription): void;
};

const Ancestor = Query as unknown as new (
  text: string,
  values: readonly unknown[],
  answered?: Answered,
) => PgQuery;

/**
 * node-postgres' query, with the layout of its rows kept, and with its five messages sent in one write: each is a job of its own for the stream otherwise.
 * It touches private members; where one is missing or another than in pg 8.23, the query does what its ancestor does.
 */
export class LeanQuery extends Ancestor {
  readonly #holder: LayoutHolder;

  constructor(text: string, values: readonly unknown[], holder: LayoutHolder, answered: Answered) {
    super(text, values, answered);
    this.#holder = holder;
  }

  override submit(connection: Wire): Error | null {
    if (!writesToCollector || !this.requiresPreparation()) return super.submit(connection);
    connection._send(messagesOf(this));
    return null;
  }

  override handleRowDescription(message: RowDescription): void {
    const { layout } = this.#holder;
    const result = this._result;
    // A simple query may have several answers: the ancestor tells them apart by the command of the one before.
    if (layout && result && result.command === null && isSame(layout.fields, message.fields)) {
      result.fields = layout.fields;
      result._parsers = layout.parsers;
      result._prebuiltEmptyResultObject = layout.empty;
      this._accumulateRows = true;
      return;
    }
    super.handleRowDescription(message);
    this.#holder.layout = layoutOf(this._result);
  }
}

/** Writes messages as a connection does, into a list. */
const collector = Object.assign(Object.create(Connection.prototype) as Wire, {
  messages: [] as Buffer[],
  parsedStatements: {},
  submittedNamedStatements: {},
  _send(message: Buffer): void {
    collector.messages.push(message);
  },
});

function messagesOf(query: PgQuery): Buffer {
  const messages: Buffer[] = [];
  collector.messages = messages;
  query.prepare(collector);
  return Buffer.concat(messages);
}

/** Tried once: Parse, Bind, Describe, Execute, Sync, and nothing written past the list. */
const writesToCollector = ((): boolean => {
  try {
    messagesOf(new Ancestor("SELECT $1", ["x"]));
    return collector.messages.map((message) => String.fromCharCode(message[0] ?? 0)).join("") === "PBDES";
  } catch {
    return false;
  }
})();

function layoutOf(result: Result | undefined): RowLayout | undefined {
  const { fields, _parsers: parsers, _prebuiltEmptyResultObject: empty } = result ?? {};
  if (!Array.isArray(fields) || !Array.isArray(parsers) || typeof empty !== "object" || empty === null)
    return undefined;
  return { fields, parsers, empty };
}

/** The types decide how a value is read, the names what it is called; what else the server says of a column changes neither. */
function isSame(known: readonly FieldDef[], announced: readonly FieldDef[]): boolean {
  if (known.length !== announced.length) return false;
  for (let i = 0; i < known.length; i++) {
    const a = known[i] as FieldDef;
    const b = announced[i] as FieldDef;
    if (a.name !== b.name || a.dataTypeID !== b.dataTypeID || a.format !== b.format) return false;
  }
  return true;
}
