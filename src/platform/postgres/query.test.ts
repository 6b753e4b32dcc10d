import { LeanQuery, type Answered } from "./query";

const wire = () => {
  const writes: Buffer[] = [];
  return { writes, _send: (message: Buffer) => void writes.push(message), query: () => undefined };
};
const ignore: Answered = () => undefined;

it("the installed pg lets the messages of a statement go out in one write", () => {
  const connection = wire();
  new LeanQuery("SELECT $1::int", [7], { layout: undefined }, ignore).submit(connection);
  expect(connection.writes).toHaveLength(1);
  const [parse, describe, sync] = ["SELECT $1::int", "D\0\0\0\x06P\0", "S\0\0\0\x04"];
  for (const part of [parse, describe, sync]) expect(connection.writes[0]?.includes(part)).toBe(true);
});

it("the installed pg lets the layout of rows be kept", () => {
  const column = {
    name: "n",
    tableID: 0,
    columnID: 0,
    dataTypeID: 25,
    dataTypeSize: -1,
    dataTypeModifier: -1,
  };
  const holder = { layout: undefined };
  const first = new LeanQuery("SELECT 1", [], holder, ignore);
  first.handleRowDescription({ fields: [{ ...column, format: "text" }] });
  expect(holder.layout).toBeDefined();
  const { layout } = holder;
  const second = new LeanQuery("SELECT 1", [], holder, ignore);
  second.handleRowDescription({ fields: [{ ...column, format: "text" }] });
  expect(second._result?._parsers).toBe(first._result?._parsers);
  new LeanQuery("SELECT 1", [], holder, ignore).handleRowDescription({
    fields: [{ ...column, dataTypeID: 1700, format: "text" }],
  });
  expect(holder.layout).not.toBe(layout);
});
