import { formatLine, type Line, type Paint, type Tone, textColumn, textWidth, wrap } from './line.ts';

/** Where the demo is shown: lines as they happen, never changed afterwards, so that a terminal, a file and a pipe get the same. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #paint: Paint;
  readonly #now: () => number;
  readonly #startedAt: number;

  constructor(write: (text: string) => void, paint: Paint, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#paint = paint;
    this.#now = now;
    this.#startedAt = now();
  }

  say(label: string, text: string, tone: Tone = 'plain'): void {
    this.line({ label, text, tone });
  }

  line(line: Line): void {
    this.#put(formatLine(line, (this.#now() - this.#startedAt) / 1_000, this.#paint));
  }

  /** Explains the line before. */
  more(text: string): void {
    for (const line of wrap(text, textWidth)) this.#put(this.#paint('quiet', `${' '.repeat(textColumn)}${line}`));
  }

  /** Begins a new part. */
  title(text: string, tone: Tone = 'plain'): void {
    this.#put(`\n${this.#paint(tone, text)}`);
  }

  text(text: string, tone: Tone = 'plain'): void {
    this.#put(this.#paint(tone, text));
  }

  #put(line: string): void {
    this.#write(`${line}\n`);
  }
}
