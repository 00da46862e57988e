import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HttpSinkSettings } from '../../../runtime/src/contract/sink-settings.ts';
import { selfSigned } from '../../../tools/support/self-signed.ts';
import { eventRecord } from '../../support/records.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';
import { receive, serve, sinkTo, type SinkOptions } from './receiving.ts';

const never = new AbortController().signal;
const records = [eventRecord(1)];
const accepted = { kind: 'accepted' };

test.each(['application/cloudevents-batch+json; charset=utf-8', 'text/plain'])(
  'contentType is sent instead of that of the format: %s',
  async (contentType) => {
    const receiver = await receive();
    expect(await sinkTo(receiver.url, { contentType, gzip: true }).send(records, never)).toEqual(accepted);
    expect(receiver.batches[0]?.headers).toMatchObject({ 'content-type': contentType, 'content-encoding': 'gzip' });
  },
);

describe('basic', () => {
  test.each<readonly [string, () => NonNullable<HttpSinkSettings['basic']>]>([
    [
      'files',
      () => ({ username: { file: temporaryFile('hunter\n') }, password: { file: temporaryFile('s3:crét /+\r\n') } }),
    ],
    ['text and a variable', () => ({ username: 'hunter', password: { env: 'WORD' } })],
  ])('sends username and password of %s', async (_, basic) => {
    const receiver = await receive();
    const sink = sinkTo(receiver.url, { basic: basic(), environment: { WORD: 's3:crét /+' } });
    expect(await sink.send(records, never)).toEqual(accepted);
    const [, sent = ''] = /^Basic (.+)$/.exec(receiver.batches[0]?.headers.authorization ?? '') ?? [];
    expect(Buffer.from(sent, 'base64').toString()).toBe('hunter:s3:crét /+');
  });

  test('that the server says back, encoded or not, is not in the reason', async () => {
    const receiver = await receive({
      answer: ({ headers }) => ({ status: 401, body: `${headers.authorization} is hunter:s3cr\\u0065t\\/x, s3cret/x` }),
    });
    const basic = { username: { env: 'USER_NAME' }, password: { env: 'WORD' } };
    const environment = { USER_NAME: 'hunter', WORD: 's3cret/x' };
    const answer = await sinkTo(receiver.url, { basic, environment }).send(records, never);
    expect(answer).toMatchObject({ reason: expect.stringContaining(': Basic *** is ***, *** (') });
  });

  test('whose Secret is rotated is sent anew after a 401', async () => {
    const password = temporaryFile('one');
    const receiver = await receive({
      answer: ({ headers }) => ({ status: headers.authorization?.endsWith(btoa('u:two')) === true ? 200 : 401 }),
    });
    const sink = sinkTo(receiver.url, { basic: { username: 'u', password: { file: password } } });
    expect(await sink.send(records, never)).toMatchObject({ kind: 'misconfigured' });
    writeFileSync(password, 'two');
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test.each([
    ['no password', { USER_NAME: 'u' }, 'basic.password: the environment variable WORD is empty, or not there'],
    [
      'a colon in the username',
      { USER_NAME: 'u:s3cret', WORD: 'w' },
      "basic.username: the environment variable USER_NAME holds a ':'",
    ],
  ])('with %s refuses the start', (_, environment, problem) => {
    const basic = { username: { env: 'USER_NAME' }, password: { env: 'WORD' } };
    expect(() => sinkTo('https://logs.example', { basic, environment })).toThrow(problem);
  });
});

test('a header of Basic authentication that nobody encoded waits for a person, and names the option', async () => {
  const receiver = await receive();
  const file = temporaryFile('hunter:s3cret');
  const plain = sinkTo(receiver.url, { headers: { Authorization: { file, prefix: 'Basic ' } } });
  const answer = await plain.send(records, never);
  expect(answer).toMatchObject({
    kind: 'misconfigured',
    reason: expect.stringMatching(/^header Authorization: the file .* not encoded: use the option basic/),
  });
  expect(JSON.stringify(answer)).not.toMatch(/hunter|s3cret/);
  writeFileSync(file, btoa('hunter:s3cret'));
  expect(await plain.send(records, never)).toEqual(accepted);
});

describe('a receiver that asks for a client certificate', () => {
  const [client, other] = [selfSigned(), selfSigned()];
  const places = () => ({ cert: { file: temporaryFile(client.cert) }, key: { file: temporaryFile(client.key) } });

  async function asking(options: SinkOptions, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') {
    const receiver = await receive({ tls: true, clientCa: client.cert, maxVersion });
    return sinkTo(receiver.url, { ca: { file: temporaryFile(receiver.ca ?? '') }, ...options });
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('gets cert and key (%s)', async (version) => {
    expect(await (await asking(places(), version)).send(records, never)).toEqual(accepted);
  });

  test('gets those of variables, too', async () => {
    const environment = { CERT: client.cert, KEY: client.key };
    const sink = await asking({ cert: { env: 'CERT' }, key: { env: 'KEY' }, environment });
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test('and gets none is a matter of settings, and the reason says which (TLS 1.3)', async () => {
    expect(await (await asking({})).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: expect.stringMatching(
        /certificate required.*\(the server asks for a client certificate: set cert and key\)$/,
      ),
    });
  });

  test('and gets none is a matter of settings, and the reason says which (TLS 1.2)', async () => {
    expect(await (await asking({}, 'TLSv1.2')).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: expect.stringContaining('(the server may ask for a client certificate: set cert and key then)'),
    });
  });

  test('as nginx does, with a status of 400, refuses no record', async () => {
    const url = await serve((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(400);
        response.end('<center><h1>400 Bad Request</h1></center><center>No required SSL certificate was sent</center>');
      });
    });
    expect(await sinkTo(url).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: expect.stringContaining('(the server asks for a client certificate: set cert and key)'),
    });
  });

  test('gets the pair that is in the files then, after a rotation', async () => {
    const files = { cert: { file: temporaryFile(other.cert) }, key: { file: temporaryFile(other.key) } };
    const sink = await asking(files);
    expect((await sink.send(records, never)).kind).not.toBe('accepted');
    writeFileSync(files.cert.file, client.cert);
    expect(await sink.send(records, never)).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining('cert and key cannot be used together'),
    });
    writeFileSync(files.key.file, client.key);
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test.each([
    ['cert', 'certificate', () => ({ cert: { file: temporaryFile(client.key) } })],
    ['key', 'private key', () => ({ key: { file: temporaryFile(client.cert) } })],
  ])('is not asked with something else in the file of %s', async (option, thing, options) => {
    const answer = await (await asking({ ...places(), ...options() })).send(records, never);
    expect(answer).toMatchObject({ kind: 'misconfigured' });
    expect(answer).toMatchObject({ reason: expect.stringMatching(`^${option}: the file .* holds no ${thing}$`) });
    expect(JSON.stringify(answer)).not.toContain('BEGIN');
  });
});
