import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findConnection, type Whereabouts } from '../../../runtime/src/kube/find-connection.ts';
import { failureOf } from './api-server.ts';
import { manualClock } from '../../support/manual-clock.ts';

const run = promisify(execFile);

interface Places {
  readonly folder: string;
  readonly at: (name: string) => string;
  readonly where: Whereabouts;
}

async function places(): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), 'find-connection-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const where = {
    serviceAccountDir: join(folder, 'service-account'),
    serviceHost: 'fd00::1',
    servicePort: '6443',
    kubeconfigPath: '',
    kubeconfigVariable: undefined,
    home: join(folder, 'home'),
    clock: manualClock(),
  };
  return { folder, at: (name) => join(folder, name), where };
}

async function mount(folder: string): Promise<void> {
  await mkdir(folder);
  for (const file of ['token', 'ca.crt', 'namespace']) await writeFile(join(folder, file), file);
}

async function writeKubeconfig(path: string, server: string): Promise<void> {
  const config = {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(path, JSON.stringify(config));
}

describe('the connection', () => {
  test('is that of the kubeconfig that the setting names, beside a service account and KUBECONFIG, too', async () => {
    const { at, where } = await places();
    await mount(where.serviceAccountDir);
    await writeKubeconfig(at('named'), 'https://named');
    await writeKubeconfig(at('variable'), 'https://variable');
    const named = { ...where, kubeconfigPath: at('named'), kubeconfigVariable: at('variable') };
    expect(await findConnection(named)).toMatchObject({ host: 'named' });
  });

  test('is else the service account where there is one, whatever kubeconfigs lie about, and IPv6 is welcome', async () => {
    const { at, where } = await places();
    await mount(where.serviceAccountDir);
    await writeKubeconfig(at('variable'), 'https://variable');
    const connection = await findConnection({ ...where, kubeconfigVariable: at('variable') });
    expect(connection).toMatchObject({ host: 'fd00::1', port: 6443, namespace: 'namespace' });
  });

  test('is never the service account because the kubeconfig that the setting names is missing', async () => {
    const { at, where } = await places();
    await mount(where.serviceAccountDir);
    const error = await failureOf(findConnection({ ...where, kubeconfigPath: at('missing') }));
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(error.message).toContain(`(DD_KUBERNETES_KUBECONFIG_PATH) names ${at('missing')}, which is not there`);
  });

  test('is else the first kubeconfig of KUBECONFIG and home folder', async () => {
    const { at, where } = await places();
    await mkdir(join(at('home'), '.kube'), { recursive: true });
    await writeKubeconfig(join(at('home'), '.kube', 'config'), 'https://home');
    expect(await findConnection(where)).toMatchObject({ host: 'home', port: 443 });

    await writeKubeconfig(at('variable'), 'https://variable');
    const variable = { ...where, kubeconfigVariable: `${at('missing')}:${at('variable')}` };
    expect(await findConnection(variable)).toMatchObject({ host: 'variable' });
  });

  test('is never another cluster because a kubeconfig that was named is missing', async () => {
    const { at, where } = await places();
    await mkdir(join(at('home'), '.kube'), { recursive: true });
    await writeKubeconfig(join(at('home'), '.kube', 'config'), 'https://home');
    const error = await failureOf(findConnection({ ...where, kubeconfigVariable: at('missing') }));
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(error.message).toContain(`tried ${join(where.serviceAccountDir, 'token')}, ${at('missing')}`);
  });

  test('that is nowhere is an error that lists every place tried', async () => {
    const { at, where } = await places();
    const error = await failureOf(findConnection(where));
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    for (const place of [join(where.serviceAccountDir, 'token'), join(at('home'), '.kube', 'config')])
      expect(error.message).toContain(place);
  });

  test.each([undefined, '', 'https', '0', '70000'])(
    'of a service account cannot do without the API server’s port (%j)',
    async (servicePort) => {
      const { where } = await places();
      await mount(where.serviceAccountDir);
      const error = await failureOf(findConnection({ ...where, servicePort }));
      expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
      expect(error.message).toContain('KUBERNETES_SERVICE_PORT');
    },
  );

  test('says what is wrong with a kubeconfig that it cannot use', async () => {
    const { at, where } = await places();
    await writeFile(at('named'), '{"clusters": []}');
    const error = await failureOf(findConnection({ ...where, kubeconfigPath: at('named') }));
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(error.message).toContain(at('named'));
  });
});

test('in a cluster the kubeconfig library is never loaded', async () => {
  const { where, at } = await places();
  await mount(where.serviceAccountDir);
  await writeKubeconfig(at('named'), 'https://named');
  const loadedFor = async (given: Whereabouts) => {
    const { clock: _, ...data } = given;
    const module = join(import.meta.dirname, '../../../runtime/src/kube/find-connection.ts');
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { findConnection } = await import(${JSON.stringify(module)});
      await findConnection({ ...${JSON.stringify(data)}, clock: { now: () => 0 } });
      console.log(loaded.join('\\n'));
    `;
    return (await run(process.execPath, ['--input-type=module', '--eval', script])).stdout;
  };
  const inCluster = await loadedFor({ ...where, kubeconfigVariable: at('named') });
  expect(inCluster).toContain('service-account.ts');
  expect(inCluster).not.toMatch(/kubeconfig\.ts|client-node/);

  const outside = await loadedFor({ ...where, kubeconfigPath: at('named') });
  expect(outside).toMatch(/client-node/);
});
