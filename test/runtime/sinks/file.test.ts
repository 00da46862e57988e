import { appendFile, chmod, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type AppendFile, openAppendFile } from '../../../runtime/src/sinks/append-file.ts';
import { type FileSinkOptions, fileSink } from '../../../runtime/src/sinks/file.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { eventRecord, idsIn } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;
const systemError = (code: string) => Object.assign(new Error(code), { code });

let path: string;
let told: Happening[];
beforeEach(() => {
  path = join(temporaryFolder(), 'events.jsonl');
  told = [];
});

/** Closed after the test. */
function sinkAt(at: string, options: Partial<FileSinkOptions> = {}) {
  const sink = fileSink({
    name: 'file',
    required: true,
    path: at,
    report: (happening) => void told.push(happening),
    ...options,
  });
  onTestFinished(() => sink.close());
  return sink;
}

const content = () => readFile(path, 'utf8');

/** A sink whose file can be made to fail at one of its operations. */
function faultySink() {
  const faults: {
    append?: (file: AppendFile, bytes: Uint8Array, offset: number) => Promise<number>;
    sync?: () => Promise<void>;
    truncate?: () => Promise<void>;
    stat?: () => Promise<never>;
    close?: () => Promise<void>;
  } = {};
  let opened = 0;
  const sink = sinkAt(path, {
    open: async (at) => {
      opened += 1;
      const file = await openAppendFile(at);
      return {
        ...file,
        append: (bytes, offset) => faults.append?.(file, bytes, offset) ?? file.append(bytes, offset),
        sync: () => faults.sync?.() ?? file.sync(),
        stat: () => faults.stat?.() ?? file.stat(),
        truncate: (length) => faults.truncate?.() ?? file.truncate(length),
        close: async () => {
          await file.close();
          await faults.close?.();
        },
      };
    },
  });
  return { sink, faults, opened: () => opened };
}

/** What Node makes of an error for which it has no name. */
function numberedError(number: number): Error {
  const code = `Unknown system error -${number}`;
  return Object.assign(new Error(`${code}: ${code}, write`), { errno: -number, code, syscall: 'write' });
}

/** Takes half of a write, then has no space for the rest. */
function halfThenFull() {
  let calls = 0;
  return (file: AppendFile, bytes: Uint8Array, offset: number) => {
    calls += 1;
    return calls === 1
      ? file.append(bytes.subarray(0, Math.floor(bytes.length / 2)), offset)
      : Promise.reject(systemError('ENOSPC'));
  };
}

describe('the sink on a file', () => {
  test('appends one line per record to a file that only its owner may read', async () => {
    const sink = sinkAt(path);
    expect(await sink.send([eventRecord(1), eventRecord(2)], never)).toEqual({ kind: 'accepted' });
    expect(await sink.send([eventRecord(3)], never)).toEqual({ kind: 'accepted' });
    await sink.close();
    expect(idsIn(await content())).toEqual(['uid-1.1', 'uid-2.2', 'uid-3.3']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('accepts nothing before the device has it', async () => {
    const { sink, faults } = faultySink();
    const synced = Promise.withResolvers<void>();
    faults.sync = () => synced.promise;
    let answered = false;
    const answer = sink.send([eventRecord(1)], never).finally(() => {
      answered = true;
    });
    while (!(await content().catch(() => '')).endsWith('\n')) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    synced.resolve();
    expect(await answer).toEqual({ kind: 'accepted' });
  });

  test.each([
    [122, 'EDQUOT): the quota is used up'],
    [116, 'ESTALE): its server knows the open file no more'],
    [117, 'Unknown system error -117)'],
  ])('tries again after an error that Node only numbers: %s', async (number, reason) => {
    const { sink, faults } = faultySink();
    faults.append = () => Promise.reject(numberedError(number));
    expect(await sink.send([eventRecord(1)], never)).toEqual({
      kind: 'retry',
      reason: expect.stringContaining(reason),
    });
    delete faults.append;
    expect(await sink.send([eventRecord(1)], never)).toEqual({ kind: 'accepted' });
    expect(idsIn(await content())).toEqual(['uid-1.1']);
  });

  test('opens a file anew that its server does not know any more', async () => {
    const { sink, faults, opened } = faultySink();
    await sink.send([eventRecord(1)], never);
    faults.stat = () => {
      delete faults.stat;
      return Promise.reject(numberedError(116));
    };
    expect(await sink.send([eventRecord(2)], never)).toEqual({ kind: 'accepted' });
    expect(opened()).toBe(2);
    expect(idsIn(await content())).toEqual(['uid-1.1', 'uid-2.2']);
  });

  test('cuts off a batch that failed half-way, so that its repetition is there once', async () => {
    const { sink, faults } = faultySink();
    await sink.send([eventRecord(1)], never);
    faults.append = halfThenFull();
    expect(await sink.send([eventRecord(2), eventRecord(3)], never)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('no space'),
    });
    expect(idsIn(await content())).toEqual(['uid-1.1']);
    delete faults.append;
    await sink.send([eventRecord(2), eventRecord(3)], never);
    expect(idsIn(await content())).toEqual(['uid-1.1', 'uid-2.2', 'uid-3.3']);
  });

  test('cuts off a batch that was written whole but not made durable', async () => {
    const { sink, faults } = faultySink();
    faults.sync = () => Promise.reject(systemError('EIO'));
    expect(await sink.send([eventRecord(1)], never)).toMatchObject({ kind: 'retry' });
    expect(await content()).toBe('');
  });

  test('never cuts off what somebody else has written behind a failed batch', async () => {
    const { sink, faults } = faultySink();
    faults.sync = async () => {
      await appendFile(path, '{"id":"foreign"}\n');
      throw systemError('EIO');
    };
    await sink.send([eventRecord(1)], never);
    expect(idsIn(await content())).toEqual(['uid-1.1', 'foreign']);
  });

  test('where even cutting fails, the torn line is ended before the repetition', async () => {
    const { sink, faults, opened } = faultySink();
    faults.append = halfThenFull();
    faults.truncate = () => Promise.reject(systemError('EIO'));
    expect(await sink.send([eventRecord(1)], never)).toMatchObject({ kind: 'retry' });
    delete faults.append;
    expect(await sink.send([eventRecord(1)], never)).toEqual({ kind: 'accepted' });
    const lines = (await content()).split('\n');
    expect(lines).toHaveLength(3);
    expect(idsIn(lines[1] ?? '')).toEqual(['uid-1.1']);
    expect(opened()).toBe(2);
  });

  test('goes on where a write was only partly taken', async () => {
    const { sink, faults } = faultySink();
    faults.append = (file, bytes, offset) => file.append(bytes.subarray(0, Math.min(bytes.length, offset + 7)), offset);
    expect(await sink.send([eventRecord(1), eventRecord(2)], never)).toEqual({ kind: 'accepted' });
    expect(idsIn(await content())).toEqual(['uid-1.1', 'uid-2.2']);
  });

  test('ends a line that an earlier process left unfinished, and leaves a finished one alone', async () => {
    await writeFile(path, '{"id":"whole"}\n{"id":"to');
    const sink = sinkAt(path);
    await sink.send([eventRecord(1)], never);
    await sink.close();
    expect((await content()).split('\n').slice(0, 2)).toEqual(['{"id":"whole"}', '{"id":"to']);
    const again = sinkAt(path);
    await again.send([eventRecord(2)], never);
    expect((await content()).split('\n')).toHaveLength(5);
  });

  test('after a rotation the file at the path is a new one, and a batch in flight ends on the old one', async () => {
    const { sink, faults } = faultySink();
    await sink.send([eventRecord(1)], never);
    const synced = Promise.withResolvers<void>();
    faults.sync = () => synced.promise;
    const inFlight = sink.send([eventRecord(2)], never);
    await rename(path, `${path}.1`);
    const reopened = sink.reopen();
    synced.resolve();
    await Promise.all([inFlight, reopened]);
    expect(await content()).toBe('');
    await sink.send([eventRecord(3)], never);
    expect(idsIn(await readFile(`${path}.1`, 'utf8'))).toEqual(['uid-1.1', 'uid-2.2']);
    expect(idsIn(await content())).toEqual(['uid-3.3']);
  });

  test.each(['reopen', 'close'] as const)(
    'an error of the system while it closes its file at %s is told, and costs nothing',
    async (way) => {
      const { sink, faults } = faultySink();
      await sink.send([eventRecord(1)], never);
      faults.close = () => Promise.reject(systemError('EIO'));
      await sink[way]();
      delete faults.close;
      expect(told).toEqual([{ what: 'sink not closed', sink: 'file', reason: `${path}: EIO` }]);
      expect(await sink.send([eventRecord(2)], never)).toEqual({ kind: 'accepted' });
      expect(idsIn(await content())).toEqual(['uid-1.1', 'uid-2.2']);
    },
  );

  test('a defect while it closes its file is thrown', async () => {
    const { sink, faults } = faultySink();
    await sink.send([eventRecord(1)], never);
    faults.close = () => Promise.reject(new TypeError('a defect'));
    await expect(sink.close()).rejects.toThrow('a defect');
  });

  test('a rotation by copy and truncate leaves no hole in the file', async () => {
    const sink = sinkAt(path);
    await sink.send([eventRecord(1)], never);
    await truncate(path, 0);
    await sink.send([eventRecord(2)], never);
    expect(idsIn(await content())).toEqual(['uid-2.2']);
  });

  test('a deleted file is made anew instead of writing to nowhere', async () => {
    const sink = sinkAt(path);
    await sink.send([eventRecord(1)], never);
    await rm(path);
    await sink.send([eventRecord(2)], never);
    expect(idsIn(await content())).toEqual(['uid-2.2']);
  });

  test('an abort is answered at once, also while the device hangs', async () => {
    const { sink, faults } = faultySink();
    await sink.send([eventRecord(1)], never);
    const synced = Promise.withResolvers<void>();
    faults.sync = () => synced.promise;
    const stop = new AbortController();
    const answer = sink.send([eventRecord(2)], stop.signal);
    stop.abort();
    expect(await answer).toMatchObject({ kind: 'retry' });
    synced.resolve();
    await sink.close();
  });

  test('a folder that does not exist is a misconfiguration that names the path, and heals when it is there', async () => {
    const missing = join(path, '..', 'missing');
    const sink = sinkAt(join(missing, 'events.jsonl'));
    expect(await sink.send([eventRecord(1)], never)).toEqual({
      kind: 'misconfigured',
      reason: `cannot write to ${join(missing, 'events.jsonl')} (ENOENT): its folder does not exist: mount or create it`,
    });
    await mkdir(missing);
    expect(await sink.send([eventRecord(1)], never)).toEqual({ kind: 'accepted' });
  });

  test('a folder, and a device, in place of the file are misconfigurations', async () => {
    await mkdir(path);
    const sink = sinkAt(path);
    expect(await sink.send([eventRecord(1)], never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining('it is a folder'),
    });
    const device = sinkAt('/dev/full');
    expect(await device.send([eventRecord(1)], never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining('not a file'),
    });
  });

  test('a file that may not be written is a misconfiguration', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may write everywhere: run as another user');
    await writeFile(path, '');
    await chmod(path, 0o400);
    const sink = sinkAt(path);
    expect(await sink.send([eventRecord(1)], never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining('EACCES'),
    });
  });

  test('a defect is thrown, never taken for an answer of the device', async () => {
    const { sink, faults } = faultySink();
    faults.append = () => Promise.reject(new TypeError('a defect'));
    await expect(sink.send([eventRecord(1)], never)).rejects.toThrow('a defect');
  });
});
