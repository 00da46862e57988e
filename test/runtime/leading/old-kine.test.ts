/** A server that sends what is left of a compacted history before it reports 410, as old versions of kine do, while leaders and sinks fail. */
import { expect, test } from 'vitest';
import { failure } from '../../support/named-object.ts';
import { Archive, Installation, type InstallationOptions } from './installation.ts';

const second = 1_000;

/** A leader ended in order; then 10 versions were written that the history has lost, and 30 that it still holds. */
async function afterCompaction(options: InstallationOptions): Promise<Installation> {
  const site = new Installation(options);
  site.events.create('first');
  const first = await site.startLeader('collector-a');
  await site.clock.pass(60 * second);
  await site.stopInOrder(first);
  for (let unread = 0; unread < 10; unread += 1) site.events.create(`unread-${unread}`);
  site.events.compact();
  const compacted = BigInt(site.events.revision);
  for (let left = 0; left < 30; left += 1) site.events.create(`left-${left}`);
  site.events.next('watch', async () => {
    const stream = await site.events.source.watch(compacted, 600, new AbortController().signal);
    let sent = 0;
    const next = () => {
      sent += 1;
      return sent <= 30 ? stream.next() : Promise.reject(failure('API_EXPIRED', 'compacted', { status: 410 }));
    };
    return { acceptedAt: stream.acceptedAt, close: () => stream.close(), next } as never;
  });
  return site;
}

function lostBy(site: Installation, archive = site.archives[0]): readonly string[] {
  return site.events.written.map(({ id }) => id).filter((id) => archive?.received.includes(id) !== true);
}

test.each(['crashes', 'stops in order', 'lives on'] as const)(
  'a leader that %s while its sink is slow and its window small: nothing is lost',
  async (end) => {
    const site = await afterCompaction({ latencyMs: 4 * second, leader: { windowBytes: 500 } });
    const pod = await site.startLeader('collector-b');
    await site.clock.pass(100 * second);
    if (end === 'crashes') pod.crash();
    if (end === 'stops in order') await site.stopInOrder(pod);
    if (end !== 'lives on') await site.startLeader('collector-c');
    await site.clock.pass(900 * second);
    expect(lostBy(site)).toEqual([]);
    expect(site.archives[0]?.gaps).toEqual([]);
  },
);

test('two sinks, one of which accepts nothing until the leader dies: nothing is lost to either', async () => {
  const [fast, slow] = [new Archive('fast'), new Archive('slow')];
  const site = await afterCompaction({ archives: [fast, slow], leader: { windowBytes: 15_000 } });
  slow.mode = 'refuses';
  const pod = await site.startLeader('collector-b');
  await site.clock.pass(7 * second);
  pod.crash();
  slow.mode = 'accepts';
  await site.startLeader('collector-c');
  await site.clock.pass(900 * second);
  expect([lostBy(site, fast), lostBy(site, slow)]).toEqual([[], []]);
});
