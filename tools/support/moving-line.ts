/** Milliseconds between two lines when an earlier line cannot be replaced, as in a file. */
const pauseMs = 15_000;

/** Returns to the first column and clears the line. */
const clear = '\r\u001b[2K';

/** Writes lines that stay and, below them, one line that shows how far something is and is replaced by the next. */
export class MovingLine {
  readonly #write: (text: string) => void;
  readonly #columns: number | undefined;
  readonly #now: () => number;
  #isOpen = false;
  #movedAt = Number.NEGATIVE_INFINITY;

  /** @param columns width of the terminal; undefined if the output is not a terminal: then a line comes every 15 s and stays */
  constructor(write: (text: string) => void, columns?: number, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#columns = columns;
    this.#now = now;
  }

  /** Writes text that stays, in whole lines. */
  stay(text: string): void {
    this.#write(this.#isOpen ? `${clear}${text}` : text);
    this.#isOpen = false;
    this.#movedAt = Number.NEGATIVE_INFINITY;
  }

  /** Replaces the moving line. @param text without colours, so that its length is its width */
  move(text: string): void {
    if (this.#columns !== undefined) {
      this.#write(`${clear}${text.slice(0, this.#columns - 1)}`);
      this.#isOpen = true;
    } else if (this.#movedAt === Number.NEGATIVE_INFINITY) {
      this.#movedAt = this.#now(); // what is over soon needs no line
    } else if (this.#now() - this.#movedAt >= pauseMs) {
      this.#movedAt = this.#now();
      this.#write(`${text}\n`);
    }
  }
}
