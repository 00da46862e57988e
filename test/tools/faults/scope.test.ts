import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../../../tools/trial/until.ts';
import { ask, open, readAll, sayOk, stand } from './stand.ts';

const broken = { kind: 'status', code: 500 } as const;

describe('a fault hits only what its scope names:', () => {
  test('the method', async () => {
    const { proxy, arrived } = await stand(sayOk);
    proxy.inject(broken, { method: 'PUT' });
    expect((await ask(proxy, '/a', { method: 'PUT' })).status).toBe(500);
    expect((await ask(proxy, '/a', { method: 'GET' })).status).toBe(200);
    expect(arrived).toEqual(['GET /a']);
  });

  test('the path, without the query', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject(broken, { path: /leases/ });
    expect((await ask(proxy, '/namespaces/a/leases/b')).status).toBe(500);
    expect((await ask(proxy, '/events?leases')).status).toBe(200);
  });

  test('the query', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject(broken, { query: /^watch=true/ });
    expect((await ask(proxy, '/events?watch=true&limit=1')).status).toBe(500);
    expect((await ask(proxy, '/events?limit=1')).status).toBe(200);
    expect((await ask(proxy, '/events')).status).toBe(200);
  });

  test('the user agent', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject(broken, { userAgent: /pod-0/ });
    expect((await ask(proxy, '/', { headers: { 'user-agent': 'eventbaton (pod-0_1)' } })).status).toBe(500);
    expect((await ask(proxy, '/', { headers: { 'user-agent': 'eventbaton (pod-1_1)' } })).status).toBe(200);
    expect((await ask(proxy, '/')).status).toBe(200);
  });

  test('all parts of it together', async () => {
    const { proxy } = await stand(sayOk);
    const fault = proxy.inject(broken, { method: 'PUT', path: /leases/ });
    expect((await ask(proxy, '/leases')).status).toBe(200);
    expect((await ask(proxy, '/events', { method: 'PUT' })).status).toBe(200);
    expect((await ask(proxy, '/leases', { method: 'PUT' })).status).toBe(500);
    expect(fault.hits).toBe(1);
  });

  test('so many requests, then none', async () => {
    const { proxy } = await stand(sayOk);
    const fault = proxy.inject(broken, { times: 2 });
    const statuses = [];
    for (let round = 0; round < 4; round += 1) statuses.push((await ask(proxy, '/')).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
    expect(fault.hits).toBe(2);
  });

  test('what is in progress, or what comes later', async () => {
    const answering: ServerResponse[] = [];
    const { proxy } = await stand((_request, response) => {
      response.write('first\n');
      answering.push(response);
    });
    const before = await open(proxy, '/before');
    proxy.inject({ kind: 'malformed', line: 'open' }, { reach: 'open' });
    proxy.inject({ kind: 'malformed', line: 'new' }, { reach: 'new' });
    const after = await open(proxy, '/after');
    for (const response of answering) response.end('last\n');
    const [open1, new1] = await Promise.all([readAll(before), readAll(after)]);
    expect(open1.text.split('\n').toSorted()).toEqual(['', 'first', 'last', 'open']);
    expect(new1.text.split('\n')).toEqual(['new', 'first', 'last', '']);
  });
});

test('a request that the server has got is no hit for what comes before the server', async () => {
  let finish = () => {};
  const { proxy, arrived } = await stand((_request, response) => {
    finish = () => void response.end('ok');
  });
  const inProgress = ask(proxy, '/');
  await until('the request at the server', () => arrived[0]);
  const faults = [proxy.inject({ ...broken }), proxy.inject({ kind: 'latency', ms: 60_000, of: 'request' })];
  finish();
  expect((await inProgress).body).toBe('ok');
  expect(faults.map(({ hits }) => hits)).toEqual([0, 0]);
});

describe('a healed fault', () => {
  test('hits nothing any more', async () => {
    const { proxy } = await stand(sayOk);
    const fault = proxy.inject(broken);
    expect((await ask(proxy, '/')).status).toBe(500);
    await fault.heal();
    expect((await ask(proxy, '/')).status).toBe(200);
    expect(fault.isHealed).toBe(true);
  });

  test('leaves the others at work', async () => {
    const { proxy } = await stand(sayOk);
    const first = proxy.inject(broken, { path: /a/ });
    proxy.inject(broken, { path: /b/ });
    await first.heal();
    expect((await ask(proxy, '/a')).status).toBe(200);
    expect((await ask(proxy, '/b')).status).toBe(500);
    await proxy.heal();
    expect((await ask(proxy, '/b')).status).toBe(200);
  });

  test('may be healed while it holds a request back', async () => {
    const { proxy } = await stand(sayOk);
    const fault = proxy.inject({ kind: 'blackhole' }, { path: /held/ });
    const held = ask(proxy, '/held');
    await until('the request', () => proxy.requests[0]);
    await fault.heal();
    expect((await held).body).toBe('ok');
  });
});
