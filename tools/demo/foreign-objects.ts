import { type AdminClient, collectionPath, type ManifestObject } from '../cluster/admin-client.ts';
import { until } from '../trial/until.ts';
import { DemoError } from './demo-error.ts';

type Admin = Pick<AdminClient, 'send'>;

interface Refusal {
  readonly message?: string;
}

/** What the demo made in somebody's cluster: nothing that was there before is ever taken, and only what was made is removed. */
export class ForeignObjects {
  readonly #admin: Admin;
  /** Also what may have been made, where no answer came. */
  readonly #made: string[] = [];

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  async make(object: ManifestObject): Promise<void> {
    const collection = collectionPath(object);
    const path = `${collection}/${object.metadata.name}`;
    this.#made.push(path);
    const { status, body } = await this.#admin.send<Refusal>('POST', collection, object);
    if (status < 300) return;
    this.#made.pop();
    throw new DemoError(`the cluster refused POST ${collection}: ${status} ${body.message ?? ''}`);
  }

  /** The latest first; what cannot be removed does not keep the rest. @returns whether there was anything */
  async remove(): Promise<boolean> {
    const failures: string[] = [];
    const made = this.#made.splice(0).toReversed();
    for (const path of made) {
      const failure = await this.#delete(path).catch((error: Error) => error.message);
      if (failure !== undefined) failures.push(`DELETE ${path}: ${failure}`);
    }
    if (failures.length > 0) throw new DemoError(failures.join('; '));
    return made.length > 0;
  }

  async #delete(path: string): Promise<string | undefined> {
    const { status, body } = await this.#admin.send<Refusal>('DELETE', path);
    return status < 300 || status === 404 ? undefined : `${status} ${body.message ?? ''}`;
  }
}

/** A namespace goes when its controller has emptied it. @returns whether it went within the limit */
export function isGone(admin: Admin, namespace: string, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  return until(
    `end of namespace ${namespace}`,
    async () => {
      const { status } = await admin.send('GET', `/api/v1/namespaces/${namespace}`);
      if (status === 404) return { gone: true };
      return performance.now() > deadline ? { gone: false } : undefined;
    },
    { everyMs: 250, limitMs: limitMs + 60_000 },
  ).then(({ gone }) => gone);
}
