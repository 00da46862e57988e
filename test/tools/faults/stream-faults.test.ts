import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../../../tools/trial/until.ts';
import { open, readAll, stand } from './stand.ts';

const frame = (number: number) => `{"type":"ADDED","object":{"number":${number}}}\n`;

describe('a watch', () => {
  test('is cut in the middle of a frame, abruptly', async () => {
    const { proxy } = await stand((_request, response) => {
      for (let number = 0; number < 5; number += 1) response.write(frame(number));
    });
    proxy.inject({ kind: 'cut', afterFrames: 2 }, { query: /watch/ });
    const { text, code } = await readAll(await open(proxy, '/?watch=true'));
    expect(code).toBe('ECONNRESET');
    expect(text.startsWith(frame(0) + frame(1))).toBe(true);
    expect(text.length).toBeGreaterThan(2 * frame(0).length);
    expect(text.length).toBeLessThan(3 * frame(0).length);
    await until('the end in the log', () => proxy.requests[0]?.end);
    expect(proxy.requests).toMatchObject([{ faults: ['cut'], end: 'cut' }]);
  });

  test('is cut after so many bytes', async () => {
    const { proxy } = await stand((_request, response) => void response.write(frame(0) + frame(1)));
    proxy.inject({ kind: 'cut', afterBytes: 7 });
    expect(await readAll(await open(proxy, '/'))).toEqual({ text: frame(0).slice(0, 7), code: 'ECONNRESET' });
  });

  test('that is open already is cut in the frame that comes next', async () => {
    const server = Promise.withResolvers<ServerResponse>();
    const { proxy } = await stand((_request, response) => {
      response.write(frame(0));
      server.resolve(response);
    });
    const watch = await open(proxy, '/');
    await until('the first frame', () => proxy.requests[0]?.bytesSent || undefined);
    proxy.inject({ kind: 'cut' });
    (await server.promise).write(frame(1));
    const { text, code } = await readAll(watch);
    expect(code).toBe('ECONNRESET');
    expect(text.startsWith(frame(0))).toBe(true);
    expect((frame(0) + frame(1)).startsWith(text)).toBe(true);
  });

  test('is cut three times at one place, and then whole', async () => {
    const { proxy } = await stand((_request, response) => void response.end(frame(0)));
    const fault = proxy.inject({ kind: 'cut' }, { query: /watch/, times: 3 });
    const codes = [];
    for (let round = 0; round < 4; round += 1) codes.push((await readAll(await open(proxy, '/?watch=true'))).code);
    expect(codes).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET', undefined]);
    expect(fault.hits).toBe(3);
  });

  test('that stands still gets garbage between two frames, and goes on', async () => {
    const server = Promise.withResolvers<ServerResponse>();
    const { proxy } = await stand((_request, response) => {
      response.write(frame(0));
      server.resolve(response);
    });
    const watch = await open(proxy, '/');
    await until('the first frame', () => proxy.requests[0]?.bytesSent || undefined);
    proxy.inject({ kind: 'malformed', line: '{"type":' });
    await until('the garbage', () => (proxy.requests[0]?.bytesSent ?? 0) > frame(0).length || undefined);
    (await server.promise).end(frame(1));
    expect(await readAll(watch)).toEqual({ text: `${frame(0)}{"type":\n${frame(1)}` });
  });

  test('has one frame damaged, and the others whole', async () => {
    const { proxy } = await stand((_request, response) => {
      response.write(frame(0) + frame(1));
      response.end(frame(2));
    });
    proxy.inject({ kind: 'malformed', afterFrames: 1 });
    const { text, code } = await readAll(await open(proxy, '/'));
    expect(code).toBeUndefined();
    const lines = text.trimEnd().split('\n');
    expect([lines[0], lines[2]]).toEqual([frame(0).trimEnd(), frame(2).trimEnd()]);
    expect(() => JSON.parse(lines[1] ?? '')).toThrow(SyntaxError);
  });

  test('that stands still gets an ERROR frame, and ends in order', async () => {
    const { proxy } = await stand((_request, response) => void response.write(frame(0)));
    const watch = await open(proxy, '/?watch=true');
    await until('the first frame', () => proxy.requests[0]?.bytesSent || undefined);
    proxy.inject({ kind: 'error frame', code: 410, message: 'too old resource version' });
    const { text, code } = await readAll(watch);
    expect(code).toBeUndefined();
    const [first, error] = text.trimEnd().split('\n');
    expect(`${first}\n`).toBe(frame(0));
    expect(JSON.parse(error ?? '')).toEqual({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'too old resource version',
        reason: 'Expired',
        code: 410,
      },
    });
  });
});
