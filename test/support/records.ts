import type { EventRecord } from '../../runtime/src/contract/event-record.ts';

/** A record whose id is `uid-<number>.<number>`. */
export function eventRecord(number: number, overrides: Partial<EventRecord> = {}): EventRecord {
  return {
    schema: 'eventbaton.io/v1',
    id: `uid-${number}.${number}`,
    cluster: { uid: 'cluster' },
    change: 'added',
    type: 'Normal',
    reason: 'Started',
    message: `message ${number}`,
    regarding: { kind: 'Pod', namespace: 'shop', name: 'cart' },
    reporting: { component: 'kubelet' },
    count: 1,
    firstSeen: '2026-01-01T00:00:00Z',
    lastSeen: '2026-01-01T00:00:00Z',
    event: { namespace: 'shop', name: 'cart.1', uid: `uid-${number}`, resourceVersion: String(number) },
    ...overrides,
  };
}

/** The ids in a text of JSON lines. Throws where a line is not whole. */
export function idsIn(lines: string): readonly string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as EventRecord).id);
}
