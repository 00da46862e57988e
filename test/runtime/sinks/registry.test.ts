import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { SinkSettings } from '../../../runtime/src/contract/sink-settings.ts';
import { createSink } from '../../../runtime/src/sinks/registry.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const common = { required: false, batch: { records: 1, bytes: 1 }, retry: { initial: 1, maximum: 1 } };
const http = {
  type: 'http',
  url: 'https://sink.example/in',
  format: 'json',
  gzip: false,
  timeout: 30,
  onConflict: 'retry',
} as const;

function create(settings: SinkSettings, environment: Readonly<Record<string, string>> = {}) {
  const stdout = new PassThrough();
  return createSink(settings, { stdout, environment, clock: manualClock(), report: () => undefined });
}

test('each type of the settings makes its sink, under the name and promise that the settings give it', () => {
  const sinks = [
    create({ type: 'stdout', name: 'lines', ...common }),
    create({ type: 'file', name: 'archive', path: join(temporaryFolder(), 'events'), ...common }),
    create({ ...http, name: 'collector', headers: {}, ...common }),
  ];
  expect(sinks.map(({ name, required }) => ({ name, required }))).toEqual([
    { name: 'lines', required: false },
    { name: 'archive', required: false },
    { name: 'collector', required: false },
  ]);
});

test('a file sink rotates as its settings say', async () => {
  const folder = temporaryFolder();
  const rotate = { bytes: 1, keep: 1 };
  const sink = create({ type: 'file', name: 'archive', path: join(folder, 'events'), rotate, ...common });
  for (let number = 1; number <= 3; number += 1) await sink.send([eventRecord(number)], new AbortController().signal);
  await sink.close();
  expect(readdirSync(folder).toSorted()).toEqual(['events', 'events.1']);
});

test('nothing is opened before the first batch', async () => {
  const folder = temporaryFolder();
  const sink = create({ type: 'file', name: 'archive', path: join(folder, 'events'), ...common });
  await sink.reopen();
  expect(readdirSync(folder)).toEqual([]);
});

test('a variable that is missing, or empty, refuses the start, with all of them and what they are for', () => {
  const headers = { 'x-a': { env: 'MISSING' }, 'x-b': { env: 'EMPTY' }, 'x-c': { env: 'THERE' } };
  const environment = { EMPTY: '', THERE: 'c' };
  expect(() => create({ ...http, name: 'collector', headers, ...common }, environment)).toThrow(
    expect.objectContaining({
      code: 'SETTINGS_INVALID',
      message:
        'sink collector: header x-a: the environment variable MISSING is empty, or not there; header x-b: the environment variable EMPTY is empty, or not there',
    }),
  );
});
