import type { EventRecord, GapRecord } from '../../../runtime/src/contract/event-record.ts';
import type { Account } from '../../../tools/trial/account.ts';

export function event(resourceVersion: number, overrides: Partial<EventRecord> = {}): EventRecord {
  return {
    schema: 'eventbaton.io/v1',
    id: `uid.${resourceVersion}`,
    cluster: {},
    change: 'added',
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off pulling image',
    regarding: { kind: 'Pod', namespace: 'shop', name: 'cart-1' },
    reporting: {},
    count: 1,
    firstSeen: '2026-01-01T00:00:00Z',
    lastSeen: '2026-01-01T00:00:00Z',
    event: { namespace: 'shop', name: 'cart-1.1', uid: 'uid', resourceVersion: String(resourceVersion) },
    ...overrides,
  };
}

export const gap: GapRecord = {
  schema: 'eventbaton.io/v1',
  id: 'gap.1',
  cluster: {},
  gap: { from: { resourceVersion: '1' }, to: { resourceVersion: '9' }, reason: 'expired', certain: true },
};

export function account(overrides: Partial<Account> = {}): Account {
  return {
    written: 10,
    delivered: 10,
    lost: [],
    superseded: [],
    duplicated: [],
    unexpected: [],
    outOfOrder: [],
    gaps: [],
    ...overrides,
  };
}
