import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { run } from '../../../runtime/src/cli/run.ts';
import type { Surroundings } from '../../../runtime/src/cli/surroundings.ts';
import type { Environment } from '../../../runtime/src/contract/read-settings.ts';
import { type ManualClock, manualClock, settled } from '../../support/manual-clock.ts';

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The command `run` under way, in this process and in time of its own. */
export interface Running {
  readonly clock: ManualClock;
  readonly stop: AbortController;
  readonly exitCode: Promise<number>;
  /** What standard output has got so far. */
  readonly output: () => string;
  readonly log: readonly LogEntry[];
  readonly logged: (message: string) => LogEntry | undefined;
  readonly hangUp: () => void;
  /** Lets time pass, a little at a time, until `check` holds. */
  readonly until: (check: () => boolean) => Promise<void>;
  /** Resolves when the health server answers. */
  readonly started: () => Promise<void>;
  readonly healthPort: () => number;
  readonly page: (path: string) => Promise<{ readonly status: number; readonly body: string }>;
  readonly status: () => Promise<Readonly<Record<string, unknown>>>;
}

export interface RunOptions {
  readonly stdout?: Writable;
}

/** Starts it in the given environment alone: nothing of this machine's is seen. It ends with the test. */
export function start(environment: Environment, { stdout = new PassThrough() }: RunOptions = {}): Running {
  const clock = manualClock();
  const stop = new AbortController();
  const log: LogEntry[] = [];
  const hangUpCallbacks: (() => void)[] = [];
  let output = '';
  stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  let over = false;
  const surroundings: Surroundings = {
    environment: { EVENTBATON_SERVICE_ACCOUNT_DIR: '/nonexistent', DD_HEALTH_PORT: '0', ...environment },
    settingsFiles: [],
    hostName: 'host-1',
    nonce: '0a1b2c3d',
    clock,
    random: () => 0.5,
    stdout,
    logLine: (line) => void log.push(JSON.parse(line)),
    logFormat: 'json',
    usage: () => ({ cpuSeconds: 1.5, residentBytes: 60_000_000, logLinesDropped: 0 }),
    stop: stop.signal,
    onHangUp: (callback) => void hangUpCallbacks.push(callback),
  };
  const exitCode = run(surroundings).finally(() => {
    over = true;
  });
  const until = async (check: () => boolean) => {
    while (!check()) {
      if (over) throw new Error(`it ended before that: ${JSON.stringify(log.at(-1))}`);
      clock.advance(1);
      await settled();
    }
  };
  const logged = (message: string) => log.find((entry) => entry.message === message);
  const healthPort = () => Number(logged('started')?.['healthPort']);
  const page = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${healthPort()}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  onTestFinished(async () => {
    over = true;
    stop.abort();
    await clock.pass(20_000);
    await exitCode;
  });
  return {
    clock,
    stop,
    exitCode,
    log,
    logged,
    until,
    healthPort,
    page,
    output: () => output,
    hangUp: () => {
      for (const callback of hangUpCallbacks) callback();
    },
    started: () => until(() => logged('started') !== undefined),
    status: async () => JSON.parse((await page('/status')).body),
  };
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eventbaton-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
