const scratch = new Float64Array(3);
const words = new Int32Array(scratch.buffer);

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein, https://github.com/veorq/SipHash) of three doubles under a key of two words: whoever does not know the key cannot make
 * inputs that fall together. Several times as slow as a hash without a key.
 */
export function keyedHash(key: Int32Array, x: number, y: number, z: number): number {
  scratch[0] = x;
  scratch[1] = y;
  scratch[2] = z;
  let v0 = key[0]!;
  let v1 = key[1]!;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  // Six words, and three rounds more at the end.
  for (let round = 0; round < 9; round++) {
    const word = round < 6 ? words[round]! : 0;
    if (round === 6) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
