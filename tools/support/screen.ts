import { MovingLine } from './moving-line.ts';
import type { Progress } from './progress.ts';
import { formatLine, type Line, type Paint, plainPaint, type Tone, textColumn, textWidth, wrap } from './line.ts';

/** Where the demo is shown: lines as they happen. Only the line that shows the progress of long work is replaced, and only on a terminal. */
export class Screen {
  readonly #out: MovingLine;
  readonly #paint: Paint;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** @param columns width of the terminal; undefined if the output is not one */
  constructor(
    write: (text: string) => void,
    paint: Paint,
    columns?: number,
    now: () => number = () => performance.now(),
  ) {
    this.#out = new MovingLine(write, columns, now);
    this.#paint = paint;
    this.#now = now;
    this.#startedAt = now();
  }

  say(label: string, text: string, tone: Tone = 'plain'): void {
    this.line({ label, text, tone });
  }

  line(line: Line): void {
    this.#put(formatLine(line, this.#seconds, this.#paint));
  }

  /** Long work, shown under one label. */
  progress(label: string): Progress {
    return {
      say: (text) => this.say(label, text),
      move: (text) => this.#out.move(formatLine({ label, text }, this.#seconds, plainPaint)),
    };
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

  get #seconds(): number {
    return (this.#now() - this.#startedAt) / 1_000;
  }

  #put(line: string): void {
    this.#out.stay(`${line}\n`);
  }
}
