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

/** @param seconds since the start; undefined for a line that continues the one before */
export function formatLine({ label, text, tone = 'plain' }: Line, seconds: number | undefined, paint: Paint): string {
  const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
  const head = `${paint('quiet', time.padStart(timeWidth))}  ${paint(tone, label.padEnd(labelWidth))}`;
  return `${head}${paint(tone === 'quiet' ? 'quiet' : 'plain', text)}`.trimEnd();
}

/** Colours are for people who look at a terminal and have not asked for none (https://no-color.org). */
export function paintFor(terminal: boolean, environment: Readonly<Record<string, string | undefined>>): Paint {
  const unwanted = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return terminal && !unwanted ? colourPaint : plainPaint;
}
