/**
 * Turns what happened into lines of the log: one per change of state, with what to do where something is wrong.
 *
 * Repeated failures are thinned out: the first is told at once, then one a minute with the number of those held back. What ends a failure of a
 * sink or of the token is told too.
 */
import type { Happening } from '../support/happening.ts';
import type { Log } from './log.ts';
import { lineFor } from './log-lines.ts';
import { createSampler } from './sampler.ts';

/** @param now milliseconds of a monotonic clock */
export function createNarrator(log: Log, now: () => number): (happening: Happening) => void {
  const sampler = createSampler();
  const failingSince = new Map<string, number>();
  return (happening) => {
    tellRecovery(log, failingSince, happening, now());
    const line = lineFor(happening);
    if (line === undefined) return;
    const { level, message, fields, repeats } = line;
    const heldBack = repeats === undefined ? 0 : sampler.admit(repeats, now());
    if (heldBack === undefined) return;
    log(level, message, heldBack === 0 ? fields : { ...fields, alsoHappened: heldBack });
  };
}

function tellRecovery(log: Log, failingSince: Map<string, number>, happening: Happening, now: number): void {
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
