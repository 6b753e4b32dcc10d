import { Query, type FieldDef, type QueryResult } from "pg";

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
type Inner = {
  _result?: Result;
  _accumulateRows: boolean;
  handleRowDescription(message: RowDescription): void;
};

const ancestor = Query.prototype as unknown as Inner;

/**
 * node-postgres' query, with the layout of its rows kept. The members that it touches are private to pg 8.23: where one of them is missing nothing is kept, and
 * the query does what its ancestor does.
 */
export class LayoutKeepingQuery extends Query {
  readonly #holder: LayoutHolder;

  constructor(text: string, values: readonly unknown[], holder: LayoutHolder, answered: Answered) {
    super(...([text, values, answered] as unknown as [string]));
    this.#holder = holder;
  }

  handleRowDescription(message: RowDescription): void {
    const inner = this as unknown as Inner;
    const { layout } = this.#holder;
    const result = inner._result;
    // A simple query may have several answers: the ancestor tells them apart by the command of the one before.
    if (layout && result && result.command === null && isSame(layout.fields, message.fields)) {
      result.fields = layout.fields;
      result._parsers = layout.parsers;
      result._prebuiltEmptyResultObject = layout.empty;
      inner._accumulateRows = true;
      return;
    }
    ancestor.handleRowDescription.call(this as unknown as Inner, message);
    this.#holder.layout = layoutOf(inner._result);
  }
}

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
