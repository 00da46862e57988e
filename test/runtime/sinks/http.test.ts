import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { productVersion } from '../../../runtime/src/contract/names.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { receive, serve, sinkTo } from './receiving.ts';

const never = new AbortController().signal;
const records = [eventRecord(1), eventRecord(2), eventRecord(3, { message: 'a\u009b\u2028\u001b[2Jb \u{1f600}' })];
const accepted = { kind: 'accepted' };

describe('a batch', () => {
  test.each([
    { format: 'json', gzip: false, type: 'application/json', form: 'json array' },
    { format: 'ndjson', gzip: false, type: 'application/x-ndjson', form: 'ndjson' },
    { format: 'json', gzip: true, type: 'application/json', form: 'json array' },
    { format: 'ndjson', gzip: true, type: 'application/x-ndjson', form: 'ndjson' },
  ] as const)('travels as $form (gzip: $gzip), complete, in one POST', async ({ format, gzip, type, form }) => {
    const receiver = await receive();
    expect(await sinkTo(`${receiver.url}in?tenant=a`, { format, gzip }).send(records, never)).toEqual(accepted);
    expect(receiver.accepted).toEqual(records);
    expect(receiver.batches).toMatchObject([{ method: 'POST', path: '/in?tenant=a', format: form, isGzip: gzip }]);
    expect(receiver.batches[0]?.headers).toMatchObject({
      'content-type': type,
      'user-agent': `eventbaton/${productVersion}`,
      'content-length': String(receiver.batches[0]?.bytes),
    });
  });

  test('has a key that its ids alone make, so that a repetition is recognised', async () => {
    const receiver = await receive();
    const sink = sinkTo(receiver.url);
    await sink.send(records, never);
    await sink.send(
      records.map((record) => ({ ...record, message: 'other' })),
      never,
    );
    await sink.send(records.slice(1), never);
    const [first, again, other] = receiver.batches.map(({ idempotencyKey }) => idempotencyKey);
    expect(first).toBe(createHash('sha256').update('uid-1.1\nuid-2.2\nuid-3.3').digest('hex'));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('has a key of its own on each occasion on which it has to be looked at although the server may know it', async () => {
    const receiver = await receive();
    const sink = sinkTo(receiver.url);
    for (const options of [{}, { occasion: 'one' }, { occasion: 'another' }]) await sink.send(records, never, options);
    expect(new Set(receiver.batches.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
  });

  test('goes over a connection that is kept', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end('x'.repeat(10_000)));
    });
    const sink = sinkTo(url);
    for (let count = 0; count < 5; count += 1) expect(await sink.send(records, never)).toEqual(accepted);
    expect(ports.size).toBe(1);
  });
});

describe('an answer', () => {
  const answered = async (status: number, headers = {}, body = 'the reason') => {
    const receiver = await receive({ answer: () => ({ status, headers, body }) });
    const { origin } = new URL(receiver.url);
    return { answer: await sinkTo(receiver.url).send(records, never), origin };
  };

  test.each([200, 201, 202, 204])('of %d accepts', async (status) => {
    expect((await answered(status, {}, '')).answer).toEqual(accepted);
  });

  test.each([408, 409, 429, 500, 502, 503, 504])('of %d asks for another try, and says why', async (status) => {
    const { answer, origin } = await answered(status);
    expect(answer).toEqual({ kind: 'retry', reason: expect.stringMatching(/: the reason(?:$| \()/) });
    expect(answer).toMatchObject({ reason: expect.stringContaining(`${origin} answered ${status} `) });
  });

  test('of 409, with `onConflict: accept`: the batch is already stored', async () => {
    const receiver = await receive({ answer: () => ({ status: 409, body: 'already stored' }) });
    expect(await sinkTo(receiver.url, { onConflict: 'accept' }).send(records, never)).toEqual(accepted);
  });

  test('of 409 that says when: the wait is obeyed, and the same key is sent again', async () => {
    let answers = 0;
    const receiver = await receive({
      answer: () => ((answers += 1) === 1 ? { status: 409, headers: { 'retry-after': '3' } } : {}),
    });
    const sink = sinkTo(receiver.url);
    expect(await sink.send(records, never)).toMatchObject({ kind: 'retry', afterMs: 3_000 });
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(new Set(receiver.batches.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  test.each([400, 413, 422])('of %d refuses what is in the batch', async (status) => {
    const { answer, origin } = await answered(status);
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining(`${origin} answered ${status} `) });
  });

  test.each([401, 403, 404, 405, 410, 415, 418, 302, 308])('of %d waits for a person', async (status) => {
    const { answer, origin } = await answered(status);
    expect(answer).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining(`${origin} answered ${status} `),
    });
  });

  test('that redirects is not followed, and names the server that it points to', async () => {
    const elsewhere = await receive();
    const { answer } = await answered(302, { location: `${elsewhere.url}in?token=s3cret` });
    expect(answer).toMatchObject({ reason: expect.stringContaining(`redirects to ${new URL(elsewhere.url).origin} `) });
    expect(JSON.stringify(answer)).not.toContain('s3cret');
    expect(elsewhere.batches).toEqual([]);
  });

  test.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    [
      'a date, by its own clock',
      { 'retry-after': 'Tue, 01 Jan 2030 00:00:09 GMT', date: 'Tue, 01 Jan 2030 00:00:01 GMT' },
      8_000,
    ],
    ['more than history lasts', { 'retry-after': '86400' }, 60_000],
    ['a time that is past', { 'retry-after': 'Tue, 01 Jan 2019 00:00:09 GMT' }, undefined],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
  ])('that asks to wait, by %s, is obeyed within bounds', async (_, headers, afterMs) => {
    for (const status of [429, 503]) {
      const { answer } = await answered(status, headers);
      expect((answer as { readonly afterMs?: number }).afterMs).toBe(afterMs);
    }
  });

  test('is quoted inert and short, whatever its bytes', async () => {
    const { answer } = await answered(400, {}, `\u001b[2J\u009b1m\u2028\r\n${'long '.repeat(100_000)}`);
    const { reason } = answer as { readonly reason: string };
    expect(reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(reason.length).toBeLessThan(500);
    expect(reason).toContain('long long');
  });

  test('that never ends is accepted by its head, and its connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      request.resume();
      const drip = () => void (response.write('x'.repeat(16_384)) ? setImmediate(drip) : response.once('drain', drip));
      request.on('end', drip);
      request.on('close', closed.resolve);
    });
    expect(await sinkTo(url).send(records, never)).toEqual(accepted);
    await closed.promise;
  });

  test('of success that breaks off is none: better twice than not at all', async () => {
    const url = await serve((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half', () => response.destroy());
      });
    });
    expect(await sinkTo(url).send(records, never)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('broke off'),
    });
  });

  test('that comes before the batch was sent whole is heard', async () => {
    const large = Array.from({ length: 500 }, (_, number) => eventRecord(number, { message: 'm'.repeat(4_000) }));
    const url = await serve((request, response) => {
      response.writeHead(413, { connection: 'close' });
      response.end('too large', () => request.socket.end());
    });
    expect(await sinkTo(url).send(large, never)).toMatchObject({ kind: 'refused' });
  });
});

describe('no answer', () => {
  test('from nobody who listens asks for another try, and names the server', async () => {
    const receiver = await receive();
    const { url } = receiver;
    receiver.close();
    expect(await sinkTo(url).send(records, never)).toEqual({
      kind: 'retry',
      reason: expect.stringMatching(/^no answer from http:\/\/127\.0\.0\.1:[0-9]+: .*ECONNREFUSED/),
    });
  });

  test('but a switch to another protocol is what somebody has to mend', async () => {
    const url = await serve((request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    });
    expect(await sinkTo(url).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: expect.stringContaining('the server switched to another protocol (see that the URL is right'),
    });
  });

  test('because the connection was reset asks for another try', async () => {
    const receiver = await receive({ answer: () => 'reset' });
    expect(await sinkTo(receiver.url).send(records, never)).toMatchObject({ kind: 'retry' });
  });

  test.each([
    ['the head', 'never'],
    ['the last byte', 'half'],
  ])('up to %s within the time is given up, connection and all', async (_, kind) => {
    const clock = manualClock();
    const connected = Promise.withResolvers<Socket>();
    const url = await serve((request, response) => {
      request.resume();
      if (kind === 'never') return connected.resolve(request.socket);
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => connected.resolve(request.socket));
    });
    const answer = sinkTo(url, { clock, timeout: 5 }).send(records, never);
    const socket = await connected.promise;
    await settled();
    clock.advance(4_999);
    await settled();
    expect(socket.destroyed).toBe(false);
    clock.advance(1);
    expect(await answer).toMatchObject({ kind: 'retry' });
    if (!socket.destroyed) await once(socket, 'close');
    expect(clock.sleeping).toBe(0);
  });

  test('is waited for no longer once the request is given up', async () => {
    const clock = manualClock();
    const receiver = await receive({ answer: () => 'never' });
    const stop = new AbortController();
    const answer = sinkTo(receiver.url, { clock }).send(records, stop.signal);
    while (receiver.batches.length === 0) await settled();
    stop.abort();
    expect(await answer).toEqual({ kind: 'retry', reason: expect.stringContaining('given up') });
    expect(clock.sleeping).toBe(0);
  });
});

describe('a server with an authority of its own', () => {
  test('is not trusted without it, and the reason says what to set', async () => {
    const receiver = await receive({ tls: true });
    expect(await sinkTo(receiver.url).send(records, never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringMatching(/set ca/),
    });
    expect(receiver.batches).toEqual([]);
  });

  test('is trusted with it, and no other is then', async () => {
    const [receiver, other] = [await receive({ tls: true }), await receive({ tls: true })];
    const file = join(temporaryFolder(), 'ca.crt');
    writeFileSync(file, receiver.ca ?? '');
    expect(await sinkTo(receiver.url, { ca: { file } }).send(records, never)).toEqual(accepted);
    expect(await sinkTo(other.url, { ca: { file } }).send(records, never)).toMatchObject({ kind: 'misconfigured' });
  });

  test('that changes it is trusted from the next batch on', async () => {
    const [receiver, next] = [await receive({ tls: true }), await receive({ tls: true })];
    const file = join(temporaryFolder(), 'ca.crt');
    writeFileSync(file, receiver.ca ?? '');
    const sink = sinkTo(next.url, { ca: { file } });
    expect(await sink.send(records, never)).toMatchObject({ kind: 'misconfigured' });
    writeFileSync(file, next.ca ?? '');
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test.each([
    ['missing', undefined, 'cannot read'],
    ['empty', '', 'holds no certificate'],
    ['garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', ''],
  ])('whose file is %s waits for a person', async (_, content, reason) => {
    const receiver = await receive({ tls: true });
    const file = join(temporaryFolder(), 'ca.crt');
    if (content !== undefined) writeFileSync(file, content);
    expect(await sinkTo(receiver.url, { ca: { file } }).send(records, never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining(reason),
    });
  });

  test('that speaks plain HTTP behind https waits for a person', async () => {
    const receiver = await receive();
    expect(await sinkTo(receiver.url.replace('http:', 'https:')).send(records, never)).toMatchObject({
      kind: 'misconfigured',
    });
  });
});
