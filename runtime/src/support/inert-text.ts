/** C0 (with ESC), DEL, C1, line and paragraph separator, and what turns the direction of writing. */
// biome-ignore format: one range per kind
const active = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** The text as it may stand in a line that a person reads: nothing in it acts on a terminal, none of it begins a new line. */
export function inertText(text: string, maximumLength = 2_000): string {
  const shortened = text.length > maximumLength ? `${text.slice(0, maximumLength)}…` : text;
  return shortened.replace(active, ' ');
}
