/** `npm start`: the product at work, in one command. */
import { runDemo } from './demo.ts';
import { DemoError, LeftoverError } from './demo-error.ts';
import { paintFor } from '../support/line.ts';
import { columnsOf } from '../support/progress.ts';
import { readOptions, usage } from './options.ts';
import { reportLines } from './report.ts';
import { Screen } from '../support/screen.ts';
import type { StageOptions } from './stage.ts';
import { brokenPromises, summarize } from './verdict.ts';

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

class Interrupted extends DemoError {
  readonly exitCode: number;

  constructor(signal: keyof typeof signalNumbers) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + signalNumbers[signal];
  }
}

/**
 * Aborts with the reason to break off. The first signal clears up; a second one does not wait for it: what runs ends with us,
 * and the next run removes what is on disk.
 */
function interruption(): AbortSignal {
  const stopping = new AbortController();
  const stop = (signal: keyof typeof signalNumbers) => {
    const reason = new Interrupted(signal);
    if (stopping.signal.aborted) process.exit(reason.exitCode);
    stopping.abort(reason);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  for (const failure of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(failure, (error) => stopping.abort(error)); // what failed where nobody waits for it
  process.stdout.on('error', () => stopping.abort(new Interrupted('SIGPIPE'))); // nobody reads us any more
  return stopping.signal;
}

async function play({ json, ...options }: StageOptions & { readonly json: boolean }): Promise<number> {
  const signal = interruption();
  const paint = paintFor(process.stdout.isTTY, process.env);
  const screen = new Screen((text) => process.stdout.write(text), paint, columnsOf(process.stdout));
  screen.text('eventbaton: three collectors, one leader, and the baton passed twice.\nAbout 35 s; Ctrl-C stops it.\n');
  signal.addEventListener('abort', () => screen.title('Stopping'));
  try {
    const outcome = await runDemo(screen, options, signal);
    screen.title('The account');
    for (const { text, tone } of reportLines(outcome, options.place.kind)) screen.text(text, tone);
    const { controlPlane, accounts, handovers } = outcome;
    if (json) process.stdout.write(`${JSON.stringify(summarize(controlPlane, accounts, handovers))}\n`);
    return brokenPromises(accounts).length === 0 ? 0 : 1;
  } catch (error) {
    // Whatever failed after a signal failed because of it.
    const reason: unknown = signal.aborted && !(error instanceof LeftoverError) ? signal.reason : error;
    if (reason instanceof Interrupted) {
      screen.text(`${reason.message}${options.place.kind !== 'kubeconfig' ? '; everything is cleared away' : ''}`);
      return reason.exitCode;
    }
    process.stderr.write(`\n${reason instanceof DemoError ? reason.message : (reason as Error).stack}\n`);
    return 1;
  }
}

async function main(words: readonly string[]): Promise<number> {
  const command = readOptions(words);
  if (command.run === 'demo') return play(command);
  if (command.run === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  process.stderr.write(`${command.because}\n\n${usage}`);
  return 2;
}

process.exit(await main(process.argv.slice(2)));
