import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ciValues } from '../../src/helm/ci-values.ts';
import type { ManifestObject } from '../../tools/cluster/admin-client.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { writeServiceAccountFolder } from '../../tools/cluster/service-account.ts';
import { findHelms } from '../../tools/helm/binaries.ts';
import { Helm } from '../../tools/helm/helm.ts';
import { Installation } from '../../tools/trial/installation.ts';
import { bundle } from '../../tools/trial/pod.ts';
import { recordFigures } from '../support/figures.ts';
import { describeReal } from '../support/real.ts';

const chart = join(import.meta.dirname, '../../charts/eventbaton');
const helms = findHelms();

describeReal('a release of the chart', () => {
  describe.skipIf(helms === undefined)('on a real API server', () => {
    let plane: ControlPlane;
    let helm3: Helm;
    let helm4: Helm;

    beforeAll(async () => {
      plane = await startControlPlane();
      helm3 = await Helm.open(helms?.helm3 ?? '');
      helm4 = await Helm.open(helms?.helm4 ?? '');
    });

    afterAll(async () => {
      await Promise.all([helm3?.close(), helm4?.close()]);
      await plane?.stop();
    });

    const run = (helm: Helm, namespace: string, words: readonly string[]) =>
      helm.run([...words, '--namespace', namespace], { kubeconfig: plane.kubeconfigFile });

    /** @returns all that it said */
    async function succeed(helm: Helm, namespace: string, words: readonly string[]): Promise<string> {
      const answer = await run(helm, namespace, words);
      const said = `${answer.stdout}\n${answer.stderr}`;
      expect(answer.code, said).toBe(0);
      expect(answer.stderr).not.toMatch(/warning|conflict|deprecated/i);
      return said;
    }

    /** A namespace that lets only restricted pods in, and what runs in it. */
    async function prepare(namespace: string): Promise<Installation> {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      const metadata = { name: namespace, labels };
      await plane.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
      const installation = await Installation.prepare(plane, { namespace });
      onTestFinished(() => installation.remove());
      return installation;
    }

    /** Until everything that was written is delivered by a pod with the rights that the release gives. */
    async function collect(installation: Installation, prefix: string) {
      const workload = installation.workload(prefix);
      const [pod] = installation.pods;
      await (pod === undefined ? installation.addPod() : pod.start());
      await workload.burst(20);
      const account = await installation.settled([workload]);
      expect(await installation.pods[0]?.stop()).toBe(0);
      return recordFigures(account);
    }

    const tokenOf = async (installation: Installation) => (await installation.tokenConfigMap())?.data;

    test.each([3, 4] as const)(
      'keeps the token through upgrades, a roll-back, removal and a new installation, with Helm %i',
      async (major) => {
        const helm = major === 3 ? helm3 : helm4;
        const namespace = `kept-${major}`;
        const installation = await prepare(namespace);
        await succeed(helm, namespace, ['install', 'eventbaton', chart]);
        expect(await collect(installation, 'first')).toMatchObject({ lost: 0, duplicated: 0 });
        const token = await tokenOf(installation);
        expect(token).toHaveProperty(['event.tokenKey']);
        for (const words of [
          ['upgrade', 'eventbaton', chart],
          ['upgrade', 'eventbaton', chart, '--set', 'clusterName=shop,leaderLeaseDuration=45,podAnnotations.a=b'],
          ['upgrade', 'eventbaton', chart, '--set', 'commonLabels.team=a,workload=Deployment'],
          ['rollback', 'eventbaton', '1'],
          ['uninstall', 'eventbaton'],
          ['install', 'eventbaton', chart],
        ]) {
          await succeed(helm, namespace, words);
          expect(await tokenOf(installation), words.join(' ')).toEqual(token);
        }
        expect(await collect(installation, 'second')).toMatchObject({ lost: 0, duplicated: 0 });
      },
    );

    test('of Helm 3 is taken on by Helm 4, with its token, and without a conflict', async () => {
      const installation = await prepare('taken-on');
      await succeed(helm3, 'taken-on', ['install', 'eventbaton', chart]);
      expect(await collect(installation, 'first')).toMatchObject({ lost: 0, duplicated: 0 });
      const token = await tokenOf(installation);
      await succeed(helm4, 'taken-on', ['upgrade', 'eventbaton', chart, '--set', 'clusterName=shop']);
      await succeed(helm4, 'taken-on', [
        'upgrade',
        'eventbaton',
        chart,
        '--server-side=true',
        '--set',
        'clusterName=b',
      ]);
      expect(await tokenOf(installation)).toEqual(token);
      expect(await collect(installation, 'second')).toMatchObject({ lost: 0, duplicated: 0 });
    });

    test.each([3, 4] as const)(
      'leaves a token that was made by hand where it is, or takes it over as it is, with Helm %i',
      async (major) => {
        const helm = major === 3 ? helm3 : helm4;
        const namespace = `by-hand-${major}`;
        const installation = await prepare(namespace);
        const data = { 'event.tokenKey': '7' };
        const path = `/api/v1/namespaces/${namespace}/configmaps`;
        await plane.admin.expect('POST', path, { metadata: { name: 'datadogtoken' }, data });
        const refused = await run(helm, namespace, ['install', 'eventbaton', chart]);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toMatch(/datadogtoken.*cannot be imported/);
        await run(helm, namespace, ['uninstall', 'eventbaton']);
        await succeed(helm, namespace, ['install', 'eventbaton', chart, '--set', 'tokenConfigMap.create=false']);
        expect(await tokenOf(installation)).toEqual(data);
        await succeed(helm, namespace, ['uninstall', 'eventbaton']);
        expect(await tokenOf(installation)).toEqual(data);
        await succeed(helm, namespace, ['install', 'eventbaton', chart, '--take-ownership']);
        expect(await tokenOf(installation)).toEqual(data);
      },
    );

    test('of each set of values for continuous integration is accepted as it is', async () => {
      for (const [path, text] of ciValues()) {
        const namespace = `ci-${path.replace(/^ci\/|-values\.yaml$/g, '')}`;
        await prepare(namespace);
        for (const helm of [helm3, helm4]) {
          const words = ['install', 'eventbaton', chart, '--dry-run=server', '--namespace', namespace, '--values=-'];
          const answer = await helm.run(words, {
            kubeconfig: plane.kubeconfigFile,
            stdin: JSON.stringify(parse(text)),
          });
          expect(`${answer.code} ${answer.stderr}`, path).toMatch(/^0 (?!.*[Ww]arning)/);
        }
      }
    });

    test('has a test that tells who leads, with rights to look at lock and token and nothing else', async () => {
      const installation = await prepare('tested');
      await succeed(helm4, 'tested', ['install', 'eventbaton', chart]);
      await installation.addPod();
      await installation.leader();
      const text = await helm4.template(chart, { release: 'eventbaton', namespace: 'tested' });
      const objects = parseAllDocuments(text).map((document) => document.toJS() as TestObject);
      const hooks = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'test');
      for (const object of hooks) await plane.admin.apply(object);
      const pod = hooks.find(({ kind }) => kind === 'Pod');
      const folder = mkdtempSync(join(tmpdir(), 'eventbaton-helm-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      mkdirSync(join(folder, 'account'));
      const account = {
        namespace: 'tested',
        name: pod?.spec?.serviceAccountName ?? '',
        folder: join(folder, 'account'),
      };
      await writeServiceAccountFolder(plane, account);
      const [container] = pod?.spec?.containers ?? [];
      const wired = (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
      const environment = {
        ...(Object.fromEntries(wired) as Record<string, string>),
        EVENTBATON_POD_NAMESPACE: 'tested',
        EVENTBATON_SERVICE_ACCOUNT_DIR: account.folder,
        KUBERNETES_SERVICE_HOST: plane.host,
        KUBERNETES_SERVICE_PORT: String(plane.port),
        // Of its own pod it would ask the port of probes, at which another one listens here.
        DD_HEALTH_PORT: '1',
      };
      const { stdout } = await promisify(execFile)(process.execPath, [bundle, ...(container?.args ?? [])], {
        env: environment,
      });
      expect(stdout).toContain((await installation.leader()).identity);
      const asked = (await plane.requests()).filter(({ user }) => user.includes('eventbaton-test'));
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked.map(({ verb }) => verb))).toEqual(new Set(['get']));
      expect(asked.filter(({ code }) => code === 403)).toEqual([]);
    });
  });
});

interface TestObject extends ManifestObject {
  readonly metadata: ManifestObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly serviceAccountName: string;
    readonly containers: readonly [
      { readonly args: readonly string[]; readonly env: readonly { readonly name: string; readonly value?: string }[] },
    ];
  };
}
