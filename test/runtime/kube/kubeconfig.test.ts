import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kubeconfigConnection } from '../../../runtime/src/kube/kubeconfig.ts';

interface Parts {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function write(path: string, { cluster = {}, user = {}, context = {} }: Parts): Promise<string> {
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://api:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const connect = async (parts: Parts) => kubeconfigConnection(await write(join(await folder(), 'config'), parts));
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  test.each([
    ['https://api:6443', { protocol: 'https:', host: 'api', port: 6443, basePath: '' }],
    ['https://api', { protocol: 'https:', host: 'api', port: 443, basePath: '' }],
    ['http://127.0.0.1:8001/', { protocol: 'http:', host: '127.0.0.1', port: 8001, basePath: '' }],
    ['https://[fd00::1]:6443', { protocol: 'https:', host: 'fd00::1', port: 6443, basePath: '' }],
    ['https://gate/k8s/clusters/c-1/', { host: 'gate', basePath: '/k8s/clusters/c-1' }],
  ])('with the server %s gives its address', async (server, address) => {
    const connection = await connect({ cluster: { server }, user: { token: 't' } });
    expect(connection).toMatchObject(address);
    expect((await connection.credentials()).headers).toEqual({ Authorization: 'Bearer t' });
  });

  test('gives the namespace of its context', async () => {
    expect((await connect({ context: { namespace: 'shop' } })).namespace).toBe('shop');
    expect((await connect({})).namespace).toBeUndefined();
  });

  test('gives client certificate, CA and server name', async () => {
    const connection = await connect({
      cluster: { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'kubernetes' },
      user: { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    });
    expect(await connection.credentials()).toEqual({
      ca: 'ca',
      cert: 'cert',
      key: 'key',
      servername: 'kubernetes',
      headers: {},
    });
  });

  test('gives user and password', async () => {
    const { headers } = await (await connect({ user: { username: 'me', password: 'p' } })).credentials();
    expect(headers).toEqual({ Authorization: `Basic ${base64('me:p')}` });
  });

  test('keeps whom it acts for: nothing is asked as somebody else', async () => {
    const { headers } = await (await connect({ user: { token: 't', as: 'other' } })).credentials();
    expect(headers).toEqual({ Authorization: 'Bearer t', 'Impersonate-User': 'other' });
  });

  test('runs its plugin for a token, and again once the token was not accepted', async () => {
    const place = await folder();
    const plugin = join(place, 'plugin');
    const prints = (token: string) =>
      writeFile(plugin, `#!/bin/sh\nprintf '{"kind":"ExecCredential","status":{"token":"${token}"}}'\n`);
    await prints('one');
    await chmod(plugin, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    const connection = kubeconfigConnection(await write(join(place, 'config'), { user: { exec } }));
    const authorization = async () => (await connection.credentials()).headers['Authorization'];
    expect(await authorization()).toBe('Bearer one');
    await prints('two');
    expect(await authorization()).toBe('Bearer one');
    connection.forget();
    expect(await authorization()).toBe('Bearer two');
  });

  test('that asks for a proxy is refused rather than passed by', async () => {
    await expect(connect({ cluster: { 'proxy-url': 'http://proxy' } })).rejects.toThrow('proxy-url is not supported');
  });
});
