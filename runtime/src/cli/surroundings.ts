import type { Writable } from 'node:stream';
import type { Environment } from '../contract/read-settings.ts';
import type { Clock, Random } from '../support/clock.ts';

/** What a command gets from the process that runs it. */
export interface Surroundings {
  readonly environment: Environment;
  /** Of these the first that is there is the settings file, unless the environment names another. */
  readonly settingsFiles: readonly string[];
  readonly hostName: string;
  /** Eight random hex digits, new in each process. */
  readonly nonce: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly stdout: Writable;
  readonly logLine: (line: string) => void;
  readonly logFormat: 'json' | 'text';
  /** CPU seconds used and resident bytes of this process, and lines of the log that nobody read. */
  readonly usage: () => {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly logLinesDropped: number;
  };
  /** Aborts at SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  /** Calls back at each SIGHUP. */
  readonly onHangUp: (callback: () => void) => void;
}

/** Exit codes: sysexits' EX_CONFIG for what restarting cannot mend. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, settings: 78 } as const;
