/** Numbers of an id. */
export const ID_WORDS = 4;
/** Characters of a UUID as text. */
const ID_CHARS = 36;
const DIGITS_PER_WORD = 8;
const DASH = 0x2d;
/** In front of which digits a dash stands: those numbered 8, 12, 16 and 20. */
const DASHES = (1 << 8) | (1 << 12) | (1 << 16) | (1 << 20);
/** In the place of a digit's value: it is none. */
const NO_DIGIT = 16;
/** The values of the hexadecimal digits in lower case, by character code. */
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  VALUES[digit.charCodeAt(0)] = value;
}

const scratch = new Uint8Array(ID_CHARS);

/** Reads an id as four numbers. @returns Whether it is a UUID in lower case: others have no numbers. */
export function wordsOfText(id: string, words: Uint32Array): boolean {
  if (id.length !== ID_CHARS) return false;
  for (let index = 0; index < ID_CHARS; index++) {
    const code = id.charCodeAt(index);
    if (code > 0x7f) return false;
    scratch[index] = code;
  }
  return wordsOfBytes(scratch, 0, words);
}

/** The same of an id that begins at `start`, and has room to its end. */
export function wordsOfBytes(
  bytes: Uint8Array,
  start: number,
  words: Uint32Array,
): boolean {
  let at = start;
  let wrong = 0;
  for (let word = 0; word < ID_WORDS; word++) {
    let value = 0;
    for (let digit = 0; digit < DIGITS_PER_WORD; digit++) {
      const number = word * DIGITS_PER_WORD + digit;
      if (((DASHES >>> number) & 1) !== 0) {
        wrong |= (bytes[at++] as number) ^ DASH;
      }
      const one = VALUES[bytes[at++] as number] as number;
      wrong |= one & NO_DIGIT;
      value = (value << 4) | one;
    }
    words[word] = value;
  }
  return wrong === 0;
}
