import type { IncomingMessage } from 'node:http';

export interface Piece {
  readonly bytes: Buffer;
  /** When it came, in milliseconds of the monotonic clock. */
  readonly at: number;
}

/** What may wait here. The rest waits at the server, which is told so by TCP. */
export const inflowBytes = 256 * 1_024;

/** The body of an answer as it comes, each piece with its time, and no more of it than {@link inflowBytes} and the piece that exceeds them. */
export class Inflow {
  readonly #message: IncomingMessage;
  readonly #pieces: Piece[] = [];
  #waiting = 0;
  #received = 0;
  #end: 'none' | 'in order' | 'cut' = 'none';

  constructor(message: IncomingMessage, onChange: () => void) {
    this.#message = message;
    message.on('data', (bytes: Buffer) => {
      this.#pieces.push({ bytes, at: performance.now() });
      this.#waiting += bytes.length;
      this.#received += bytes.length;
      if (this.#waiting >= inflowBytes) message.pause();
      onChange();
    });
    message.on('error', () => undefined); // 'close' tells how it ended
    message.on('close', () => {
      this.#end = message.complete ? 'in order' : 'cut';
      onChange();
    });
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  get received(): number {
    return this.#received;
  }

  /** How it ended, once every piece of it was taken. */
  get end(): 'none' | 'in order' | 'cut' {
    return this.isEmpty ? this.#end : 'none';
  }

  take(): Piece | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    this.#waiting -= piece.bytes.length;
    if (this.#waiting < inflowBytes / 2 && this.#message.isPaused()) this.#message.resume();
    return piece;
  }
}
