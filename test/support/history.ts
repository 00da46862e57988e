/** What becomes of an API server's Events while time passes. */
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';

/** Until the API server has no history any more from where the token stands. */
export async function untilCompacted(installation: Installation): Promise<void> {
  const { admin } = installation.plane;
  const position = await installation.storedPosition();
  const path = `/api/v1/events?watch=true&timeoutSeconds=1&resourceVersion=${position}`;
  await until(
    'compaction',
    async () => (JSON.stringify((await admin.send('GET', path)).body).includes('Expired') ? true : undefined),
    { everyMs: 1_000 },
  );
}

export async function untilGone({ plane, namespace }: Installation): Promise<void> {
  await until('expiry of all Events', async () => {
    const { items } = await plane.admin.expect<{ items: unknown[] }>('GET', `/api/v1/namespaces/${namespace}/events`);
    return items.length === 0 || undefined;
  });
}
