import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../support/clock.ts';
import { CollectorError } from '../support/errors.ts';
import type { Connection, Credentials } from './connection.ts';

export interface ServiceAccountOptions {
  /** Folder with `token`, `ca.crt` and `namespace`. */
  readonly folder: string;
  /** From KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** The kubelet replaces the token file well before it expires. */
const rereadMs = 60_000;

/** The pod's own service account. Throws SETTINGS_INVALID where the folder cannot be read. */
export async function serviceAccountConnection({
  folder,
  host,
  port,
  clock,
}: ServiceAccountOptions): Promise<Connection> {
  const read = async (): Promise<Known> => {
    const [ca, token] = await Promise.all([readText(join(folder, 'ca.crt')), readText(join(folder, 'token'))]);
    return { credentials: { ca, headers: { authorization: `Bearer ${token.trim()}` } }, readAt: clock.now() };
  };
  let known: Known | undefined = await read();
  return {
    protocol: 'https:',
    host,
    port,
    basePath: '',
    namespace: (await readText(join(folder, 'namespace'))).trim(),
    origin: `service account in ${folder}`,
    async credentials() {
      if (known === undefined || clock.now() - known.readAt >= rereadMs) known = await read();
      return known.credentials;
    },
    forget() {
      known = undefined;
    },
  };
}

interface Known {
  readonly credentials: Credentials;
  readonly readAt: number;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CollectorError('SETTINGS_INVALID', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
      hint: 'mount a service-account token there, or name another folder in EVENTBATON_SERVICE_ACCOUNT_DIR',
    });
  }
}
