/**
 * Starts a program that cannot outlive us: a shell stands over it and kills it when our end of a pipe closes, which the kernel does however we
 * end. Signals go to the program itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { basename } from 'node:path';
import { recordProcess } from './process-log.ts';

export interface Supervised {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with the exit code, or 128 and the number of the signal, when the program has ended. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

export interface SupervisedOptions {
  /** Name of its log. @default the command's file name */
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
}

// A program in the background gets /dev/null for its input: the pipe is kept as descriptor 4 for the watcher.
const script = `
exec 4<&0
"$@" </dev/null 3>&- 4<&- & child=$!
echo $child >&3
exec 3>&-
{ cat <&4 >/dev/null; kill -9 $child; } >/dev/null 2>&1 & watcher=$!
wait $child; code=$?
kill $watcher 2>/dev/null
exit $code`;

export async function startSupervised(
  command: string,
  words: readonly string[],
  options: SupervisedOptions = {},
): Promise<Supervised> {
  const shell = spawn('sh', ['-c', script, 'supervisor', command, ...words], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...options.environment },
    cwd: options.folder,
    // A terminal's Ctrl-C or hang-up goes to whole process groups: it must not reach the watcher before us.
    detached: true,
  });
  shell.stdin.on('error', () => undefined); // it ended before we let go
  const ended = endOf(shell);
  // When a process ends, Node throws away what nobody has begun to read: a program may end before its process id is read.
  const stdout = shell.stdout.pipe(new PassThrough());
  const stderr = shell.stderr.pipe(new PassThrough());
  const pid = Number(await text(shell.stdio[3] as Readable));
  if (!(pid > 0)) throw new Error(`${command} could not be started: ${await text(stderr)}`);
  let running = true;
  const watched = ended.then((code) => {
    running = false;
    shell.stdin.end();
    return code;
  });
  recordProcess(options.name ?? basename(command), pid, stderr, watched);
  return {
    pid,
    stdout,
    stderr,
    ended: watched,
    kill(signal) {
      if (running) signalProcess(pid, signal);
    },
  };
}

async function endOf(shell: ChildProcess): Promise<number> {
  const [code, signal] = (await once(shell, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === null ? 1 : 137);
}

/** A process that has just ended by itself needs no signal. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
