/** A leader that must wait for a collector of a later kind ends its work in order, and begins again within the same term. */
import { expect, test } from 'vitest';
import { refusal } from '../../support/named-object.ts';
import { holderOf, lockOf, lockStore, released } from '../election/elections.ts';
import { Installation } from './installation.ts';

const second = 1_000;

const unwritable = ({ configMaps }: Installation) => configMaps.forbid('update');
const failing = ({ configMaps }: Installation) => {
  for (let failures = 0; failures < 8; failures += 1)
    configMaps.next('update', refusal('API_UNAVAILABLE', { status: 500 }));
};
const nothing = () => undefined;

interface Disturbance {
  readonly atStart?: (site: Installation) => void;
  readonly beforeWait?: (site: Installation) => void;
}

/** Events are written before, during and after such a wait. @returns what of them was lost, and how many came again */
async function throughWait(startPolicy: 'all' | 'now', { atStart = nothing, beforeWait = nothing }: Disturbance) {
  const site = new Installation({ leader: { startPolicy } });
  const later = lockStore('configmaps');
  atStart(site);
  await site.startLeader('collector-a', { other: later });
  const write = async (name: string, seconds: number) => {
    for (let number = 0; number < seconds; number += 1) {
      site.events.create(`${name}-${number}`);
      await site.clock.pass(second);
    }
  };
  await write('before', 33);
  beforeWait(site);
  later.write(lockOf('configmaps', { holderIdentity: holderOf('collector-b') }));
  await site.clock.pass(20 * second);
  const { length } = site.archives[0]?.received ?? [];
  await write('during', 5);
  expect(site.archives[0]?.received).toHaveLength(length);
  later.write(lockOf('configmaps', released));
  await site.clock.pass(5 * second);
  await write('after', 10);
  const received = site.archives[0]?.received ?? [];
  const lost = site.events.written.map(({ id }) => id).filter((id) => !received.includes(id));
  return { lost, repeats: received.length - new Set(received).size };
}

test.each<['all' | 'now', string, Disturbance]>([
  ['all', 'that may be written', {}],
  ['now', 'that may be written', {}],
  ['all', 'that may never be written', { atStart: unwritable }],
  ['now', 'that may never be written', { atStart: unwritable }],
  ['all', 'that may not be written any more', { beforeWait: unwritable }],
  ['all', 'whose last writes fail', { beforeWait: failing }],
])('start policy %s, a ConfigMap %s: nothing is lost, and nothing comes twice', async (startPolicy, _, disturbance) => {
  expect(await throughWait(startPolicy, disturbance)).toEqual({ lost: [], repeats: 0 });
});
