import fc from "fast-check";
import { parsed, parseIndex, parseNumber, spellsNonFinite } from "./number";

function parse(text: string): number {
  const bytes = Buffer.from(`${text} `);
  const value = parseNumber(bytes, 0, bytes.length);
  if (parsed.end !== text.length) throw new Error(`of '${text}' only ${parsed.end} bytes were read`);
  return value;
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test("every double written in full reads back as itself", () => {
  fc.assert(
    fc.property(finite, (value) => parse(String(value)) === value),
    { numRuns: 1000 },
  );
});

test("decimals of any number of digits round as Number() rounds them", () => {
  const digits = fc.stringMatching(/^[0-9]{0,40}$/);
  const exponent = fc.option(fc.integer({ min: -330, max: 330 }), { nil: undefined });
  fc.assert(
    fc.property(digits, digits, exponent, fc.constantFrom("", "-", "+"), (whole, fraction, power, sign) => {
      fc.pre(whole.length + fraction.length > 0);
      const text = `${sign}${whole}.${fraction}${power === undefined ? "" : `e${power}`}`;
      return parse(text) === Number(text);
    }),
    { numRuns: 1000 },
  );
});

test("numbers as printf writes them, of models' sizes, round as Number() rounds them", () => {
  const coordinate = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(coordinate, fc.integer({ min: 0, max: 20 }), (value, digits) => {
      const texts = [value.toFixed(digits), value.toExponential(digits)];
      return texts.every((text) => parse(text) === Number(text));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  "1.5",
  "-0",
  "+7",
  ".5",
  "5.",
  "1e5",
  "1E-5",
  "9007199254740993",
  "0.1000000000000000055511151231257827",
])("%s is read as Number() reads it", (text) => expect(parse(text)).toBe(Number(text)));

test.each(["", "-", ".", "e5", "x1", "nan", "inf"])(
  "'%s' is no number and nothing of it is consumed",
  (text) => {
    const bytes = Buffer.from(text);
    expect(parseNumber(bytes, 0, bytes.length)).toBeNaN();
    expect(parsed.end).toBe(0);
  },
);

test.each([
  ["1x", 1, 1],
  ["1e", 1, 1],
  ["1e+", 1, 1],
  ["1.2.3", 1.2, 3],
])("of '%s' only the number is consumed", (text, value, end) => {
  const bytes = Buffer.from(text);
  expect(parseNumber(bytes, 0, bytes.length)).toBe(value);
  expect(parsed.end).toBe(end);
});

test("an exponent that no double has gives infinity or zero", () => {
  expect(parse("1e999")).toBe(Infinity);
  expect(parse("-1e99999999999")).toBe(-Infinity);
  expect(parse("1e-999")).toBe(0);
});

test("indices are whole numbers of at most nine digits", () => {
  const read = (text: string) => parseIndex(Buffer.from(text), 0, text.length);
  expect(read("12/3")).toBe(12);
  expect(read("-4")).toBe(-4);
  expect(read("1234567890")).toBeNaN();
  expect(read("x")).toBeNaN();
});

test.each(["nan", "-NaN", "inf", "+Infinity", "-1.#IND", "1.#QNAN", "nan(ind)"])(
  "'%s' spells non-finite",
  (text) => {
    expect(spellsNonFinite(Buffer.from(text), 0, text.length)).toBe(true);
  },
);
