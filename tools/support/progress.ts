import { MovingLine } from './moving-line.ts';

/** Reports the progress of long work. */
export interface Progress {
  /** Shows a line that stays. */
  say(text: string): void;
  /** Shows how far the current step is; replaced by the next one on a terminal. */
  move(text: string): void;
}

/** @param prefix names the work at the start of each line, for example `helm: ` */
export function progressOn(stream: NodeJS.WriteStream, prefix = ''): Progress {
  const line = new MovingLine((text) => void stream.write(text), columnsOf(stream));
  return {
    say: (text) => line.stay(`${prefix}${text}\n`),
    move: (text) => line.move(`${prefix}${text}`),
  };
}

/** @returns the width of a terminal whose lines can be replaced; undefined for a file, a pipe or a terminal that cannot do that */
export function columnsOf(
  { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  environment: NodeJS.ProcessEnv = process.env,
): number | undefined {
  return isTTY && columns > 0 && environment['TERM'] !== 'dumb' ? columns : undefined;
}
