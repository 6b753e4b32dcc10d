import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "./crc32";
import { InflateError } from "./huffman";
import { inflate } from "./inflate";

function unpack(packed: Uint8Array): Buffer {
  const pieces: Buffer[] = [];
  inflate(packed, (bytes, packedBytes) => {
    if (packedBytes > packed.length) throw new Error(`${packedBytes} bytes were taken of ${packed.length}`);
    pieces.push(Buffer.from(bytes));
  });
  return Buffer.concat(pieces);
}

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

/** Bytes with repetitions near and far, of a few or of all values. */
const content = fc
  .array(
    fc.record({
      seed: fc.uint8Array({ minLength: 1, maxLength: 200 }),
      times: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 12 },
  )
  .map((runs) =>
    Buffer.concat(runs.flatMap(({ seed, times }) => Array<Buffer>(times).fill(Buffer.from(seed)))),
  );

test("what zlib packs, at any level and with any strategy, unpacks to the same bytes", () => {
  fc.assert(
    fc.property(
      content,
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(...STRATEGIES),
      (bytes, level, strategy) => {
        expect(unpack(deflateRawSync(bytes, { level, strategy })).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test("matches reach back over the whole history, across the buffer's end", () => {
  const far = Buffer.alloc(700_000);
  for (let at = 0, x = 1; at < far.length; at++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    far[at] = at < 32_000 ? x >>> 24 : far[at - 32_000]!;
  }
  const packed = deflateRawSync(far);
  expect(packed.length).toBeLessThan(60_000);
  expect(unpack(packed).equals(far)).toBe(true);
});

test("a stream that is cut anywhere is refused", () => {
  const packed = deflateRawSync(Buffer.from("to be or not to be, that is the question ".repeat(50)));
  for (let length = 0; length < packed.length; length++) {
    expect(() => unpack(packed.subarray(0, length))).toThrow(InflateError);
  }
});

test("a stream with changed bytes either unpacks to something or is refused, and ends", () => {
  const packed = deflateRawSync(Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * n) % 61)));
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(packed);
      changed[at]! ^= change;
      try {
        unpack(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(InflateError);
      }
    }),
    { numRuns: 500 },
  );
});

test("random bytes are refused or end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        unpack(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(InflateError);
      }
    }),
    { numRuns: 500 },
  );
});

test("an error of the taker comes through, and stops the unpacking", () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000));
  let taken = 0;
  const stop = new Error("enough");
  expect(() =>
    inflate(bomb, (bytes) => {
      taken += bytes.length;
      throw stop;
    }),
  ).toThrow(stop);
  expect(taken).toBeLessThan(200_000);
});

test("the checksum is that of zip, in one piece or several", () => {
  const check = Buffer.from("123456789");
  expect(crc32(0, check)).toBe(0xcbf43926);
  expect(crc32(crc32(0, check.subarray(0, 5)), check.subarray(5))).toBe(0xcbf43926);
});
