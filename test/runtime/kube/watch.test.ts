import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { frameCapBytes } from '../../../runtime/src/kube/frames.ts';
import { openWatch, type Watch } from '../../../runtime/src/kube/watch.ts';
import { answer, clientOn, connectionTo, failureOf, startApi, type TestApi } from './api-server.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

const subject = { verb: 'watch', apiVersion: 'v1', resource: 'events' } as const;
const frame = (object: unknown, type = 'ADDED') => `${JSON.stringify({ type, object })}\n`;

interface Opened {
  readonly api: TestApi;
  readonly watch: Watch;
  readonly response: ServerResponse;
  readonly clock: ManualClock;
  readonly stop: AbortController;
}

/** An accepted watch and the server's end of it. */
async function open(timeoutSeconds: number | undefined = 300): Promise<Opened> {
  let response: ServerResponse | undefined;
  const api = await startApi((_, accepted) => {
    response = accepted;
    accepted.writeHead(200).flushHeaders();
  });
  const { client, clock } = clientOn(connectionTo(api.port));
  const stop = new AbortController();
  const watch = await openWatch(
    client,
    { subject, query: { resourceVersion: '5' }, timeoutSeconds, clock },
    stop.signal,
  );
  if (response === undefined) throw new Error('nothing was asked');
  return { api, watch, response, clock, stop };
}

async function all(watch: Watch): Promise<readonly unknown[]> {
  const objects = [];
  for (let next = await watch.next(); next !== undefined; next = await watch.next()) objects.push(next.object);
  return objects;
}

describe('the connection of a watch', () => {
  test('is kept alive by the kernel, for whoever is gone without a word would be waited for', async () => {
    const keptAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
    onTestFinished(() => keptAlive.mockRestore());
    await open();
    expect(keptAlive.mock.calls).toContainEqual([true, 30_000]);
  });
});

describe('opening a watch', () => {
  test('asks for the watch from the position, for as long as it is wanted', async () => {
    const { api } = await open(417);
    expect(api.requests).toMatchObject([
      { path: '/api/v1/events', query: { watch: 'true', resourceVersion: '5', timeoutSeconds: '417' } },
    ]);
  });

  test('fails with the refusal, of which 410 means that the position has expired', async () => {
    const refusals: number[] = [410, 403, 200];
    const api = await startApi((_, response) => answer(response, refusals.shift() ?? 500, { message: 'no' }));
    const { client, clock } = clientOn(connectionTo(api.port));
    const attempt = () =>
      openWatch(client, { subject, query: {}, timeoutSeconds: 300, clock }, new AbortController().signal);
    expect(await failureOf(attempt())).toMatchObject({ code: 'API_EXPIRED' });
    expect(await failureOf(attempt())).toMatchObject({ code: 'API_FORBIDDEN' });
    expect(clock.sleeping).toBe(0);
  });
});

describe('an open watch', () => {
  test('gives its frames in order, whatever bytes come together, and undefined at an orderly end', async () => {
    const { watch, response, clock } = await open();
    const objects = [{ a: 'ü\u2028\u2029🎉' }, { b: 1 }, { __proto__: null, c: 2 }];
    const bytes = Buffer.from(objects.map((object) => frame(object)).join(''));
    const read = all(watch);
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
    expect(await read).toEqual([{ a: 'ü\u2028\u2029🎉' }, { b: 1 }, { c: 2 }]);
    expect(clock.sleeping).toBe(0);
  });

  test('takes a key named __proto__ for a key', async () => {
    const { watch, response } = await open();
    response.end('{"type":"ADDED","object":{"__proto__":{"polluted":true}}}\n');
    const { object } = (await watch.next()) as { object: { polluted?: boolean } };
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(object.polluted).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('is broken when it is cut, between frames as well as within one', async () => {
    for (const rest of ['', '{"type"']) {
      const { watch, response } = await open();
      response.write(frame({ a: 1 }) + rest, () => response.destroy());
      expect(await watch.next()).toMatchObject({ object: { a: 1 } });
      expect(await failureOf(watch.next())).toMatchObject({ code: 'API_BROKEN' });
      expect(await failureOf(watch.next())).toMatchObject({ code: 'API_BROKEN' });
    }
  });

  test('is broken when it ends in order, but within a frame', async () => {
    const { watch, response } = await open();
    response.end(`${frame({ a: 1 })}{"type":"ADDED"`);
    expect(await watch.next()).toMatchObject({ object: { a: 1 } });
    expect((await failureOf(watch.next())).message).toBe('watch events: the stream ended within a frame');
  });

  test.each(['nonsense\n', '[]\n', 'null\n', '{"type":"ADDED"}\n', '{"type":1,"object":{}}\n'])(
    'is broken, and closed, by the frame %j',
    async (line) => {
      const { watch, response } = await open();
      response.write(line);
      expect(await failureOf(watch.next())).toMatchObject({ code: 'API_BROKEN' });
      if (!response.closed) await once(response, 'close');
    },
  );

  test('is broken, and closed, by a frame that goes on beyond the cap', async () => {
    const { watch, response } = await open();
    const failed = failureOf(watch.next());
    const endless = function* () {
      for (;;) yield piece;
    };
    const piece = Buffer.alloc(65_536, 'x');
    await failureOf(pipeline(Readable.from(endless()), response));
    expect((await failed).message).toBe(`watch events: a frame is larger than ${frameCapBytes} bytes`);
  });

  test('ends with an ERROR frame, as expired for a 410 and as broken for anything else', async () => {
    for (const [code, as] of [
      [410, 'API_EXPIRED'],
      [500, 'API_BROKEN'],
    ] as const) {
      const { watch, response } = await open();
      response.write(frame({ kind: 'Status', code, message: 'too old' }, 'ERROR'));
      expect(await failureOf(watch.next())).toMatchObject({ code: as });
      if (!response.closed) await once(response, 'close');
    }
  });

  test('that stays open for half a minute beyond its time is given up, whether somebody waits for a frame or not', async () => {
    for (const [asked, limitMs] of [
      [300, 330_000],
      [undefined, 3_630_000],
    ] as const) {
      const { watch, clock, response } = await open(asked);
      const waiting = failureOf(watch.next());
      clock.advance(limitMs - 1);
      expect(response.destroyed).toBe(false);
      clock.advance(1);
      expect(await waiting).toMatchObject({ code: 'API_BROKEN' });
    }
    const { watch, clock, response } = await open(300);
    clock.advance(330_000);
    if (!response.closed) await once(response, 'close');
    expect(await failureOf(watch.next())).toMatchObject({ code: 'API_BROKEN' });
  });

  test.each(['close', 'abort'] as const)(
    'fails a pending read at once on %s, and lets go of everything',
    async (how) => {
      const { watch, clock, response, stop } = await open();
      const waiting = failureOf(watch.next());
      if (how === 'close') watch.close();
      else stop.abort();
      expect(await waiting).toMatchObject({ code: 'API_BROKEN' });
      if (!response.closed) await once(response, 'close');
      expect(clock.sleeping).toBe(0);
    },
  );

  test('reads nothing beyond a few buffers while nobody asks, and everything once somebody does', async () => {
    const { watch, response } = await open();
    const line = frame({ text: 'x'.repeat(100_000) });
    const frames = 400;
    let sent = 0;
    const pouring = async () => {
      for (; sent < frames; sent += 1) if (!response.write(line)) await once(response, 'drain');
      response.end();
    };
    const poured = pouring();
    await standsStill(() => response.socket?.bytesWritten ?? 0);
    const stalledAt = sent;
    expect(stalledAt).toBeLessThan(frames / 2);
    expect(await all(watch)).toHaveLength(frames);
    await poured;
  });
});

/** Resolves once a figure has stayed the same for a hundred turns of the event loop. */
async function standsStill(figure: () => number): Promise<void> {
  let last = figure();
  for (let same = 0; same < 100; ) {
    await new Promise((resolve) => setImmediate(resolve));
    same = figure() === last ? same + 1 : 0;
    last = figure();
  }
}
