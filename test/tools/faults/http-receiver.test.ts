import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SinkRecord } from '../../../runtime/src/contract/event-record.ts';
import {
  type HttpReceiver,
  type HttpReceiverOptions,
  type Reply,
  startHttpReceiver,
} from '../../../tools/faults/http-receiver.ts';
import { startFaultProxy } from '../../../tools/faults/fault-proxy.ts';
import { until } from '../../../tools/trial/until.ts';
import { codeOf, watched } from './stand.ts';

const records = [1, 2, 3].map((number) => ({ id: `uid.${number}` }) as SinkRecord);
const asArray = JSON.stringify(records);
const asLines = records.map((record) => `${JSON.stringify(record)}\n`).join('');

describe('the HTTP receiver', () => {
  test.each([
    { form: 'a JSON array', body: Buffer.from(asArray), headers: {}, format: 'json array', isGzip: false },
    { form: 'lines of JSON', body: Buffer.from(asLines), headers: {}, format: 'ndjson', isGzip: false },
    ...[
      { form: 'a compressed array', body: gzipSync(asArray), format: 'json array' },
      { form: 'compressed lines', body: gzipSync(asLines), format: 'ndjson' },
    ].map((gzip) => ({ ...gzip, headers: { 'content-encoding': 'gzip' }, isGzip: true })),
  ])('reads $form, and keeps what it accepted in order', async ({ body, headers, format, isGzip }) => {
    const receiver = await receive();
    const { status } = await post(receiver, body, { ...headers, 'idempotency-key': 'k1', authorization: 'Bearer a' });
    expect(status).toBe(200);
    expect(receiver.accepted).toEqual(records);
    expect(receiver.batches).toMatchObject([
      { number: 1, method: 'POST', path: '/in?x=1', idempotencyKey: 'k1', bytes: body.length, format, isGzip, records },
    ]);
    expect(receiver.batches[0]?.headers['authorization']).toBe('Bearer a');
    expect(receiver.batches[0]?.at).toBeLessThanOrEqual(performance.now());
  });

  test('speaks TLS with a certificate of its own', async () => {
    const receiver = await receive({ tls: true });
    expect(receiver.url).toMatch(/^https:/);
    expect((await post(receiver, asArray)).status).toBe(200);
    expect(receiver.accepted).toEqual(records);
  });

  test.each([
    { what: 'no JSON', body: 'garbage' },
    { what: 'a torn array', body: asArray.slice(0, -1) },
    { what: 'a torn last line', body: asLines.slice(0, -3) },
    { what: 'a whole line without its end', body: asLines.trimEnd() },
  ])('answers $what with 400, and accepts none of it', async ({ body }) => {
    const receiver = await receive();
    expect((await post(receiver, body)).status).toBe(400);
    expect(receiver.accepted).toEqual([]);
    expect(receiver.batches[0]?.problem).toEqual(expect.any(String));
  });

  test('answers as it is told, by number and records, and accepts only what it answered with 2xx', async () => {
    const receiver = await receive({
      answer: ({ number, records: [first] }) => {
        if (number === 1) return { status: 503, headers: { 'retry-after': '2' }, body: 'later' };
        return first?.id === 'uid.2' ? { status: 400 } : {};
      },
    });
    const first = await post(receiver, asArray);
    expect(first).toMatchObject({ status: 503, body: 'later' });
    expect(first.headers['retry-after']).toBe('2');
    expect((await post(receiver, JSON.stringify(records.slice(1)))).status).toBe(400);
    expect((await post(receiver, JSON.stringify(records.slice(2)))).status).toBe(200);
    expect(receiver.accepted).toEqual(records.slice(2));
    receiver.answerWith(() => ({ status: 302, headers: { location: 'http://elsewhere' } }));
    expect((await post(receiver, asArray)).status).toBe(302);
    expect(receiver.batches.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(receiver.accepted).toEqual(records.slice(2));
  });

  test('resets, or never answers, and accepts nothing then', async () => {
    const receiver = await receive({ answer: ({ number }) => (number === 1 ? 'reset' : number === 2 ? 'never' : {}) });
    expect(await codeOf(post(receiver, asArray))).toBe('ECONNRESET');
    const never = watched(post(receiver, asArray).catch(() => undefined));
    await until('the second batch', () => receiver.batches.length === 2 || undefined);
    await post(receiver, asLines);
    expect(never.isSettled()).toBe(false);
    expect(receiver.accepted).toEqual(records);
  });

  test('that is slow accepts in the order of its answers', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<Reply>();
    const receiver = await receive({ answer: ({ number }) => (number === 1 ? released : {}) });
    const slow = post(receiver, JSON.stringify(records.slice(0, 1)));
    await until('the first batch', () => receiver.batches.length === 1 || undefined);
    await post(receiver, JSON.stringify(records.slice(1)));
    release({ delayMs: 1 });
    await slow;
    expect(receiver.accepted.map(({ id }) => id)).toEqual(['uid.2', 'uid.3', 'uid.1']);
  });

  test('behind a fault proxy has a batch whose answer was lost', async () => {
    const receiver = await receive({ tls: true });
    const proxy = await startFaultProxy({ upstream: receiver });
    onTestFinished(() => proxy.close());
    proxy.inject({ kind: 'lose answer', client: 'reset' }, { method: 'POST', times: 1 });
    expect(await codeOf(post({ url: `${proxy.url}/`, ca: proxy.ca }, asArray))).toBe('ECONNRESET');
    expect(receiver.accepted).toEqual(records);
  });
});

async function receive(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver(options);
  onTestFinished(() => receiver.close());
  return receiver;
}

async function post(
  { url, ca }: Pick<HttpReceiver, 'url' | 'ca'>,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
) {
  const send = ca === undefined ? httpRequest : httpsRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(`${url}in?x=1`, { method: 'POST', headers, ca, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
