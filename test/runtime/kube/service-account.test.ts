import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serviceAccountConnection } from '../../../runtime/src/kube/service-account.ts';
import { answer, clientOn, failureOf, probing } from './api-server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { selfSigned } from '../../../tools/support/self-signed.ts';

const host = '10.0.0.1';
const port = 443;

async function mounted(ca = 'the CA'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'first\n');
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'namespace'), 'monitoring\n');
  return folder;
}

test('a service account brings token, CA and namespace, without the line ends of their files', async () => {
  const folder = await mounted();
  const connection = await serviceAccountConnection({ folder, host, port, clock: manualClock() });
  expect(connection).toMatchObject({ protocol: 'https:', host, port, namespace: 'monitoring' });
  expect(await connection.credentials()).toEqual({ ca: 'the CA', headers: { authorization: 'Bearer first' } });
});

test('a rotated token is used after a minute, and at once when the server did not know the old one', async () => {
  const folder = await mounted();
  const clock = manualClock();
  const connection = await serviceAccountConnection({ folder, host, port, clock });
  const authorization = async () => (await connection.credentials()).headers['authorization'];
  await writeFile(join(folder, 'token'), 'second');
  clock.advance(59_999);
  expect(await authorization()).toBe('Bearer first');
  clock.advance(1);
  expect(await authorization()).toBe('Bearer second');
  await writeFile(join(folder, 'token'), 'third');
  connection.forget();
  expect(await authorization()).toBe('Bearer third');
});

test('a folder that lacks a file is a settings error that names the file', async () => {
  const folder = await mounted();
  await rm(join(folder, 'ca.crt'));
  const error = await failureOf(serviceAccountConnection({ folder, host, port, clock: manualClock() }));
  expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
  expect(error.message).toBe(`cannot read ${join(folder, 'ca.crt')}: ENOENT`);
});

test('over TLS the client trusts the mounted CA and nothing else, keeps one connection, and brings the new token after a 401', async () => {
  const { cert, key } = selfSigned();
  let valid = 'Bearer first';
  let connections = 0;
  const server = createServer({ cert, key }, ({ headers }, response) =>
    answer(response, headers.authorization === valid ? 200 : 401, {}),
  );
  server.on('secureConnection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, clock: manualClock() };

  const folder = await mounted(cert);
  const { client } = clientOn(await serviceAccountConnection({ folder, ...address }));
  for (let calls = 0; calls < 50; calls += 1) await client.call({ subject: probing });
  await writeFile(join(folder, 'token'), 'second');
  valid = 'Bearer second';
  expect(await failureOf(client.call({ subject: probing }))).toMatchObject({ code: 'API_FORBIDDEN' });
  expect((await client.call({ subject: probing })).body).toEqual({});
  expect(connections).toBe(1);

  const stranger = await mounted(selfSigned().cert);
  const distrusting = clientOn(await serviceAccountConnection({ folder: stranger, ...address }));
  const error = await failureOf(distrusting.client.call({ subject: probing }));
  expect(error).toMatchObject({ code: 'API_UNAVAILABLE' });
  expect(error.message).toMatch(/certificate|signature/);
});
