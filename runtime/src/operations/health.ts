/** What the probes answer, decided from plain facts. */
export interface Verdict {
  readonly ok: boolean;
  readonly reason: string;
}

export interface Vitals {
  /** When the event loop last turned, in milliseconds of the monotonic clock. */
  readonly heartbeatAt: number;
  /** Until when the present term is valid without a renewal; undefined while not leading. */
  readonly termValidUntil: number | undefined;
  /** False only where neither collection nor election is switched on. */
  readonly electing: boolean;
  readonly lockSeen: boolean;
}

/** How long the event loop may stand still, and how long a lapsed term may linger, before the process is better restarted. */
const graceMs = 30_000;

export function isLive({ heartbeatAt, termValidUntil }: Vitals, now: number): Verdict {
  if (now - heartbeatAt > graceMs) return { ok: false, reason: 'the event loop stands still' };
  if (termValidUntil !== undefined && now > termValidUntil + graceMs)
    return { ok: false, reason: 'leading although the lease is overdue' };
  return { ok: true, reason: 'alive' };
}

/** Followers are ready, and so is a leader whose sink is down: a rollout would not mend that. */
export function isReady({ electing, lockSeen }: Vitals): Verdict {
  if (!electing) return { ok: true, reason: 'nothing is switched on' };
  return lockSeen ? { ok: true, reason: 'the lock was seen' } : { ok: false, reason: 'the lock was not seen yet' };
}
