import { mkdir, readdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { fileSink, type FileSinkOptions } from '../../../runtime/src/sinks/file.ts';
import { eventRecord, idsIn } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'events.jsonl');
});

function sinkAt(options: Partial<FileSinkOptions> = {}) {
  const sink = fileSink({ name: 'file', required: true, path, report: () => undefined, ...options });
  onTestFinished(() => sink.close());
  return sink;
}

const idsOf = async (name: string) => idsIn(await readFile(join(folder, name), 'utf8'));
/** Of one record of these tests. */
const lineBytes = JSON.stringify(eventRecord(1)).length + 1;

describe('a file that is rotated by size', () => {
  const rotation = { bytes: 2 * lineBytes + 10, keep: 2 };

  test('is moved out of the way before a batch that would make it too large; so many full ones are kept', async () => {
    const sink = sinkAt({ rotation });
    for (let number = 1; number <= 7; number += 1)
      expect(await sink.send([eventRecord(number)], never)).toEqual({ kind: 'accepted' });
    expect((await readdir(folder)).sort()).toEqual(['events.jsonl', 'events.jsonl.1', 'events.jsonl.2']);
    expect(await idsOf('events.jsonl.2')).toEqual(['uid-3.3', 'uid-4.4']);
    expect(await idsOf('events.jsonl.1')).toEqual(['uid-5.5', 'uid-6.6']);
    expect(await idsOf('events.jsonl')).toEqual(['uid-7.7']);
  });

  test('takes a batch that is larger than that as a whole', async () => {
    const sink = sinkAt({ rotation });
    const batch = [1, 2, 3, 4].map((number) => eventRecord(number));
    expect(await sink.send(batch, never)).toEqual({ kind: 'accepted' });
    expect(await idsOf('events.jsonl')).toHaveLength(4);
    await sink.send([eventRecord(5)], never);
    expect([await idsOf('events.jsonl.1'), await idsOf('events.jsonl')].map(({ length }) => length)).toEqual([4, 1]);
  });

  test('loses no line by a crash between two renames: the next rotation goes on', async () => {
    const first = sinkAt({ rotation });
    for (let number = 1; number <= 5; number += 1) await first.send([eventRecord(number)], never);
    await first.close();
    // The older file has been renamed, the current one has not.
    await rename(`${path}.1`, `${path}.2`);
    const second = sinkAt({ rotation });
    for (let number = 6; number <= 7; number += 1) await second.send([eventRecord(number)], never);
    const all = await Promise.all(['events.jsonl.2', 'events.jsonl.1', 'events.jsonl'].map(idsOf));
    expect(all.flat()).toEqual([3, 4, 5, 6, 7].map((number) => `uid-${number}.${number}`));
  });

  test('costs no more than the oldest file, however many rotations a crash cut short', async () => {
    const sink = sinkAt({ rotation: { ...rotation, keep: 3 } });
    for (let number = 1; number <= 8; number += 1) await sink.send([eventRecord(number)], never);
    await sink.close();
    // The older files have been renamed, the current one has not.
    await rm(`${path}.3`);
    await rename(`${path}.2`, `${path}.3`);
    await rename(`${path}.1`, `${path}.2`);
    const next = sinkAt({ rotation: { ...rotation, keep: 3 } });
    for (let number = 9; number <= 10; number += 1) await next.send([eventRecord(number)], never);
    expect(await idsOf('events.jsonl.3')).toEqual(['uid-3.3', 'uid-4.4']);
    expect(await idsOf('events.jsonl.2')).toEqual(['uid-5.5', 'uid-6.6']);
    expect(await idsOf('events.jsonl.1')).toEqual(['uid-7.7', 'uid-8.8']);
  });

  test('is answered with the reason if it cannot be renamed, and loses nothing', async () => {
    const sink = sinkAt({ rotation: { ...rotation, keep: 1 } });
    for (let number = 1; number <= 2; number += 1) await sink.send([eventRecord(number)], never);
    const blocked = join(folder, 'events.jsonl.1');
    await mkdir(blocked);
    expect(await sink.send([eventRecord(3)], never)).toMatchObject({ kind: 'misconfigured' });
    expect(await idsOf('events.jsonl')).toEqual(['uid-1.1', 'uid-2.2']);
    await rmdir(blocked);
    expect(await sink.send([eventRecord(3)], never)).toEqual({ kind: 'accepted' });
  });
});

describe('the folder of a file', () => {
  test('is synced when the file is new and when it was rotated, before anything is accepted, and not otherwise', async () => {
    const synced: string[] = [];
    const rotation = { bytes: 2 * lineBytes + 10, keep: 1 };
    const syncFolder = (of: string) => Promise.resolve(void synced.push(of));
    const sink = sinkAt({ rotation, syncFolder });
    await sink.send([eventRecord(1)], never);
    expect(synced).toEqual([path]);
    await sink.send([eventRecord(2)], never);
    expect(synced).toEqual([path]);
    await sink.send([eventRecord(3)], never);
    // For the new name of the full file, and for the new file.
    expect(synced).toEqual([path, path, path]);
  });

  test('that cannot be synced keeps a new file from being accepted', async () => {
    const failing = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    const sink = sinkAt({ syncFolder: failing });
    expect(await sink.send([eventRecord(1)], never)).toMatchObject({ kind: 'retry' });
  });
});

test('a file that is a symbolic link is not followed, and the reason says what to do', async () => {
  const target = join(folder, 'target');
  await writeFile(target, 'kept\n');
  await symlink(target, path);
  const sink = sinkAt();
  expect(await sink.send([eventRecord(1)], never)).toEqual({
    kind: 'misconfigured',
    reason: `cannot write to ${path} (ELOOP): it is a symbolic link, which is not followed: name the file itself`,
  });
  expect(await readFile(target, 'utf8')).toBe('kept\n');
});
