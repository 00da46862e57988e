import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';
import { proxied, receive, sinkTo } from './receiving.ts';

const never = new AbortController().signal;
const records = [eventRecord(1)];
const accepted = { kind: 'accepted' };
const credentials = `Basic ${Buffer.from('agent:pr0xy/word').toString('base64')}`;

describe('a proxy', () => {
  test('of an http:// sink gets the whole URL, and the receiver the same request', async () => {
    const [receiver, proxy] = [await receive(), await proxied()];
    const sink = sinkTo(`${receiver.url}in?a=b`, { proxy: proxy.url });
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(proxy.requests).toMatchObject([{ method: 'POST', target: `${receiver.url}in?a=b` }]);
    expect(receiver.batches[0]?.headers).toMatchObject({ host: new URL(receiver.url).host });
    expect(receiver.accepted).toEqual(records);
  });

  test('of an https:// sink is asked for one tunnel, in which the receiver is verified', async () => {
    const [receiver, proxy] = [await receive({ tls: true }), await proxied()];
    const sink = sinkTo(receiver.url, { proxy: proxy.url, ca: { file: temporaryFile(receiver.ca ?? '') } });
    for (let count = 0; count < 3; count += 1) expect(await sink.send(records, never)).toEqual(accepted);
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: new URL(receiver.url).host }]);
    expect(proxy.requests[0]?.headers).not.toHaveProperty('idempotency-key');
    expect(receiver.accepted).toHaveLength(3);
  });

  test('does not make a receiver trusted', async () => {
    const [receiver, proxy] = [await receive({ tls: true }), await proxied()];
    expect(await sinkTo(receiver.url, { proxy: proxy.url }).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: expect.stringMatching(/^no answer from https:\/\/127\S+ through the proxy http:\/\/127\S+: .*set ca/),
    });
  });

  test.each([true, false])('gets user and password of a secret URL (TLS: %s)', async (tls) => {
    const [receiver, proxy] = [await receive({ tls }), await proxied({ authorization: credentials })];
    const place = { file: temporaryFile(`http://agent:pr0xy%2Fword@127.0.0.1:${proxy.port}\n`) };
    const ca = tls ? { ca: { file: temporaryFile(receiver.ca ?? '') } } : {};
    expect(await sinkTo(receiver.url, { proxy: place, ...ca }).send(records, never)).toEqual(accepted);
    expect(receiver.batches[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test.each([true, false])('that refuses the credentials is named, without them (TLS: %s)', async (tls) => {
    const [receiver, proxy] = [await receive({ tls }), await proxied({ authorization: 'Basic other' })];
    const place = { env: 'PROXY' };
    const environment = { PROXY: `http://agent:pr0xy%2Fword@127.0.0.1:${proxy.port}` };
    const answer = await sinkTo(receiver.url, { proxy: place, environment }).send(records, never);
    expect(answer).toMatchObject({ kind: 'misconfigured', reason: expect.stringContaining('407') });
    expect(answer).toMatchObject({ reason: expect.stringContaining('the proxy wants credentials') });
    expect(answer).toMatchObject({ reason: expect.stringContaining(`through the proxy ${proxy.url}`) });
    expect(JSON.stringify(answer)).not.toMatch(/agent|pr0xy/);
  });

  test.each([
    [403, 'misconfigured'],
    [502, 'retry'],
    [503, 'retry'],
    [429, 'retry'],
  ] as const)('that answers %d instead of a tunnel: %s', async (refuse, kind) => {
    const proxy = await proxied({ refuse });
    const answer = await sinkTo('https://logs.example/', { proxy: proxy.url }).send(records, never);
    expect(answer).toMatchObject({ kind, reason: expect.stringContaining(`the proxy answered ${refuse} Refused`) });
  });

  test('that nobody runs asks for another try, and is named', async () => {
    const proxy = await proxied();
    const { url } = proxy;
    proxy.close();
    for (const scheme of ['http', 'https'])
      expect(await sinkTo(`${scheme}://logs.example/`, { proxy: url }).send(records, never)).toEqual({
        kind: 'retry',
        reason: expect.stringMatching(/through the proxy http:\/\/127\S+: connect ECONNREFUSED/),
      });
  });

  test('that makes no tunnel in time is given up, connection and all', async () => {
    const clock = manualClock();
    const proxy = await proxied({ refuse: 'never' });
    const answer = sinkTo('https://logs.example/', { proxy: proxy.url, clock, timeout: 5 }).send(records, never);
    while (proxy.requests.length === 0) await settled();
    clock.advance(5_000);
    expect(await answer).toMatchObject({ kind: 'retry', reason: expect.stringContaining('no answer within 5 s') });
    while (proxy.open > 0) await settled();
  });

  test('that a rotated secret names is used from then on', async () => {
    const [receiver, first, second] = [await receive(), await proxied(), await proxied()];
    const file = temporaryFile(first.url);
    const sink = sinkTo(receiver.url, { proxy: { file } });
    await sink.send(records, never);
    writeFileSync(file, second.url);
    await sink.reopen();
    await sink.send(records, never);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });
});

describe('the environment', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('names the proxy of an http:// sink: %s', async (variable) => {
    const [receiver, proxy] = [await receive(), await proxied()];
    const environment = { [variable]: proxy.url, HTTPS_PROXY: 'http://127.0.0.1:9' };
    expect(await sinkTo(receiver.url, { environment }).send(records, never)).toEqual(accepted);
    expect(proxy.requests).toHaveLength(1);
  });

  test.each(['HTTPS_PROXY', 'https_proxy'])('names the proxy of an https:// sink: %s', async (variable) => {
    const [receiver, proxy] = [await receive({ tls: true }), await proxied()];
    const environment = { [variable]: `127.0.0.1:${proxy.port}` };
    const sink = sinkTo(receiver.url, { environment, ca: { file: temporaryFile(receiver.ca ?? '') } });
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(proxy.requests).toHaveLength(1);
  });

  test.each([
    ['NO_PROXY', {}],
    ['no_proxy', {}],
    ['the option none', { proxy: 'none' }],
  ])('does not count for what is excepted: %s', async (name, options) => {
    const [receiver, proxy] = [await receive(), await proxied()];
    const environment = { HTTP_PROXY: proxy.url, [name]: '127.0.0.0/8' };
    expect(await sinkTo(receiver.url, { ...options, environment }).send(records, never)).toEqual(accepted);
    expect(proxy.requests).toEqual([]);
  });

  test('is not looked at where the option names a proxy', async () => {
    const [receiver, proxy, other] = [await receive(), await proxied(), await proxied()];
    const environment = { HTTP_PROXY: other.url, NO_PROXY: '*' };
    expect(await sinkTo(receiver.url, { proxy: proxy.url, environment }).send(records, never)).toEqual(accepted);
    expect([proxy.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  test('with a proxy of another kind refuses the start, and says what to set', () => {
    const environment = { HTTPS_PROXY: 'socks5://user:s3cret@proxy.example' };
    const start = () => sinkTo('https://logs.example/', { environment });
    expect(start).toThrow('the environment variable HTTPS_PROXY must be the URL of a proxy');
    expect(start).toThrow('set proxy: none to use none');
    expect(start).not.toThrow('s3cret');
  });
});
