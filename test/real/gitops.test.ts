import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { App, Chart, Yaml, YamlOutputType } from 'cdk8s';
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { collectorManifests, EventCollector, type EventCollectorProps } from '../../src/index.ts';
import type { ManifestObject } from '../../tools/cluster/admin-client.ts';
import { kubectl } from '../../tools/cluster/kubectl.ts';
import { type RealControlPlane, startControlPlane } from '../../tools/cluster/real.ts';
import { Installation, type InstallationOptions, type TokenConfigMap } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, startWorkload, tell } from '../support/real.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectAccount } from '../support/account.ts';

const settings = { checkpointInterval: 0.5 };
const retryingSoon = { ...settings, leaderLeaseDuration: 12 };
const nothingAmiss = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

/** How kubectl applies a file. */
const ways = [['apply'], ['apply', '--server-side'], ['apply', '--server-side', '--force-conflicts']] as const;
const asWords = (way: (typeof ways)[number]) => [`kubectl ${way.join(' ')}`, way] as const;

describeReal('with kubectl', () => {
  let plane: RealControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test.each(ways.map(asWords))(
    '%s brings the collectors, and no way of applying a later commit touches the token',
    async (_, first) => {
      const installation = await prepare(plane, { namespace: first.join('').replaceAll(/-+/g, '-'), settings });
      await kubectl(plane, [...first, '-f', await printed(installation.props)]);
      const pod = await installation.addPod();
      await installation.listed();
      const workload = installation.workload();
      await workload.burst(20);
      expectAccount(await installation.settled([workload]), nothingAmiss);
      expect(await pod.stop('SIGTERM')).toBe(0);
      const token = tokenIn(await installation.tokenConfigMap());
      expect(BigInt(token['event.tokenKey'] ?? 0)).toBeGreaterThan(0n);
      for (const [commit, way] of [...ways, ...ways].entries()) {
        const annotations = { 'example.com/commit': String(commit) };
        await kubectl(plane, [...way, '-f', await printed({ ...installation.props, annotations })]);
        const applied = await installation.tokenConfigMap();
        expect(applied?.metadata.annotations).toMatchObject(annotations);
        expect(tokenIn(applied)).toEqual(token);
      }
    },
  );

  test('a commit every 2 s, applied in every way, through a hand-over under load: no write of the token is undone, nothing is lost or sent twice', async () => {
    const installation = await prepare(plane, { namespace: 'commits', settings });
    await kubectl(plane, ['apply', '-f', await printed(installation.props)]);
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    const former = await installation.leader();
    for (const [commit, way] of [...ways, ...ways].entries()) {
      const annotations = { 'example.com/commit': String(commit) };
      const file = await printed({ ...installation.props, annotations });
      const handOver = commit === 3 ? former.stop('SIGTERM') : 0;
      const [, code] = await Promise.all([kubectl(plane, [...way, '-f', file]), handOver]);
      expect(code).toBe(0);
      await delay(2_000);
    }
    await writing.stop();
    expect(await installation.leader()).not.toBe(former);
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(installation.pods.flatMap(({ log }) => log.filter(({ level }) => level !== 'info'))).toEqual([]);
  });

  test.each(['replace', 'replace --force'])(
    '%s of the token wipes it, which costs nothing: the lock has a copy',
    async (words) => {
      const installation = await prepare(plane, { namespace: words.replaceAll(/[ -]+/g, '-'), settings });
      await kubectl(plane, ['apply', '-f', await printed(installation.props)]);
      const pod = await installation.addPod();
      await installation.listed();
      const workload = installation.workload();
      await workload.burst(50);
      await installation.settled([workload]);
      expect(await pod.stop('SIGTERM')).toBe(0);
      const stored = await installation.storedPosition();
      const file = join(temporaryFolder(), 'token.yaml');
      await writeFile(file, Yaml.stringify(...installation.manifests.filter(({ kind }) => kind === 'ConfigMap')));
      await kubectl(plane, [...words.split(' '), '-f', file]);
      expect(tokenIn(await installation.tokenConfigMap())).toEqual({});
      await workload.burst(50);
      await pod.start();
      expectAccount(await installation.settled([workload]), nothingAmiss);
      await until('the token back', async () => {
        const key = (await installation.tokenConfigMap())?.data?.['event.tokenKey'];
        return BigInt(key ?? 0) > stored || undefined;
      });
    },
  );

  test.each([
    ['in', 'alphabetical'],
    ['against', 'backwards'],
  ])(
    'files of one object each, applied %s the order of their names: a process that runs before its rights are there stays, and collects all when they are',
    async (order, namespace) => {
      const installation = await prepare(plane, { namespace, settings: retryingSoon });
      const files = await filePerResource(installation.props);
      expect(files.map((file) => basename(file))).toEqual([
        `ClusterRole.${namespace}.eventbaton.k8s.yaml`,
        `ClusterRoleBinding.${namespace}.eventbaton.k8s.yaml`,
        'ConfigMap.datadogtoken.k8s.yaml',
        'DaemonSet.eventbaton.k8s.yaml',
        'Role.eventbaton.k8s.yaml',
        'RoleBinding.eventbaton.k8s.yaml',
        'ServiceAccount.eventbaton.k8s.yaml',
      ]);
      // No pod is made before its service account is there: this one is left from an earlier installation.
      await kubectl(plane, ['apply', '-f', files.find((file) => kindOf(file) === 'ServiceAccount') ?? '']);

      let pod: Pod | undefined;
      let pid = 0;
      const workload = installation.workload();
      const left = new Set(files.filter((file) => kindOf(file).includes('Role')));
      for (const file of order === 'in' ? files : files.toReversed()) {
        await kubectl(plane, ['apply', '-f', file]);
        left.delete(file);
        if (kindOf(file) === 'DaemonSet') {
          pod = await installation.addPod();
          pid = pod.pid;
          await workload.burst(20);
        }
        if (pod !== undefined && left.size > 0) await anotherRefusal(installation);
      }
      const completeAt = performance.now();
      await installation.leader();
      expectAccount(await installation.settled([workload]), nothingAmiss);
      tell(`last file to all Events, ${namespace}`, performance.now() - completeAt);
      await until('the token', async () => (await installation.tokenConfigMap())?.data?.['event.tokenKey']);
      expect(pod).toMatchObject({ isRunning: true, pid });
      expect(pod?.log.filter(({ message }) => message === 'started')).toHaveLength(1);
    },
  );
});

/** As `install`, but nothing is applied beyond the namespace. */
async function prepare(plane: RealControlPlane, options: InstallationOptions): Promise<Installation> {
  const installation = await Installation.prepare(plane, options);
  onTestFailed(() => void process.stderr.write(`${installation.logs}\n`));
  onTestFinished(() => installation.remove());
  await installation.applyObjects([]);
  return installation;
}

/** The file that a chart is printed to. */
async function printed(props: EventCollectorProps): Promise<string> {
  const file = join(temporaryFolder(), 'eventbaton.k8s.yaml');
  await writeFile(file, Yaml.stringify(...collectorManifests(props)));
  return file;
}

/** What `cdk8s synth` writes, by name. */
async function filePerResource(props: EventCollectorProps): Promise<readonly string[]> {
  const outdir = temporaryFolder();
  const app = new App({ outdir, yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
  new EventCollector(new Chart(app, 'events', { disableResourceNameHashes: true }), 'collector', props);
  app.synth();
  return (await readdir(outdir)).sort().map((name) => join(outdir, name));
}

function kindOf(file: string): ManifestObject['kind'] {
  return basename(file).split('.')[0] ?? '';
}

/** Data, and what the collectors keep beside it. */
function tokenIn(object: TokenConfigMap | undefined): Readonly<Record<string, string>> {
  const kept = Object.entries(object?.metadata.annotations ?? {}).filter(([name]) => name.startsWith('eventbaton.io/'));
  return { ...object?.data, ...Object.fromEntries(kept) };
}

/** One that was not there before: the process tries again, and is not there yet. */
async function anotherRefusal({ plane, namespace }: Installation): Promise<void> {
  const user = `system:serviceaccount:${namespace}:eventbaton`;
  const refusals = async () =>
    (await plane.requests()).filter((entry) => entry.user === user && entry.code === 403).length;
  const before = await refusals();
  await until('another refusal', async () => (await refusals()) > before || undefined);
}
