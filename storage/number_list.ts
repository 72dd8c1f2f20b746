const COMMA = 44;
const ZERO = 48;

/**
 * The whole numbers of a text, with commas between them: as SQLite strings them
 * together. Read a character at a time, as that takes a third of the time that
 * it takes to split the text.
 *
 * @returns `undefined` if it is no text, or they are not `count`.
 */
export function readNumbers(
  text: unknown,
  count: number,
): Float64Array<ArrayBuffer> | undefined {
  if (typeof text !== "string") return;
  const numbers = new Float64Array(count);
  let index = 0;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA) {
      numbers[index++] = number;
      number = 0;
    } else {
      number = number * 10 + (code - ZERO);
    }
  }
  numbers[index++] = number;
  return index === count ? numbers : undefined;
}
