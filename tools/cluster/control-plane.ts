/**
 * A real control plane on loopback: etcd and kube-apiserver, with RBAC, service-account tokens and an audit log; with a controller manager
 * where one is asked for. No kubelet runs: pods are never started, processes stand in for them.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from './admin-client.ts';
import { type Binaries, findBinaries, kubernetesVersion } from './binaries.ts';
import { Etcd } from './etcd.ts';
import { freePort, Server } from './server.ts';
import { sweepAbandoned } from './sweep.ts';

export interface ControlPlaneOptions {
  /** Appended to ours, for example `--event-ttl=60s`. */
  readonly apiServerFlags?: readonly string[];
  readonly etcdFlags?: readonly string[];
  /** Events get an etcd of their own, which can be put back to an earlier state by itself. */
  readonly separateEventsEtcd?: boolean;
  /** Starts kube-controller-manager with these flags appended. */
  readonly controllerManagerFlags?: readonly string[];
}

export interface ControlPlane {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly admin: AdminClient;
  readonly adminToken: string;
  readonly kubeconfigFile: string;
  readonly auditLogFile: string;
  readonly folder: string;
  readonly version: string;
  readonly kubectl: string;
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  startApiServer(): Promise<void>;
  /** @returns the name under which {@link restoreEvents} finds this state again */
  saveEvents(): Promise<string>;
  restoreEvents(saved: string): Promise<void>;
  stop(): Promise<void>;
}

const folderPrefix = 'eventbaton-control-plane-';

export async function startControlPlane(
  options: ControlPlaneOptions = {},
  binaries = findBinaries(),
): Promise<ControlPlane> {
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
  options: ControlPlaneOptions,
  binaries: Binaries,
  folder: string,
  stops: (() => Promise<void>)[],
): Promise<ControlPlane> {
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
    flags: options.apiServerFlags ?? [],
  });
  await api.start();
  stops.push(() => api.stop());

  const url = `https://127.0.0.1:${port}`;
  const ca = await readFile(join(folder, 'certificates', 'apiserver.crt'), 'utf8');
  const kubeconfigFile = await writeKubeconfig(folder, url, ca, adminToken);
  const admin = new AdminClient({ url, ca, token: adminToken });
  stops.push(async () => admin.close());
  if (options.controllerManagerFlags !== undefined)
    stops.push(await startControllerManager(binaries, folder, kubeconfigFile, options.controllerManagerFlags));

  return {
    url,
    host: '127.0.0.1',
    port,
    ca,
    admin,
    adminToken,
    kubeconfigFile,
    auditLogFile: files.auditLog,
    folder,
    version: kubernetesVersion,
    kubectl: binaries.kubectl,
    stopApiServer: (signal) => api.stop(signal),
    startApiServer: () => api.start(),
    async saveEvents() {
      const to = join(folder, `saved-${randomBytes(4).toString('hex')}`);
      await needed(eventsEtcd).save(to);
      return to;
    },
    restoreEvents: (saved) => needed(eventsEtcd).restore(saved),
    async stop() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
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

async function startControllerManager(
  binaries: Binaries,
  folder: string,
  kubeconfig: string,
  flags: readonly string[],
): Promise<() => Promise<void>> {
  if (binaries.kubeControllerManager === undefined)
    throw new Error('these binaries bring no kube-controller-manager: unset KUBEBUILDER_ASSETS');
  const port = await freePort();
  const words = [`--kubeconfig=${kubeconfig}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', ...flags];
  const server = new Server({
    name: 'kube-controller-manager',
    command: binaries.kubeControllerManager,
    flags: words,
    logFile: join(folder, 'kube-controller-manager.log'),
    ready: async () => true,
  });
  await server.start();
  return () => server.stop();
}

async function writeKubeconfig(folder: string, server: string, ca: string, token: string): Promise<string> {
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return path;
}
