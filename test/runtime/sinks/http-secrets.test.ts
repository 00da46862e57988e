import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HeaderValue } from '../../../runtime/src/contract/http-headers.ts';
import { HeaderSource } from '../../../runtime/src/sinks/header-source.ts';
import { SecretReader } from '../../../runtime/src/sinks/secret-reader.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { receive, sinkTo } from './receiving.ts';

const never = new AbortController().signal;
const records = [eventRecord(1)];
const accepted = { kind: 'accepted' };

async function guarded(initial: string, prefix?: string) {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, initial);
  const state = { wanted: 'Bearer one' };
  const receiver = await receive({
    answer: ({ headers }) => ({ status: headers['authorization'] === state.wanted ? 200 : 401 }),
  });
  const clock = manualClock();
  const authorization = { file, ...(prefix === undefined ? {} : { prefix }) };
  const sink = sinkTo(receiver.url, { clock, headers: { Authorization: authorization, 'x-tenant': 'shop' } });
  const sent = () => receiver.batches.map(({ headers }) => headers['authorization']);
  return { file, state, receiver, clock, sink, sent };
}

describe('headers', () => {
  test('are sent as they are set, with secrets from files and variables', async () => {
    const receiver = await receive();
    const file = join(temporaryFolder(), 'key');
    writeFileSync(file, ' from-file \n');
    const headers = { 'X-Tenant': 'shop', 'X-Api-Key': { file }, Cookie: { env: 'COOKIE', prefix: 'session=' } };
    await sinkTo(receiver.url, { headers, environment: { COOKIE: 'from-env' } }).send(records, never);
    expect(receiver.batches[0]?.headers).toMatchObject({
      'x-tenant': 'shop',
      'x-api-key': 'from-file',
      cookie: 'session=from-env',
    });
  });

  test('a secret that was rotated is sent at most a minute later', async () => {
    const { file, state, clock, sink, sent } = await guarded('one', 'Bearer ');
    expect(await sink.send(records, never)).toEqual(accepted);
    writeFileSync(file, 'two');
    clock.advance(59_999);
    expect(await sink.send(records, never)).toEqual(accepted);
    state.wanted = 'Bearer two';
    clock.advance(1);
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(sent()).toEqual(['Bearer one', 'Bearer one', 'Bearer two']);
  });

  test.each([401, 403])('a secret that was not accepted (%d) is read anew for the next try', async (status) => {
    const { file, receiver, sink, sent } = await guarded('one', 'Bearer ');
    receiver.answerWith(({ headers }) => ({ status: headers['authorization'] === 'Bearer two' ? 200 : status }));
    writeFileSync(file, 'one');
    expect(await sink.send(records, never)).toMatchObject({ kind: 'misconfigured' });
    writeFileSync(file, 'two');
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(sent()).toEqual(['Bearer one', 'Bearer two']);
  });

  test('a secret is read anew after a hang-up', async () => {
    const { file, sink, sent } = await guarded('one', 'Bearer ');
    await sink.send(records, never);
    writeFileSync(file, 'two');
    await sink.reopen();
    await sink.send(records, never);
    expect(sent()).toEqual(['Bearer one', 'Bearer two']);
  });

  test.each([
    ['is missing', undefined, 'cannot read the file'],
    ['is empty', ' \n', 'is empty'],
    ['would make another header', 'one\nx-admin: yes', 'holds characters that no header may have'],
  ])('a file that %s waits for a person, names the file, and heals', async (_, content, reason) => {
    const { file, sink, receiver } = await guarded('one', 'Bearer ');
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    const answer = await sink.send(records, never);
    expect(answer).toMatchObject({ kind: 'misconfigured', reason: expect.stringContaining(reason) });
    expect(answer).toMatchObject({ reason: expect.stringContaining(`header Authorization: `) });
    expect(answer).toMatchObject({ reason: expect.stringContaining(file) });
    expect(JSON.stringify(answer)).not.toContain('x-admin');
    expect(receiver.batches).toEqual([]);
    writeFileSync(file, 'one');
    expect(await sink.send(records, never)).toEqual(accepted);
  });
});

describe('a secret', () => {
  test('that the server says back is not in the reason, nor is one that was rotated away', async () => {
    const { file, receiver, sink } = await guarded('old-s3cret-value', 'Bearer ');
    receiver.answerWith(({ headers }) => ({
      status: 403,
      body: `no: ${headers['authorization']} (before: old-s3cret-value), ${'x'.repeat(100)}`,
    }));
    expect(JSON.stringify(await sink.send(records, never))).not.toContain('s3cret');
    writeFileSync(file, 'new-s3cret-value');
    const answer = await sink.send(records, never);
    expect(answer).toMatchObject({ reason: expect.stringContaining('no: Bearer *** (before: ***)') });
  });

  test('of any of thirty headers is not in the reason', async () => {
    const receiver = await receive({
      answer: ({ headers }) => ({
        status: 400,
        body: `no: ${String(headers['x-key-0'])} ${String(headers['x-key-29'])}`,
      }),
    });
    const keys = Array.from({ length: 30 }, (_, number) => [`x-key-${number}`, { env: `KEY_${number}` }] as const);
    const environment = Object.fromEntries(keys.map(([, { env }]) => [env, `s3cret-of-${env}`]));
    const sink = sinkTo(receiver.url, { headers: Object.fromEntries(keys), environment });
    expect(await sink.send(records, never)).toMatchObject({ reason: expect.stringMatching(/no: \*\*\* \*\*\*$/) });
  });

  test('that is the host of a redirect is not in the reason', async () => {
    const location = 'https://s3cret-tenant.example/';
    const receiver = await receive({ answer: () => ({ status: 307, headers: { location } }) });
    const headers = { 'X-Tenant-Token': { env: 'TENANT' } };
    const sink = sinkTo(receiver.url, { headers, environment: { TENANT: 's3cret-tenant' } });
    expect(JSON.stringify(await sink.send(records, never))).not.toContain('s3cret');
  });

  test('in the URL is not in the reason either', async () => {
    const receiver = await receive({ answer: ({ path }) => ({ status: 404, body: `no route for ${path}` }) });
    const answer = await sinkTo(`${receiver.url}hooks/T0000000000000000XYZ?token=s3cret&a=b`).send(records, never);
    expect(answer).toMatchObject({ reason: expect.stringContaining('no route for /hooks/***') });
    expect(JSON.stringify(answer)).not.toMatch(/s3cret|0XYZ/);
  });

  test('of a variable counts as missing also where it is empty', () => {
    const source = (headers: Readonly<Record<string, HeaderValue>>) =>
      new HeaderSource(headers, new SecretReader({ environment: { EMPTY: ' ', LINES: 'a\nb' }, clock: manualClock() }));
    expect(source({ a: { env: 'EMPTY' }, b: { env: 'LINES' }, c: 'text' }).problems).toEqual([
      'header a: the environment variable EMPTY is empty, or not there',
      'header b: the environment variable LINES holds characters that no header may have',
    ]);
  });
});
