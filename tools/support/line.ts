/** How one line looks: when, what it is about, and what is said, each in a column of its own. */

/** quiet: goes on as before. turn: the baton is passed. good, bad: how it went. */
export type Tone = 'plain' | 'quiet' | 'turn' | 'good' | 'bad';

export interface Line {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
}

export type Paint = (tone: Tone, text: string) => string;

const codes: Readonly<Record<Tone, string>> = { plain: '', quiet: '2', turn: '1;33', good: '32', bad: '1;31' };

export const plainPaint: Paint = (_tone, text) => text;

export const colourPaint: Paint = (tone, text) =>
  codes[tone] === '' || text === '' ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;

const timeWidth = 7;
const labelWidth = 11;

/** Where the text of a line begins, for what continues it. */
export const textColumn = timeWidth + 2 + labelWidth;

/** What is left for it in the 80 columns that every terminal has. */
export const textWidth = 80 - textColumn;

/** @param seconds since the start; undefined for a line that continues the one before */
export function formatLine({ label, text, tone = 'plain' }: Line, seconds: number | undefined, paint: Paint): string {
  const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
  const head = `${paint('quiet', time.padStart(timeWidth))}  ${paint(tone, label.padEnd(labelWidth))}`;
  return `${head}${paint(tone === 'quiet' ? 'quiet' : 'plain', text)}`.trimEnd();
}

/** Broken between words; a word that is longer keeps its line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/ +/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  const indent = ' '.repeat(text.length - text.trimStart().length);
  return lines.map((line) => indent + line);
}

/** Colours are for people who look at a terminal and have not asked for none (https://no-color.org). */
export function paintFor(terminal: boolean, environment: Readonly<Record<string, string | undefined>>): Paint {
  const unwanted = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return terminal && !unwanted ? colourPaint : plainPaint;
}
