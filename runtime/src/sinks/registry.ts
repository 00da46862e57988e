import type { Writable } from 'node:stream';
import type { SinkSettings } from '../contract/sink-settings.ts';
import type { Sink } from '../delivery/sink.ts';
import type { Clock } from '../support/clock.ts';
import type { Report } from '../support/happening.ts';
import { fileSink } from './file.ts';
import { httpSink } from './http.ts';
import { stdoutSink } from './stdout.ts';

export interface SinkSurroundings {
  /** Standard output. */
  readonly stdout: Writable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly report: Report;
}

/** Every type of sink that there is. Nothing is opened yet. Throws SETTINGS_INVALID where the environment lacks what the settings name. */
export function createSink(settings: SinkSettings, { stdout, environment, clock, report }: SinkSurroundings): Sink {
  const { name, required } = settings;
  switch (settings.type) {
    case 'stdout':
      return stdoutSink({ name, required, stream: stdout });
    case 'file':
      return fileSink({ name, required, path: settings.path, rotation: settings.rotate, report });
    case 'http':
      return httpSink(settings, { environment, clock });
    default:
      return settings satisfies never;
  }
}
