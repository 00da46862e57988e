import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { descriptorOutput } from '../../../runtime/src/sinks/byte-output.ts';
import { stdoutSink } from '../../../runtime/src/sinks/stdout.ts';
import { eventRecord, idsIn } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;
const untilNext = () => new Promise<void>((resolve) => setImmediate(resolve));
const sinkOn = (stream: Writable) => stdoutSink({ name: 'stdout', required: true, stream });
const records = (count: number, length = 10) =>
  Array.from({ length: count }, (_, index) => eventRecord(index + 1, { message: 'x'.repeat(length) }));

/** A stream whose reader takes a piece when the test says so. */
function heldStream() {
  const pieces: string[] = [];
  let taken: ((error?: Error) => void) | undefined;
  const stream = new Writable({
    write(piece: Buffer, _encoding, callback) {
      pieces.push(piece.toString());
      taken = callback;
    },
  });
  const take = async (error?: Error) => {
    taken?.(error);
    await untilNext();
    await untilNext();
  };
  return { stream, pieces, take };
}

/** Two ends of a connection whose far end takes nothing. */
async function connectedPair() {
  const server = createServer({ pauseOnConnect: true });
  const path = join(temporaryFolder(), 'socket');
  server.listen(path);
  const near = connect({ path, allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

describe('the sink on standard output', () => {
  test('accepts a batch only when the kernel has taken all of it', async () => {
    const { stream, pieces, take } = heldStream();
    let answered = false;
    const answer = sinkOn(stream)
      .send(records(2), never)
      .finally(() => {
        answered = true;
      });
    await untilNext();
    expect(idsIn(pieces.join(''))).toEqual(['uid-1.1', 'uid-2.2']);
    expect(answered).toBe(false);
    await take();
    expect(await answer).toEqual({ kind: 'accepted' });
  });

  test('an abort stops between two whole lines: what is left of the batch is not written later either', async () => {
    const { stream, pieces, take } = heldStream();
    const stop = new AbortController();
    const sink = sinkOn(stream);
    const answer = sink.send(records(100, 5_000), stop.signal);
    await untilNext();
    stop.abort();
    expect(await answer).toMatchObject({ kind: 'retry' });
    await take();
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.length).toBeLessThanOrEqual(65_536);
    expect(idsIn(pieces.join('')).length).toBeLessThan(100);
  });

  test('after an abort nothing more piles up behind a reader that takes nothing', async () => {
    const { stream, pieces, take } = heldStream();
    const sink = sinkOn(stream);
    const stop = new AbortController();
    const first = sink.send(records(1), stop.signal);
    await untilNext();
    stop.abort();
    await first;
    const second = sink.send(records(1), never);
    await untilNext();
    expect(pieces).toHaveLength(1);
    await take();
    expect(pieces).toHaveLength(2);
    await take();
    expect(await second).toEqual({ kind: 'accepted' });
  });

  test('a real pipe whose reader is stuck holds back the batch, not the event loop, and gives way to an abort', async () => {
    const reader = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void reader.kill());
    const stop = new AbortController();
    let answered = false;
    const answer = sinkOn(reader.stdin)
      .send(records(40, 50_000), stop.signal)
      .finally(() => {
        answered = true;
      });
    for (let turn = 0; turn < 200; turn += 1) await untilNext();
    expect(answered).toBe(false);
    expect(reader.stdin.writableLength).toBeLessThanOrEqual(100_000);
    stop.abort();
    expect(await answer).toMatchObject({ kind: 'retry' });
  });

  test('a reader that has gone is a misconfiguration that says what to do, from then on', async () => {
    const { near, far } = await connectedPair();
    const sink = sinkOn(near);
    const answer = sink.send(records(40, 50_000), never);
    await untilNext();
    far.destroy();
    const gone = { kind: 'misconfigured', reason: expect.stringContaining('nobody reads standard output any more') };
    expect(await answer).toMatchObject(gone);
    expect(await sink.send(records(1), never)).toMatchObject(gone);
  });

  test.each(['EPIPE', 'ECONNRESET'])(
    '%s means that nobody reads, any other failure that it is to be tried again',
    async (code) => {
      const answerTo = async (failure: string) => {
        const { stream, take } = heldStream();
        const answer = sinkOn(stream).send(records(1), never);
        await untilNext();
        await take(Object.assign(new Error(failure), { code: failure }));
        return answer;
      };
      expect(await answerTo(code)).toMatchObject({ kind: 'misconfigured' });
      expect(await answerTo('EIO')).toMatchObject({ kind: 'retry', reason: expect.stringContaining('EIO') });
    },
  );

  test('over a file it goes to the descriptor, past the stream that would block', async () => {
    const path = join(temporaryFolder(), 'out');
    const handle = await open(path, 'w');
    const stream = Object.assign(new Writable({ write: () => expect.unreachable('the stream was written to') }), {
      fd: handle.fd,
    });
    expect(await sinkOn(stream).send(records(3), never)).toEqual({ kind: 'accepted' });
    await handle.close();
    expect(idsIn(await readFile(path, 'utf8'))).toEqual(['uid-1.1', 'uid-2.2', 'uid-3.3']);
  });
});

describe('an output in the thread pool', () => {
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  test('goes on where a write was only partly taken', async () => {
    let taken = '';
    const output = descriptorOutput(async (bytes, offset) => {
      taken += textOf(bytes.subarray(offset, offset + 3));
      return Math.min(3, bytes.length - offset);
    });
    await output.write(Buffer.from('one line\n'));
    expect(taken).toBe('one line\n');
  });

  test('ends a line that a failure cut short before the next one begins, and adds nothing where nothing was cut', async () => {
    let taken = '';
    let room = 4;
    const output = descriptorOutput(async (bytes, offset) => {
      if (room === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      const count = Math.min(room, bytes.length - offset);
      taken += textOf(bytes.subarray(offset, offset + count));
      room -= count;
      return count;
    });
    await expect(output.write(Buffer.from('first\n'))).rejects.toThrow('full');
    await expect(output.write(Buffer.from('second\n'))).rejects.toThrow('full');
    room = 100;
    await output.write(Buffer.from('third\n'));
    await output.write(Buffer.from('fourth\n'));
    expect(taken).toBe('firs\nthird\nfourth\n');
  });
});
