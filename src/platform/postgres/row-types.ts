import { types, type CustomTypesConfig } from "pg";

const int8 = 20;
const int8Array = 1016;
const date = 1082;
const dateArray = 1182;
const parseTextArray = types.getTypeParser(1009 as Parameters<typeof types.getTypeParser>[0], "text") as (
  text: string,
) => (string | null)[];

/**
 * How column texts become values. Differs from node-postgres' defaults in two ways: int8 is a number, because a count as text adds up wrongly in
 * silence (a value beyond 2^53 throws instead of losing digits), and a date stays the text it is, because a Date would shift it by the time zone.
 */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (format === "binary") return types.getTypeParser(oid, "binary");
    switch (oid) {
      case int8:
        return parseInt8;
      case int8Array:
        return (text: string) => parseTextArray(text).map((each) => (each === null ? null : parseInt8(each)));
      case date:
        return (text: string) => text;
      case dateArray:
        return parseTextArray;
      default:
        return types.getTypeParser(oid, "text");
    }
  }) as CustomTypesConfig["getTypeParser"],
};

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`An int8 column holds ${text}, which is no safe integer: cast it to text.`);
  return value;
}
