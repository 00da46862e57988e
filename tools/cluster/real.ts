/**
 * A real control plane on loopback: etcd and kube-apiserver, with RBAC, service-account tokens and an audit log. No controllers and no kubelet
 * run: pods are never started, processes stand in for them.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from './admin-client.ts';
import { readAuditLog } from './audit-log.ts';
import { type Binaries, findBinaries, kubernetesVersion } from './binaries.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import { Etcd } from './etcd.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { freePort, Server } from './server.ts';
import { sweepAbandoned } from './sweep.ts';

export interface RealControlPlaneOptions extends ControlPlaneOptions {
  /** Appended to ours, for example `--min-request-timeout=5`. */
  readonly apiServerFlags?: readonly string[];
  readonly etcdFlags?: readonly string[];
}

export interface RealControlPlane extends ControlPlane {
  readonly kubectl: string;
  /** All that is in the one etcd, Events only without `separateEventsEtcd`. @returns the name for {@link restoreStore} */
  saveStore(): Promise<string>;
  restoreStore(saved: string): Promise<void>;
}

const folderPrefix = 'eventbaton-control-plane-';

export async function startControlPlane(
  options: RealControlPlaneOptions = {},
  binaries = findBinaries(),
): Promise<RealControlPlane> {
  if (binaries === undefined)
    throw new Error('there is no control plane yet: build one with `npm run control-plane -- build`');
  await sweepAbandoned(folderPrefix);
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    return await start(options, binaries, folder, stops);
  } catch (error) {
    for (const stop of stops.reverse()) await stop();
    throw error;
  }
}

async function start(
  options: RealControlPlaneOptions,
  binaries: Binaries,
  folder: string,
  stops: (() => Promise<void>)[],
): Promise<RealControlPlane> {
  const startEtcd = async (name: string) => {
    const etcd = await Etcd.start(binaries.etcd, folder, name, options.etcdFlags ?? []);
    stops.push(() => etcd.stop());
    return etcd;
  };
  const etcd = await startEtcd('etcd');
  const eventsEtcd = options.separateEventsEtcd === true ? await startEtcd('etcd-events') : undefined;

  const adminToken = randomBytes(16).toString('hex');
  const port = await freePort();
  const files = await writeFiles(folder, adminToken);
  const api = apiServer({
    binaries,
    folder,
    files,
    port,
    adminToken,
    etcd,
    eventsEtcd,
    flags: [...flagsOf(options), ...(options.apiServerFlags ?? [])],
  });
  await api.start();
  stops.push(() => api.stop());

  const save = async (store: Etcd) => {
    const to = join(folder, `saved-${randomBytes(4).toString('hex')}`);
    await store.save(to);
    return to;
  };
  const url = `https://127.0.0.1:${port}`;
  const ca = await readFile(join(folder, 'certificates', 'apiserver.crt'), 'utf8');
  const kubeconfigFile = await writeKubeconfig(folder, { server: url, ca, token: adminToken });
  const admin = new AdminClient({ url, ca, token: adminToken });
  stops.push(async () => admin.close());

  return {
    url,
    host: '127.0.0.1',
    port,
    ca,
    admin,
    adminToken,
    kubeconfigFile,
    requests: () => readAuditLog(files.auditLog),
    name: `kube-apiserver ${kubernetesVersion} (${binaries.origin})`,
    kubectl: binaries.kubectl,
    stopApiServer: (signal) => api.stop(signal),
    startApiServer: () => api.start(),
    saveEvents: () => save(needed(eventsEtcd)),
    restoreEvents: (saved) => needed(eventsEtcd).restore(saved),
    saveStore: () => save(etcd),
    restoreStore: (saved) => etcd.restore(saved),
    async stop() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

function flagsOf({ eventTtlSeconds, compactionIntervalSeconds }: ControlPlaneOptions): readonly string[] {
  return [
    ...(eventTtlSeconds === undefined ? [] : [`--event-ttl=${eventTtlSeconds}s`]),
    ...(compactionIntervalSeconds === undefined ? [] : [`--etcd-compaction-interval=${compactionIntervalSeconds}s`]),
  ];
}

function needed(etcd: Etcd | undefined): Etcd {
  if (etcd === undefined) throw new Error('start the control plane with separateEventsEtcd to save and restore Events');
  return etcd;
}

interface Files {
  readonly tokens: string;
  readonly signingKey: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
}

/** Metadata only: bodies may hold secrets. The start of a watch is told as well as its end. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

async function writeFiles(folder: string, adminToken: string): Promise<Files> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const at = (name: string) => join(folder, name);
  await writeFile(at('tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });
  await writeFile(at('signing.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  await writeFile(at('audit-policy.yaml'), JSON.stringify(auditPolicy));
  await writeFile(at('audit.log'), '');
  return {
    tokens: at('tokens.csv'),
    signingKey: at('signing.pem'),
    auditPolicy: at('audit-policy.yaml'),
    auditLog: at('audit.log'),
  };
}

interface ApiServerParts {
  readonly binaries: Binaries;
  readonly folder: string;
  readonly files: Files;
  readonly port: number;
  readonly adminToken: string;
  readonly etcd: Etcd;
  readonly eventsEtcd: Etcd | undefined;
  readonly flags: readonly string[];
}

function apiServer({ binaries, folder, files, port, adminToken, etcd, eventsEtcd, flags }: ApiServerParts): Server {
  const own = {
    'etcd-servers': etcd.url,
    ...(eventsEtcd === undefined ? {} : { 'etcd-servers-overrides': `/events#${eventsEtcd.url}` }),
    'cert-dir': join(folder, 'certificates'),
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    'disable-admission-plugins': 'ServiceAccount',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': files.signingKey,
    'service-account-signing-key-file': files.signingKey,
    'token-auth-file': files.tokens,
    'audit-policy-file': files.auditPolicy,
    'audit-log-path': files.auditLog,
    'audit-log-mode': 'blocking-strict',
  };
  const ready = readiness(`https://127.0.0.1:${port}`, join(folder, 'certificates', 'apiserver.crt'), adminToken);
  const words = [...Object.entries(own).map(([flag, value]) => `--${flag}=${value}`), ...flags];
  return new Server({
    name: 'kube-apiserver',
    command: binaries.kubeApiserver,
    flags: words,
    logFile: join(folder, 'kube-apiserver.log'),
    ready,
  });
}

/** Ready: it says so, its start-up hooks have made namespaces, and RBAC answers. */
function readiness(url: string, caFile: string, token: string): () => Promise<boolean> {
  return async () => {
    try {
      const probe = new AdminClient({ url, ca: await readFile(caFile, 'utf8'), token });
      const paths = [
        '/readyz',
        '/api/v1/namespaces/kube-system',
        '/api/v1/namespaces/default',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
      ];
      const answers = [];
      for (const path of paths) answers.push((await probe.send('GET', path)).status);
      probe.close();
      return answers.every((status) => status === 200);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code)) return false; // not there yet
      throw error;
    }
  };
}
