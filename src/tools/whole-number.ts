/** The number that an option of a command was given; throws a sentence for what is none, or below `least` (0). */
export function wholeNumber(option: string, text: string, least = 0): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < least)
    throw new Error(`${option} takes a whole number from ${least}, not ${text === "" ? "nothing" : text}.`);
  return number;
}
