/**
 * The life of one elected process: stand for election, lead for a term, step down completely, stand again.
 *
 * A stop is graceful: whoever leads finishes what it does while the lock is still renewed, and only then lets go of it. A defect is not: it
 * ends the process with the lock held, and the pod's next process or, after the lease, another one takes over.
 */
import type { LockResource } from '../contract/lock-resource.ts';
import { isCollectorError } from '../support/errors.ts';
import type { Term } from '../term.ts';
import { type Campaign, startCampaign, type Won } from './campaign.ts';
import type { ElectionOptions } from './election-options.ts';
import { leadAlone } from './lead-alone.ts';
import { LeaseHolder } from './lease-holder.ts';
import { formatIdentity } from './leader-record.ts';
import { nothingSeen, type Observation, observe } from './observation.ts';

export interface Leadership {
  readonly term: Term;
  readonly holder: LeaseHolder;
  /** Whether the lock of another kind, with this one's name, could be read and has no live holder. */
  readonly isKnownFree: (resource: LockResource) => boolean;
}

/** What the process is at the moment, for whoever shows it. */
export type Role =
  | { readonly role: 'candidate'; readonly campaign: Campaign }
  | { readonly role: 'leader'; readonly leadership: Leadership };

export interface ElectorOptions extends ElectionOptions {
  /** Does a leader's work until `stop` aborts or the term is over. While it drains after a stop, the lock is still renewed. */
  readonly lead: (leadership: Leadership, stop: AbortSignal) => Promise<void>;
  readonly onRole: (role: Role) => void;
}

/** Runs until `stop` aborts. Rejects only with a defect. */
export async function runElector(options: ElectorOptions, stop: AbortSignal): Promise<void> {
  let seen = nothingSeen;
  while (!stop.aborted) {
    const campaign = startCampaign(options, seen);
    options.onRole({ role: 'candidate', campaign });
    const won = await campaign.won(stop).catch(undefinedWhen(stop));
    if (won === undefined) return tellLeftBehind(options, campaign.follower.seen);
    const holder = await reign(options, won, stop);
    seen = observe(campaign.follower.seen, holder.object, options.codec.read(holder.object), options.clock.now());
  }
}

/** A term that lapsed leaves the lock as it was: until its lease has run out, nobody else takes it. */
function tellLeftBehind({ self, clock, report }: ElectorOptions, { record, since }: Observation): void {
  if (record === undefined || record.holderIdentity !== formatIdentity(self.identity)) return;
  const remainsMs = since + record.leaseDurationMs - clock.now();
  if (remainsMs > 0) report({ what: 'lock left behind', remainsMs });
}

async function reign(options: ElectorOptions, won: Won, stop: AbortSignal): Promise<LeaseHolder> {
  const { report } = options;
  const { term } = won;
  const holder = new LeaseHolder(options, won);
  report({ what: 'term began', term: term.number, because: won.because });
  const isKnownFree = (resource: LockResource) => options.others?.canRead(resource) ?? false;
  const leadership = { term, holder, isKnownFree };
  options.onRole({ role: 'leader', leadership });
  const end = await leadAndRenew(options, leadership, stop);
  if ((stop.aborted || end === 'yield') && term.check()) {
    await holder.release();
    term.end(stop.aborted ? 'the process stops' : 'somebody else leads by a lock of another kind');
  } else {
    term.end('there was nothing left to do');
    report({ what: 'term over', term: term.number, reason: term.overBecause ?? '' });
  }
  return holder;
}

/** @returns whether the lock must be released for somebody else */
async function leadAndRenew(
  options: ElectorOptions,
  leadership: Leadership,
  stop: AbortSignal,
): Promise<'yield' | 'done'> {
  const { term, holder } = leadership;
  const led = new AbortController();
  const renewing = holder.keep(led.signal).catch((error: unknown) => {
    term.end('renewing failed unexpectedly');
    throw error;
  });
  const work = (either: AbortSignal) => options.lead(leadership, either);
  const leading = leadAlone(options, term, stop, work).finally(() => led.abort());
  const [renewed, ended] = await Promise.allSettled([renewing, leading]);
  for (const outcome of [renewed, ended])
    if (outcome.status === 'rejected' && !isCollectorError(outcome.reason, 'TERM_OVER')) throw outcome.reason;
  return ended.status === 'fulfilled' ? ended.value : 'done';
}

function undefinedWhen(stop: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!stop.aborted) throw error;
    return undefined;
  };
}
