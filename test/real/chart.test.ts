import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ciValues } from '../../src/helm/ci-values.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { findHelms } from '../../tools/helm/binaries.ts';
import { Helm } from '../../tools/helm/helm.ts';
import { settleAccount } from '../../tools/trial/account.ts';
import { readDeliveries } from '../../tools/trial/deliveries.ts';
import { Installation } from '../../tools/trial/installation.ts';
import { settle } from '../../tools/trial/settling.ts';
import { until } from '../../tools/trial/until.ts';
import { Workload } from '../../tools/trial/workload.ts';
import { describeReal } from '../support/real.ts';
import { runPod, type StoredPod } from '../support/run-pod.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectAccount } from '../support/account.ts';

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
    async function collect(installation: Installation, prefix: string): Promise<void> {
      const workload = installation.workload(prefix);
      const [pod] = installation.pods;
      if (pod === undefined) await installation.addPod();
      else {
        // Its account may have been removed and made again meanwhile: a new pod is given a token of the present one.
        await installation.rotateToken(pod);
        await pod.start();
      }
      await installation.listed();
      await workload.burst(20);
      const account = await installation.settled([workload]);
      expect(await installation.pods[0]?.stop()).toBe(0);
      expectAccount(account, { lost: 0, duplicated: 0 });
    }

    const tokenOf = async (installation: Installation) => (await installation.tokenConfigMap())?.data;

    test.each([3, 4] as const)(
      'keeps the token through upgrades, a roll-back, removal and a new installation, with Helm %i',
      async (major) => {
        const helm = major === 3 ? helm3 : helm4;
        const namespace = `kept-${major}`;
        const installation = await prepare(namespace);
        await succeed(helm, namespace, ['install', 'eventbaton', chart]);
        await collect(installation, 'first');
        const token = await tokenOf(installation);
        expect(token).toHaveProperty(['event.tokenKey']);
        for (const words of [
          ['upgrade', 'eventbaton', chart],
          ['upgrade', 'eventbaton', chart, '--set', 'clusterName=shop,leaderLeaseDuration=45,podAnnotations.a=b'],
          ['upgrade', 'eventbaton', chart, '--set', 'commonLabels.team=a,workload=Deployment'],
          ['rollback', 'eventbaton', '1'],
          ['upgrade', 'eventbaton', chart, '--set', 'tokenConfigMap.create=false'],
          ['upgrade', 'eventbaton', chart],
          ['uninstall', 'eventbaton'],
          ['install', 'eventbaton', chart],
        ]) {
          await succeed(helm, namespace, words);
          expect(await tokenOf(installation), words.join(' ')).toEqual(token);
        }
        await collect(installation, 'second');
      },
    );

    test('of Helm 3 is taken on by Helm 4, with its token, and without a conflict', async () => {
      const installation = await prepare('taken-on');
      await succeed(helm3, 'taken-on', ['install', 'eventbaton', chart]);
      await collect(installation, 'first');
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
      await collect(installation, 'second');
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

    test.each([3, 4] as const)(
      'is installed, and collects, by the rights of whoever owns two namespaces and no more, with Helm %i',
      async (major) => {
        const helm = major === 3 ? helm3 : helm4;
        const [namespace, watchNamespace] = [`owned-${major}`, `shop-${major}`];
        await prepare(watchNamespace);
        await prepare(namespace);
        for (const owned of [namespace, watchNamespace]) await makeOwner('team-lead', owned);
        const asOwner = ['--kube-as-user=team-lead', '--set', `watchNamespace=${watchNamespace}`];

        const refused = await run(helm, namespace, ['install', 'eventbaton', chart, ...asOwner]);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toMatch(/ClusterRole.*forbidden/is);

        await succeed(helm, namespace, [
          'install',
          'eventbaton',
          chart,
          ...asOwner,
          '--set',
          'rbac.clusterScope=false',
        ]);
        const props = { watchNamespace, clusterScope: false };
        const installation = await Installation.prepare(plane, { namespace, props });
        onTestFinished(() => installation.remove());
        await installation.addPod();
        await installation.listed();
        const workload = new Workload(plane.admin, watchNamespace, 'owned');
        await workload.burst(20);
        const account = await settle(async () =>
          settleAccount(workload.written, await readDeliveries(installation.file)),
        );
        expectAccount(account, { lost: 0, duplicated: 0 });
        const [pod] = installation.pods;
        expect(pod?.log.filter(({ level }) => level === 'error')).toEqual([]);
        expect(pod?.log.map(({ message }) => message)).toContainEqual(
          expect.stringContaining('the cluster cannot be identified'),
        );
        expect(await pod?.stop()).toBe(0);
        await succeed(helm, namespace, ['uninstall', 'eventbaton', '--kube-as-user=team-lead']);
      },
    );

    /** Gives a user all rights in a namespace, and none elsewhere. */
    async function makeOwner(user: string, namespace: string): Promise<void> {
      const apiVersion = 'rbac.authorization.k8s.io/v1';
      const metadata = { name: user, namespace };
      const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user };
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }];
      const role = { apiVersion, kind: 'Role', metadata, rules };
      const binding = { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects };
      for (const object of [role, binding]) await plane.admin.apply(object);
    }

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

    test.each([3, 4] as const)(
      'has a test that tells who leads, with rights to look at lock and token and nothing else, with Helm %i',
      async (major) => {
        const helm = major === 3 ? helm3 : helm4;
        const namespace = `tested-${major}`;
        const installation = await prepare(namespace);
        const settings = join(temporaryFolder(), 'values.json');
        writeFileSync(settings, JSON.stringify({ settingsFile: { content: 'leader_lease_duration: 2\n' } }));
        await succeed(helm, namespace, ['install', 'eventbaton', chart, `--values=${settings}`]);

        const unled = await helmTest(helm, namespace);
        expect(unled.helm.code, unled.pod.stderr).not.toBe(0);
        expect(unled.pod.stdout).toContain('there is none');

        await installation.addPod();
        const { identity } = await installation.leader();
        const led = await helmTest(helm, namespace);
        expect(led.helm, led.pod.stderr).toMatchObject({ code: 0 });
        expect(led.helm.stdout).toMatch(/TEST SUITE: +eventbaton-helm-test\n(.*\n)*Phase: +Succeeded/);
        expect(led.pod.stdout).toContain(identity);

        const asked = (await plane.requests()).filter(({ user }) => user.endsWith(`${namespace}:eventbaton-helm-test`));
        expect(new Set(asked.map(({ verb }) => verb))).toEqual(new Set(['get']));
        expect(new Set(asked.map(({ resource }) => resource))).toEqual(new Set(['leases', 'configmaps']));
        expect(asked.filter(({ code }) => code === 403)).toEqual([]);
        expect(await leftBehind(namespace)).toEqual(['pods/eventbaton-helm-test']);
      },
    );

    const testPodPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods/eventbaton-helm-test`;

    /** `helm test`, with someone there who runs its pod. */
    async function helmTest(helm: Helm, namespace: string) {
      const before = await plane.admin.send<StoredPod>('GET', testPodPath(namespace));
      const testing = run(helm, namespace, ['test', 'eventbaton', '--timeout', '300s']);
      const pod = await until('a new pod of the test', async () => {
        const { status, body } = await plane.admin.send<StoredPod>('GET', testPodPath(namespace));
        return status === 200 && body.metadata.uid !== before.body.metadata?.uid ? body : undefined;
      });
      return { pod: await runPod(plane, pod, temporaryFolder()), helm: await testing };
    }

    /** What a test has made that is still there. */
    async function leftBehind(namespace: string): Promise<readonly string[]> {
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
      const paths = [
        testPodPath(namespace),
        `/api/v1/namespaces/${namespace}/serviceaccounts/eventbaton-helm-test`,
        `${rbac}/roles/eventbaton-helm-test`,
        `${rbac}/rolebindings/eventbaton-helm-test`,
      ];
      const answers = await Promise.all(paths.map((path) => plane.admin.send('GET', path)));
      return paths
        .filter((_, index) => answers[index]?.status === 200)
        .map((path) => path.split('/').slice(-2).join('/'));
    }
  });
});
