import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { Told } from './client.ts';

export interface WatchFrame {
  readonly type: string;
  readonly object: Told;
}

/** An accepted watch. */
export class WatchStream {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  /** The next frame; undefined at the end of the stream. */
  async next(): Promise<WatchFrame | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as WatchFrame);
  }

  async take(count: number): Promise<readonly WatchFrame[]> {
    const frames: WatchFrame[] = [];
    while (frames.length < count) {
      const frame = await this.next();
      if (frame === undefined) throw new Error(`the stream ended after ${frames.length} of ${count} frames`);
      frames.push(frame);
    }
    return frames;
  }

  /** Everything until the server ends the stream. */
  async all(): Promise<readonly WatchFrame[]> {
    const frames: WatchFrame[] = [];
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) frames.push(frame);
    return frames;
  }

  close(): void {
    this.#response.destroy();
  }
}

/** Type, name and resourceVersion of each frame. */
export function outline(frames: readonly WatchFrame[]): readonly string[] {
  return frames.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
}
