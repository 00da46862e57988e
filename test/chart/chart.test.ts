import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { lockKinds } from '../../src/collector-model.ts';
import { ciValues } from '../../src/helm/ci-values.ts';
import { sinkListSchema } from '../../runtime/src/contract/sink-settings.ts';
import { valuesTree } from '../../src/values/tree.ts';
import { type Group, isValue, type Value } from '../../src/values/value.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeHelms } from '../support/helm.ts';
import { type Given, rendered } from './objects.ts';
import { writeChart, writeUmbrella } from './written-chart.ts';

const folder = mkdtempSync(join(tmpdir(), 'eventbaton-chart-'));
const telling = mkdtempSync(join(tmpdir(), 'eventbaton-chart-'));
writeChart(folder);
writeTellingChart(telling);
afterAll(() => [folder, telling].forEach((one) => rmSync(one, { recursive: true, force: true })));

describeHelms('the chart', (helm) => {
  const refused = async (values: object) => {
    const answer = helm().template(folder, { release: 'eventbaton', namespace: 'eventbaton', values });
    return answer.then(
      () => 'accepted',
      (error: unknown) => String(error),
    );
  };

  test('is clean for `helm lint --strict`, with all sets of values for continuous integration, without warnings', async () => {
    for (const [path, text] of ciValues()) {
      const said = await helm().lint(folder, { values: parse(text) as object, strict: true });
      expect(said, path).not.toMatch(/WARNING|ERROR/);
      expect(await helm().template(folder, { release: 'a', namespace: 'b', values: parse(text) as object })).toContain(
        'kind: ServiceAccount',
      );
    }
  });

  test.each([
    ['leaderElectionResource', { leaderElectionResource: 'leese' }],
    ['leaderLeaseDuration', { leaderLeaseDuration: 0 }],
    ['leaderLeaseDuration', { leaderLeaseDuration: 'abc' }],
    ['leaderLeaseDuraton', { leaderLeaseDuraton: 60 }],
    ['healthPort', { healthPort: 0 }],
    ['workload', { workload: 'StatefulSet' }],
    ['digest', { image: { digest: 'sha256:abc' } }],
    ['registery', { image: { registery: 'x' } }],
    ['sinks', { sinks: [{ type: 'kafka' }] }],
    ['url', { sinks: [{ type: 'http', url: 'ftp://x' }] }],
    ['secretRef', { sinks: [{ type: 'http', url: 'https://x', headers: { A: { secretRef: { name: 'a' } } } }] }],
    ['extraEnv/0/name', { extraEnv: [{ name: 'DD_HEALTH_PORT', value: '6000' }] }],
    ['extraEnv/0/value', { extraEnv: [{ name: 'A', value: 1 }] }],
    ['extraEnv/0/valueFrom', { extraEnv: [{ name: 'NODE_OPTIONS', valueFrom: { secretKeyRef: {} } }] }],
    ['dnsPolicy', { dnsPolicy: 'Host' }],
    ['watchNamespace', { watchNamespace: 'Shop' }],
    ["missing property 'hostnames'", { hostAliases: [{ ip: '10.0.0.1' }] }],
    ['livenessProbe/periodSeconds', { livenessProbe: { periodSeconds: 0 } }],
    ['httpGet', { readinessProbe: { httpGet: {} } }],
    ['revisionHistoryLimit', { revisionHistoryLimit: -1 }],
    ["missing property 'url'", { sinks: [{ type: 'http' }] }],
    ['sinks/0/url', { sinks: [{ type: 'http', url: 'https://user:word@x' }] }],
    ["missing property 'path'", { sinks: [{ type: 'file' }] }],
    ['haeders', { sinks: [{ type: 'http', url: 'https://x', haeders: {} }] }],
    ['X-Api-Key', { sinks: [{ type: 'http', url: 'https://x', headers: { 'X-Api-Key': 'written' } }] }],
    ['ca/secretRef/key', { sinks: [{ type: 'http', url: 'https://x', ca: { secretRef: { name: 'a', key: '..' } } }] }],
    ['sinks/0/path', { sinks: [{ type: 'file', path: '/events/' }] }],
    ['sinks/0/path', { sinks: [{ type: 'file', path: '/events/../x' }] }],
    ['X Tenant', { sinks: [{ type: 'http', url: 'https://x', headers: { 'X Tenant': 'x' } }] }],
    ['nodeSelector/zone', { nodeSelector: { zone: 1 } }],
    ['key', { settingsFile: { key: 'a/b' } }],
    ['settingsFile/content', { settingsFile: { content: 'log_level: info', existingConfigMap: 'mine' } }],
    ['podDisruptionBudget/maxUnavailable', { podDisruptionBudget: { maxUnavailable: '101%' } }],
  ])('refuses a wrong value, and names it: %s', async (name, values) => {
    const told = await refused(values);
    expect(told).toMatch(/meet the specifications of the schema/);
    expect(told).toContain(name);
  });

  test.each([
    ['commonLabels', 'app.kubernetes.io/version', 'x'],
    ['podLabels', 'app.kubernetes.io/name', 'x'],
    ['tokenConfigMap/labels', 'helm.sh/chart', 'x'],
    ['serviceAccount/labels', 'app.kubernetes.io/managed-by', 'x'],
    ['commonAnnotations', 'checksum/settings', 'x'],
    ['podAnnotations', 'checksum/settings', 'x'],
    ['podAnnotations', 'note', 1],
  ])('names a refused key of %s at its own place, and no other: %s', async (place, key, value) => {
    const map = { other: 'x', [key]: value, team: 'x', zone: 'x', note2: 'x' };
    const [first = '', second] = place.split('/');
    // Three times: Helm 3.22 chose another place in each run.
    for (const _ of [1, 2, 3])
      expect(placesIn(await refused({ [first]: second === undefined ? map : { [second]: map } }))).toEqual([
        `/${place}/${key.replace('/', '~1')}`,
      ]);
  });

  test('names the header of a sink that has no valid name at its own place', async () => {
    const headers = { 'X-A': 'x', 'X Tenant': 'x', 'X-B': 'x', 'X-C': 'x' };
    for (const _ of [1, 2, 3])
      expect(placesIn(await refused({ sinks: [{ type: 'http', url: 'https://x', headers }] }))).toEqual([
        '/sinks/0/headers/X Tenant',
      ]);
  });

  test('names each value that has another type at its own place, all at once', async () => {
    const wrong = wrongIn(valuesTree);
    const paths = valuesOf(valuesTree).map((path) => `/${path.join('/')}`);
    expect(placesIn(await refused(wrong)).toSorted()).toEqual(paths.toSorted());
  });

  test.each([
    ['name', 'My Sink'],
    ['required', 'no'],
    ['timeout', '30s'],
    ['timeout', 0],
    ['batch', 500],
    ['batch/records', { records: 0 }],
    ['batch', { size: 1 }],
    ['retry', 5],
    ['headers/Content-Type', { 'Content-Type': 'x' }],
    ['headers/hOST', { hOST: 'x' }],
    ['headers/X-Tenant', { 'X-Tenant': {} }],
    ['headers/X-Tenant', { 'X-Tenant': 1 }],
    ['headers/Authorization', { Authorization: {} }],
    ['headers/Authorization', { Authorization: { prefix: 'Bearer ' } }],
    ['headers/Authorization', { Authorization: { env: 'A', file: '/a' } }],
    ['ca', {}],
    ['ca/file', { file: 'ca.crt' }],
    ['url', 'https://x:0'],
    ['url', 'https://x:65536/in'],
    ['url', {}],
    ['url/file', { file: 'url' }],
    ['port', 0],
    ['contentType', 'json'],
    ['basic', { username: 'u' }],
    ['basic/password', { username: 'u', password: 'written' }],
    ['basic/username', { username: 'a:b', password: { env: 'W' } }],
    ['key', 'written'],
    ['proxy', 'http://user:word@proxy'],
    ['proxy', 'socks5://proxy'],
    ['onConflict', 'drop'],
  ])('refuses an option of a sink that no collector would start with, and names it: %s', async (place, value) => {
    const [option = ''] = place.split('/');
    const sink = { type: 'http', url: 'https://x', [option]: value };
    expect(await refused({ sinks: [sink] })).toContain(`at '/sinks/0/${place}'`);
    expect(sinkListSchema.safeParse([sink]).success).toBe(false);
  });

  test.each(['HTTPS://x', 'http://x:1', 'https://x:65535/in?a=@', 'https://[::1]:443'])(
    'takes the URL %s, as collectors do',
    async (url) => {
      expect(await refused({ sinks: [{ type: 'http', url }] })).toBe('accepted');
      expect(sinkListSchema.safeParse([{ type: 'http', url }]).success).toBe(true);
    },
  );

  test.each(['DaemonSet', 'Deployment'])('has a test whose pod nothing of a %s selects', async (workload) => {
    const values = { workload, networkPolicy: { enabled: true }, podMonitor: { enabled: true } };
    const objects = rendered(await helm().template(folder, { release: 'eventbaton', namespace: 'n', values }));
    const pod = objects.find(({ kind }) => kind === 'Pod');
    const selecting = objects.flatMap(({ kind, metadata, spec }) => {
      const selector = (spec?.['selector'] ?? spec?.['podSelector']) as Selector | undefined;
      const labels = Object.entries(selector?.matchLabels ?? {});
      const selects = labels.length > 0 && labels.every(([key, value]) => pod?.metadata.labels?.[key] === value);
      return selects ? [`${kind} ${metadata.name}`] : [];
    });
    expect(selecting).toEqual(['NetworkPolicy eventbaton-helm-test']);
  });

  test.each([
    { rbac: { create: false } },
    { serviceAccount: { create: false, name: 'event-reader' } },
    { rbac: { create: false }, serviceAccount: { create: false, name: 'event-reader' } },
  ])(
    'brings with %j no account and no roles for its test, whose pod is the collectors to the API server',
    async (values) => {
      const objects = rendered(await helm().template(folder, { release: 'eventbaton', namespace: 'n', values }));
      const made = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(made.filter((one) => one.endsWith('-helm-test'))).toEqual(['Pod eventbaton-helm-test']);
      if (values.rbac?.create === false) expect(made.join()).not.toContain('Role');
      if (values.serviceAccount?.create === false) expect(made.join()).not.toContain('ServiceAccount');
      const pod = objects.find(({ kind }) => kind === 'Pod');
      expect(pod?.spec?.['serviceAccountName']).toBe(values.serviceAccount?.name ?? 'eventbaton');
    },
  );

  test.each(lockKinds)('gives its test no right that the collectors have not: with a lock of kind %s', async (kind) => {
    const values = { leaderElectionResource: kind, tokenConfigMap: { create: false } };
    const objects = rendered(await helm().template(folder, { release: 'eventbaton', namespace: 'n', values }));
    const rightsOf = (name: string) => {
      const role = objects.find((one) => one.kind === 'Role' && one.metadata.name === name) as Role | undefined;
      return (role?.rules ?? []).flatMap(({ verbs, ...what }) => verbs.map((verb) => JSON.stringify([verb, what])));
    };
    expect(rightsOf('eventbaton-helm-test').length).toBeGreaterThan(1);
    expect(rightsOf('eventbaton')).toEqual(expect.arrayContaining(rightsOf('eventbaton-helm-test')));
  });

  test('lets a lease of 15 s pass, and warns', async () => {
    expect(await notes({ leaderLeaseDuration: 15 })).toMatch(/WARNING: leaderLeaseDuration is 15: at 30 s and below/);
    expect(await notes({ leaderLeaseDuration: 31 })).not.toContain('leaderLeaseDuration');
  });

  test('says first that there is no image, until one is named', async () => {
    const byDefault = await notes({ image: { repository: 'eventbaton' } });
    expect(byDefault.split('\n').slice(0, 3).join('\n')).toMatch(/\n\nWARNING: no image is published or built yet/);
    expect(await notes({})).not.toContain('no image');
  });

  test('warns while there is no sink beyond stdout, and no more once there is one', async () => {
    expect(await notes({})).toContain('no sink beyond stdout');
    expect(await notes({ sinks: [{ type: 'http', url: 'https://x' }] })).not.toContain('WARNING');
    expect(await notes({ sinks: [{ type: 'http', url: { env: 'HOOK' } }] })).not.toContain('WARNING');
    expect(await notes({ settingsFile: { content: 'sinks: []' } })).not.toContain('WARNING');
    const extraEnv = [{ name: 'EVENTBATON_SINKS', value: '[]' }];
    expect(await notes({ extraEnv })).not.toContain('WARNING');
    expect(await notes({ extraEnv, networkPolicy: { enabled: true } })).toContain('or a variable add');
    const network = { networkPolicy: { enabled: true }, settingsFile: { content: 'sinks: []' } };
    expect(await notes(network)).toContain('of a settings file or a variable add\nnetworkPolicy.egress');
    expect(await notes({ collectEvents: false, leaderElection: false })).toContain('do nothing');
  });

  test('warns of target ports while the network policy is on, a sink is a Service and nothing is added to what is let out', async () => {
    const told = (url: string, networkPolicy: object = { enabled: true }) =>
      notes({ sinks: [{ type: 'http', url }], networkPolicy });
    const services = [
      'http://logs',
      'HTTP://Logs:8080/in?a.b',
      'http://logs.shop.svc',
      'http://logs.shop.svc.cluster.local:80',
    ];
    for (const url of services)
      expect(await told(url), url).toMatch(/WARNING: .* pods behind logs[a-z.]* listen on others/);
    for (const url of ['https://logs.example/x.svc', 'http://localhost:4318', 'http://[::1]:80', 'http://10.0.0.1'])
      expect(await told(url), url).not.toContain('WARNING');
    expect(await told('http://logs', { enabled: true, egress: [{ ports: [{ port: 8080 }] }] })).not.toContain(
      'WARNING',
    );
    expect(await told('http://logs', { enabled: false })).not.toContain('WARNING');
  });

  test('warns that a network policy does not apply to pods on the network of their node', async () => {
    const networkPolicy = { enabled: true };
    expect(await notes({ networkPolicy, hostNetwork: true })).toContain('the network policy does not apply');
    expect(await notes({ networkPolicy })).not.toContain('does not apply');
  });

  test('renders nothing cluster-scoped if that is asked for, and refuses it without one namespace', async () => {
    const values = { rbac: { clusterScope: false }, watchNamespace: 'shop' };
    const objects = rendered(await helm().template(folder, { release: 'eventbaton', namespace: 'n', values }));
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
    expect(objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace)).toContain('shop');
    for (const watchNamespace of ['', null])
      expect(await refused({ ...values, watchNamespace })).toMatch(
        /values cannot be used:\n {2}rbac\.clusterScope: only a ClusterRole lets .*; set watchNamespace/,
      );
  });

  test.each([['team1-a,team1-b'], [['team1-a', 'team1-b']], ['team1-*'], ['[team1-a]']])(
    'refuses %j for watchNamespace, says why, and what to do',
    async (watchNamespace) => {
      expect(await refused({ watchNamespace })).toMatch(
        /watchNamespace: must be one namespace, .* a quiet namespace would hold back; run one release or .* for each/,
      );
    },
  );

  test('tells all values that contradict each other at once', async () => {
    const told = await refused({ watchNamespace: [], rbac: { clusterScope: false } });
    expect(told).toMatch(/\n {2}watchNamespace: must be one namespace.*\n {2}rbac\.clusterScope: only/);
  });

  test.each([
    ['a secret URL', { url: { env: 'HOOK' } }, 'sinks: the url of sink http is a secret: set port'],
    [
      'a secret proxy',
      { name: 'logs', proxy: { env: 'PROXY' } },
      'sinks: the proxy of sink logs is a secret: set port',
    ],
  ])(
    'refuses a network policy that cannot know the port of %s, and takes one that is stated',
    async (_, options, problem) => {
      const values = (more: object) => ({
        networkPolicy: { enabled: true },
        sinks: [{ type: 'http', url: 'https://x', ...options, ...more }],
      });
      expect(await refused(values({}))).toContain(problem);
      expect(await refused(values({ port: 8443 }))).toBe('accepted');
      expect(await refused({ ...values({}), networkPolicy: { enabled: false } })).toBe('accepted');
    },
  );

  test.each([
    [{ cert: { file: '/a' } }, 'cert and key of sink http must be set together'],
    [{ key: { file: '/a' } }, 'cert and key of sink http must be set together'],
    [
      { basic: { username: 'u', password: { env: 'W' } }, headers: { authorization: { env: 'A' } } },
      'basic of sink http must not be set next to a header Authorization',
    ],
  ])('refuses options of a sink that contradict each other: %j', async (options, problem) => {
    const sink = { type: 'http', url: 'https://x', ...options };
    expect(await refused({ sinks: [sink] })).toContain(problem);
    expect(sinkListSchema.safeParse([sink]).success).toBe(false);
  });

  test('runs its test on the same network as its collectors', async () => {
    const values = { hostNetwork: true, hostAliases: [{ ip: '10.9.8.7', hostnames: ['api.example'] }] };
    const objects = rendered(await helm().template(folder, { release: 'eventbaton', namespace: 'n', values }));
    const pod = objects.find(({ kind }) => kind === 'Pod');
    expect(pod?.spec).toMatchObject({ ...values, dnsPolicy: 'ClusterFirstWithHostNet' });
  });

  test('works as a dependency, with `global` and its switch among the values', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'eventbaton-parent-'));
    try {
      writeUmbrella(parent, {});
      const objects = async (values: object) =>
        rendered(await helm().template(parent, { release: 'r', namespace: 'n', values }));
      const on = await objects({ global: { storageClass: 'x' }, eventbaton: { enabled: true, clusterName: 'c' } });
      expect(on.map(({ kind }) => kind)).toContain('DaemonSet');
      expect(await objects({ eventbaton: { enabled: false } })).toEqual([]);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  test('takes registry and pull secrets that a parent chart has for all: in every pod, each secret once', async () => {
    const parent = temporaryFolder();
    writeUmbrella(parent, {
      global: { imageRegistry: 'mirror.corp.example/', imagePullSecrets: ['corp', { name: 'mirror' }] },
      eventbaton: {
        image: { repository: 'platform/eventbaton' },
        imagePullSecrets: [{ name: 'mirror' }, { name: 'own' }],
      },
    });
    const objects = rendered(await helm().template(parent, { release: 'r', namespace: 'n' }));
    const specs = objects.flatMap(({ kind, spec }) => {
      if (kind === 'Pod') return [spec];
      return kind === 'DaemonSet' ? [(spec?.['template'] as Given | undefined)?.['spec']] : [];
    });
    expect(specs).toHaveLength(2);
    for (const spec of specs)
      expect(spec).toMatchObject({
        imagePullSecrets: [{ name: 'corp' }, { name: 'mirror' }, { name: 'own' }],
        containers: [{ image: expect.stringMatching(/^mirror\.corp\.example\/platform\/eventbaton:\d/) as unknown }],
      });
  });

  test('gives two releases in one namespace no object in common but those that a person has to name apart', async () => {
    const placesOf = async (release: string, values: object = {}) => {
      const text = await helm().template(folder, { release, namespace: 'n', values });
      return rendered(text).map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
    };
    const common = async (values: object) => {
      const first = new Set(await placesOf('first'));
      return (await placesOf('second', values)).filter((one) => first.has(one));
    };
    expect(await common({})).toEqual(['ConfigMap n datadogtoken']);
    expect(await common({ tokenConfigMap: { name: 'second-token' }, leaderLeaseName: 'second-lock' })).toEqual([]);
  });

  /** What an installation would print: told by an object, for Helm 3 prints it only where a cluster is. */
  async function notes(given: object): Promise<string> {
    const values = { image: { repository: 'registry.example.com/eventbaton' }, ...given };
    const text = await helm().template(telling, { release: 'eventbaton', namespace: 'eventbaton', values });
    const told = rendered(text).find(({ metadata }) => metadata.name === 'notes') as
      | { data?: { notes: string } }
      | undefined;
    return told?.data?.notes ?? '';
  }
});

/** The innermost places at which Helm says that something is wrong. */
function placesIn(told: string): readonly string[] {
  const places = Array.from(told.matchAll(/ at '(.*?)': /g), ([, place = '']) => place);
  return places.filter((place) => !places.some((other) => other.startsWith(`${place}/`)));
}

function wrongFor({ schema: { type } }: Value): unknown {
  return [type].flat().includes('string') ? true : 'text';
}

function wrongIn(members: Group['group']): Given {
  return Object.fromEntries(
    Object.entries(members).map(([name, node]) => [name, isValue(node) ? wrongFor(node) : wrongIn(node.group)]),
  );
}

/** Their paths. */
function valuesOf(members: Group['group'], path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(members).flatMap(([name, node]) =>
    isValue(node) ? [[...path, name]] : valuesOf(node.group, [...path, name]),
  );
}

function writeTellingChart(into: string): void {
  writeChart(into);
  const notes = '{{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}';
  const object = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata:\n  notes: ${notes}\n`;
  writeFileSync(join(into, 'templates', 'notes-object.yaml'), object);
}

interface Role {
  readonly rules: readonly { readonly verbs: readonly string[] }[];
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}
