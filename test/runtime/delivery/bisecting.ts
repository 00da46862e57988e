import { Bisection, type Item, type Trial } from '../../../runtime/src/delivery/bisection.ts';
import { eventRecord } from '../../support/records.ts';

/** A record of an object, which the sink of the model does not want. */
export interface Kind {
  readonly object: string;
  readonly poison: boolean;
}

export interface Request {
  readonly ends: readonly number[];
  readonly accepted: boolean;
  /** Slow pauses before it. */
  readonly round: number;
}

export interface Outcome {
  readonly requests: readonly Request[];
  /** Places of what was given up, with how many requests had been made by then. */
  readonly rejected: ReadonlyMap<number, number>;
  /** Places of what was accepted, each as often as it was. */
  readonly accepted: readonly number[];
  /** Everything up to here is decided. */
  readonly through: number;
  readonly rounds: number;
}

export interface Model {
  readonly kinds: readonly Kind[];
  readonly batch: number;
  /** From this request on it refuses everything. @default the first */
  readonly sickFrom?: number;
  /** ... for so many slow pauses. */
  readonly sickRounds?: number;
  /** After each slow pause one more record arrives that it wants, of an object of its own. */
  readonly arrivals?: boolean;
  readonly mostRounds?: number;
}

export function itemsOf(kinds: readonly Kind[]): readonly Item[] {
  return kinds.map(({ object }, index) => itemAt(index + 1, object));
}

export function itemAt(end: number, object: string): Item {
  const event = { namespace: 'shop', name: object, uid: object, resourceVersion: String(end) };
  return { end, record: eventRecord(end, { event }) };
}

/** Sends everything to a sink that wants some and not others, as a delivery does. */
export function bisectAll(model: Model): Outcome {
  const { kinds, batch, sickFrom = 0, sickRounds = 0, arrivals = false, mostRounds = 40 } = model;
  const items = [...itemsOf(kinds)];
  const poison = new Set(items.filter((_, index) => kinds[index]?.poison).map(({ end }) => end));
  const bisection = new Bisection();
  const requests: Request[] = [];
  const rejected = new Map<number, number>();
  const accepted: number[] = [];
  let through = 0;
  let rounds = 0;
  let mendedAt = Number.POSITIVE_INFINITY;
  const isSick = () => {
    if (requests.length < sickFrom) return false;
    mendedAt = Math.min(mendedAt, rounds + sickRounds);
    return rounds < mendedAt;
  };
  const send = (sent: readonly Item[]) => {
    const isAccepted = !isSick() && sent.every(({ end }) => !poison.has(end));
    requests.push({ ends: sent.map(({ end }) => end), accepted: isAccepted, round: rounds });
    if (isAccepted) accepted.push(...sent.map(({ end }) => end));
    return isAccepted;
  };
  const settle = (end: number | undefined) => {
    if (end === undefined) return;
    through = end;
    bisection.forgetBefore(end + 1);
  };
  const upcoming = () => items.slice(through);
  const tryOut = (trial: Trial) => {
    if (send(trial.items)) bisection.accepted(trial);
    else {
      const given = bisection.refused(trial, 'not wanted');
      if (given !== undefined) rejected.set(given.item.end, requests.length);
    }
    settle(bisection.decidedThrough(upcoming()));
  };
  while (through < items.length && rounds <= mostRounds) {
    if (!bisection.isOpen) {
      const whole = upcoming().slice(0, batch);
      const open = bisection.undecided(whole);
      if (open.length === 0 || send(open)) settle(whole.at(-1)?.end);
      else bisection.open(open, 'not wanted');
      continue;
    }
    const trial = bisection.next(upcoming());
    if (trial !== undefined) tryOut(trial);
    else if (bisection.isOpen) {
      rounds += 1;
      bisection.newRound();
      if (arrivals) items.push(itemAt(items.length + 1, `arrival-${rounds}`));
    }
  }
  return { requests, rejected, accepted, through, rounds };
}
