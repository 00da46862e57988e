import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** A pipe as a container runtime gives it to a process: what `spawn` makes of `pipe` is a socket. */
export interface Pipe {
  /** For the process that writes. */
  readonly writeEnd: number;
  /** Returns what is in the pipe at the moment, at most 64 KiB. */
  read(): string;
  closeReadEnd(): void;
  openReadEnd(): void;
}

/** It ends with the test. */
export function makePipe(): Pipe {
  const path = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const open = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let readEnd: number | undefined = open();
  const writeEnd = openSync(path, 'w');
  const closeReadEnd = () => {
    if (readEnd !== undefined) closeSync(readEnd);
    readEnd = undefined;
  };
  onTestFinished(() => {
    closeReadEnd();
    closeSync(writeEnd);
  });
  return {
    writeEnd,
    closeReadEnd,
    openReadEnd() {
      readEnd = open();
    },
    read() {
      const bytes = Buffer.alloc(65_536);
      try {
        return bytes.toString('utf8', 0, readSync(readEnd ?? -1, bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
        throw error;
      }
    },
  };
}
