import type { Writable } from 'node:stream';
import type { SinkSettings } from '../contract/sink-settings.ts';
import type { Sink } from '../delivery/sink.ts';
import { fileSink } from './file.ts';
import { stdoutSink } from './stdout.ts';

export interface SinkSurroundings {
  /** Standard output. */
  readonly stdout: Writable;
}

/** Every type of sink that there is. Nothing is opened yet. */
export function createSink(settings: SinkSettings, { stdout }: SinkSurroundings): Sink {
  const { name, required } = settings;
  switch (settings.type) {
    case 'stdout':
      return stdoutSink({ name, required, stream: stdout });
    case 'file':
      return fileSink({ name, required, path: settings.path });
    default:
      return settings satisfies never;
  }
}
