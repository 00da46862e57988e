/**
 * A control plane in this process, for where no real one is at hand: up at once, with Node alone.
 *
 * It has no access rules and no controllers: whoever is authenticated may do everything, and nothing happens to an object by itself but expiry.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from '../admin-client.ts';
import type { ControlPlane, ControlPlaneOptions } from '../control-plane.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ClusterStore } from '../store/cluster-store.ts';
import type { SavedEvents } from '../store/storage.ts';
import { sweepAbandoned } from '../sweep.ts';
import { Api } from './api.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { RequestLog } from './request-log.ts';
import { EmbeddedServer } from './server.ts';
import { Tokens } from './tokens.ts';

export interface EmbeddedControlPlane extends ControlPlane {
  /** From now on no token of this user is accepted. */
  revokeTokens(user: string): void;
}

const folderPrefix = 'eventbaton-embedded-';

/** The release whose behaviour is modelled; nobody shall take it for that release. */
const version = { major: '1', minor: '36', gitVersion: 'v1.36.3+embedded', platform: 'node' };

export async function startEmbeddedControlPlane(options: ControlPlaneOptions = {}): Promise<EmbeddedControlPlane> {
  await sweepAbandoned(folderPrefix);
  const store = new ClusterStore({
    ...options,
    now: Date.now(),
    newUid: randomUUID,
    newSuffix: () => randomBytes(3).toString('hex').slice(1),
  });
  const tokens = new Tokens(() => randomBytes(24).toString('base64url'));
  const adminToken = tokens.issue({ user: 'admin' });
  const certificate = selfSigned();
  const log = new RequestLog();
  const server = new EmbeddedServer({ api: new Api({ store, tokens, version }), store, log, certificate });
  const port = await server.start(0);
  const url = `https://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const admin = new AdminClient({ url, ca: certificate.cert, token: adminToken });
  const saved = new Map<string, SavedEvents>();
  return {
    name: `embedded API server (a model of kube-apiserver ${version.gitVersion})`,
    url,
    host: '127.0.0.1',
    port,
    ca: certificate.cert,
    admin,
    adminToken,
    kubeconfigFile: await writeKubeconfig(folder, { server: url, ca: certificate.cert, token: adminToken }),
    requests: async () => log.entries,
    stopApiServer: (signal = 'SIGTERM') => server.stop(signal === 'SIGTERM'),
    async startApiServer() {
      store.advance(Date.now());
      store.restartApiServer();
      await server.start(port);
    },
    async saveEvents() {
      const name = `saved-${saved.size + 1}`;
      store.advance(Date.now());
      saved.set(name, store.saveEvents());
      return name;
    },
    async restoreEvents(name) {
      const events = saved.get(name);
      if (events === undefined) throw new Error(`no Events were saved as ${name}`);
      store.advance(Date.now());
      store.restoreEvents(events);
    },
    revokeTokens: (user) => tokens.revoke(user),
    async stop() {
      admin.close();
      await server.stop(false);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
