import { MovingLine } from './moving-line.ts';

/** How long work shows that it goes on. */
export interface Progress {
  /** Shows a line that stays. */
  say(text: string): void;
  /** Shows how far the current step is; replaced by the next one on a terminal. */
  move(text: string): void;
}

/** @param prefix names the work at the start of each line, for example `helm: ` */
export function progressOn(stream: NodeJS.WriteStream, prefix = ''): Progress {
  const line = new MovingLine((text) => void stream.write(text), stream.isTTY ? stream.columns : undefined);
  return {
    say: (text) => line.stay(`${prefix}${text}\n`),
    move: (text) => line.move(`${prefix}${text}`),
  };
}
