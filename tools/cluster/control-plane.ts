/** What tests, trials and the demo run on: a real control plane, or the one that is embedded here. */
import type { AdminClient } from './admin-client.ts';
import type { AuditEntry } from './audit-log.ts';

export interface ControlPlaneOptions {
  /** @default 3600 */
  readonly eventTtlSeconds?: number;
  /** How often history is compacted, to where it was one interval before. @default 300 */
  readonly compactionIntervalSeconds?: number;
  /** Events get an etcd of their own, which can be put back to an earlier state by itself. */
  readonly separateEventsEtcd?: boolean;
}

export interface ControlPlane {
  /** What it is, for people. */
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  /** With all rights. */
  readonly admin: AdminClient;
  readonly adminToken: string;
  readonly kubeconfigFile: string;
  /** What was asked so far, and by whom. */
  requests(): Promise<readonly AuditEntry[]>;
  /** With SIGTERM in order; with SIGKILL every connection is cut. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** On the same port. */
  startApiServer(): Promise<void>;
  /** @returns the name under which {@link restoreEvents} finds this state again */
  saveEvents(): Promise<string>;
  /** Only with `separateEventsEtcd`. */
  restoreEvents(saved: string): Promise<void>;
  stop(): Promise<void>;
}
