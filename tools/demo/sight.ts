import { defaultTokenName } from '../../runtime/src/contract/names.ts';
import { inertText } from '../../runtime/src/support/inert-text.ts';
import type { Line } from '../support/line.ts';

/** What anyone with read access sees of the collectors: the lock and the token. */
export interface Sight {
  /** Identity of the holder; empty while the lock is free. */
  readonly holder: string;
  readonly term: number;
  /** Undefined until a token was stored. */
  readonly token: string | undefined;
}

export const nothingSeen: Sight = { holder: '', term: 0, token: undefined };

/** What changed between two looks, in the order in which it must have happened: a token is written before its lock is let go. */
export function tellChanges(before: Sight, now: Sight): readonly Line[] {
  const token: readonly Line[] =
    now.token === undefined || now.token === before.token
      ? []
      : [{ label: 'token', text: tokenText(before.token, now.token) }];
  const leader = tellLeader(before, now);
  return now.holder === '' ? [...token, ...leader] : [...leader, ...token];
}

function tokenText(before: string | undefined, token: string): string {
  if (token === '0') return `0 in ConfigMap ${defaultTokenName}: nothing is delivered yet`;
  const now = inertText(token);
  return before === undefined || before === '0'
    ? `${now} in ConfigMap ${defaultTokenName}: all up to it is delivered`
    : `${inertText(before)} → ${now}`;
}

function tellLeader(before: Sight, now: Sight): readonly Line[] {
  if (now.holder === before.holder) return [];
  if (now.holder === '') return [{ label: 'lock', text: `free: ${podOf(before.holder)} let it go` }];
  const again = podOf(now.holder) === podOf(before.holder) ? ', a new process of the same pod' : '';
  return [{ label: 'leader', text: `${podOf(now.holder)}, term ${now.term}${again}`, tone: 'good' }];
}

/** An identity is `<pod name>_<pod uid>_<nonce>`; no pod name has an underscore. */
export function podOf(identity: string): string {
  return identity.split('_', 1)[0] ?? '';
}
