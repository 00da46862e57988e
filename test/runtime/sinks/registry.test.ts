import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createSink } from '../../../runtime/src/sinks/registry.ts';

const common = { required: false, batch: { records: 1, bytes: 1 }, retry: { initial: 1, maximum: 1 } };
const stdout = new PassThrough();

test('each type of the settings makes its sink, under the name and promise that the settings give it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const sinks = [
    createSink({ type: 'stdout', name: 'lines', ...common }, { stdout }),
    createSink({ type: 'file', name: 'archive', path: join(folder, 'events'), ...common }, { stdout }),
  ];
  expect(sinks.map(({ name, required }) => ({ name, required }))).toEqual([
    { name: 'lines', required: false },
    { name: 'archive', required: false },
  ]);
});

test('nothing is opened before the first batch', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const sink = createSink({ type: 'file', name: 'archive', path: join(folder, 'events'), ...common }, { stdout });
  await sink.reopen();
  expect(await readdir(folder)).toEqual([]);
});
