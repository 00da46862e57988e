/**
 * Turns what happened into lines of the log: one per change of state, with what to do where something is wrong.
 *
 * Repeated failures are thinned out: the first is told at once, then one a minute with the number of those held back. What ends a failure of a
 * sink or of the token is told too. Each record that is given up has its line; where there are too many, the lines are without the records.
 */
import type { Happening } from '../support/happening.ts';
import type { Fields, Log } from './log.ts';
import { type Allowance, createAllowance } from './allowance.ts';
import { lineFor } from './log-lines.ts';
import { createSampler } from './sampler.ts';

/** Of given-up records, in a minute: some thirty long ones, or hundreds of the usual size. */
const lettersBytes = 262_144;

/**
 * @param now milliseconds of a monotonic clock
 * @param secondsToLoss until Events expire that no required sink could be given; undefined where there is no such danger
 */
export function createNarrator(
  log: Log,
  now: () => number,
  secondsToLoss: () => number | undefined = () => undefined,
): (happening: Happening) => void {
  const sampler = createSampler();
  const letters = createAllowance(lettersBytes);
  const failingSince = new Map<string, number>();
  return (happening) => {
    tellRecovery(log, failingSince, happening, now());
    const line = lineFor(happening);
    if (line === undefined) return;
    const { level, message, fields, repeats } = line;
    const heldBack = repeats === undefined ? 0 : sampler.admit(repeats, now());
    if (heldBack === undefined) return;
    const told = endangers(happening) ? { ...fields, secondsToLoss: secondsToLoss() } : fields;
    const affordable = withinAllowance(letters, told, now());
    log(level, message, heldBack === 0 ? affordable : { ...affordable, alsoHappened: heldBack });
  };
}

/** What costs Events if it lasts. */
function endangers(happening: Happening): boolean {
  if (happening.what === 'watch ended') return happening.because === 'stalled';
  return happening.what === 'batch retried' || happening.what === 'batch refused';
}

/** A sink that refuses thousands of records must not push everything else out of the log: their ids stay in it. */
function withinAllowance(letters: Allowance, fields: Fields | undefined, now: number): Fields | undefined {
  if (fields?.['record'] === undefined) return fields;
  const { record, ...others } = fields;
  return letters.take(JSON.stringify(record).length, now) ? fields : { ...others, recordLeftOut: true };
}

function tellRecovery(log: Log, failingSince: Map<string, number>, happening: Happening, now: number): void {
  if (happening.what === 'term over') return failingSince.clear();
  const subject = subjectOf(happening);
  if (subject === undefined) return;
  const since = failingSince.get(subject.name);
  if (subject.failed) {
    if (since === undefined) failingSince.set(subject.name, now);
  } else if (since !== undefined) {
    failingSince.delete(subject.name);
    log('info', `${subject.name} again`, { afterSeconds: Math.round((now - since) / 1_000) });
  }
}

/** What can fail for a while and then work again; the name is the beginning of the sentence that says so. */
function subjectOf(happening: Happening): { readonly name: string; readonly failed: boolean } | undefined {
  switch (happening.what) {
    case 'batch accepted':
    case 'batch retried':
      return { name: `sink ${happening.sink} accepts`, failed: happening.what === 'batch retried' };
    case 'token written':
    case 'token write failed':
      return { name: 'token written', failed: happening.what === 'token write failed' };
    default:
      return undefined;
  }
}
