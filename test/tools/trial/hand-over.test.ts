import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../tools/cluster/audit-log.ts';
import { handOver } from '../../../tools/trial/hand-over.ts';

const entry = (who: string, request: string, at: number, code = 200): AuditEntry => {
  const [verb = '', resource = ''] = request.split(' ');
  const stage = verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
  const userAgent = `eventbaton/0.1.0 (${who})`;
  const names = { subresource: '', namespace: '', name: '', user: '' };
  return {
    receivedAt: at,
    stageAt: at + 2,
    stage,
    verb,
    resource,
    code,
    userAgent,
    query: new URLSearchParams(),
    ...names,
  };
};

const audit = [
  entry('old', 'update leases', 900),
  entry('old', 'update leases', 1_000),
  entry('old', 'update leases', 1_001, 409),
  entry('new', 'watch leases', 500),
  entry('third', 'update leases', 1_119, 409),
  entry('new', 'update leases', 1_120),
  entry('new', 'watch events', 1_150),
  entry('new', 'update configmaps', 1_140),
  entry('new', 'list events', 9_000),
];

describe('a hand-over', () => {
  test("is what the new leader asked for from the old one's last write of the lock to its own watch", () => {
    expect(handOver(audit, { from: 'old', to: 'new' })).toEqual({
      steps: ['update leases', 'update configmaps', 'watch events'],
      milliseconds: 152,
      heldBack: 120,
      watchedAt: 1_152,
    });
  });

  test('that never came to an end is an error', () => {
    expect(() => handOver(audit, { from: 'third', to: 'new' })).toThrow('third never released');
    expect(() => handOver(audit, { from: 'old', to: 'third' })).toThrow('third never watched');
  });
});
