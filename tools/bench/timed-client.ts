import { type AdminAnswer, AdminClient } from '../cluster/admin-client.ts';
import { idOf } from '../trial/account.ts';

/** In milliseconds of this process's monotonic clock. */
export interface Exchange {
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface WrittenObject {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Keeps when each version that the API server accepted was sent and answered. */
export class TimedClient extends AdminClient {
  /** By `<uid>.<resourceVersion>`. */
  readonly exchanges = new Map<string, Exchange>();

  override async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<AdminAnswer<T>> {
    const sentAt = performance.now();
    const answer = await super.send<T>(method, path, body, contentType);
    const answeredAt = performance.now();
    const { uid, resourceVersion } = (answer.body as WrittenObject).metadata ?? {};
    if (uid !== undefined && resourceVersion !== undefined)
      this.exchanges.set(idOf({ uid, resourceVersion }), { sentAt, answeredAt });
    return answer;
  }
}
