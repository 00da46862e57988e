import { describe, expect, test } from 'vitest';
import { createNarrator } from '../../../runtime/src/operations/narrator.ts';
import { CollectorError } from '../../../runtime/src/support/errors.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';

const unavailable = new CollectorError('API_UNAVAILABLE', 'put leases: no answer');
const refusedBatch = (misconfigured = false): Happening => ({
  what: 'batch retried',
  sink: 'archive',
  records: 3,
  reason: 'no space',
  misconfigured,
  failures: 1,
});
const acceptedBatch: Happening = { what: 'batch accepted', sink: 'archive', records: 3, milliseconds: 1 };

function narration() {
  const told: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const time = { now: 0 };
  const narrate = createNarrator(
    (level, message, fields = {}) => void told.push({ level, message, fields }),
    () => time.now,
  );
  return { told, time, narrate };
}

describe('the narration', () => {
  test('says who leads and why in one line', () => {
    const { told, narrate } = narration();
    narrate({ what: 'term began', term: 7, because: 'lease expired' });
    narrate({ what: 'lock released by us', term: 7 });
    expect(told.map(({ message }) => message)).toEqual([
      'leading: term 7 (lease expired)',
      'handed over: term 7 is over, the lock is free',
    ]);
  });

  test('of a failure that repeats, tells the first at once, then one a minute with how many there were between', () => {
    const { told, time, narrate } = narration();
    for (time.now = 0; time.now <= 60_000; time.now += 1_000)
      narrate({ what: 'renewal failed', term: 7, error: unavailable });
    expect(told).toHaveLength(2);
    expect(told[1]?.fields).toMatchObject({ alsoHappened: 59 });
  });

  test('a failure of another kind is not hidden by the first', () => {
    const { told, narrate } = narration();
    narrate({ what: 'probe failed', error: unavailable });
    narrate({ what: 'probe failed', error: new CollectorError('API_FORBIDDEN', 'list events: 403') });
    narrate({ what: 'renewal failed', term: 1, error: unavailable });
    expect(told).toHaveLength(3);
  });

  test('a sink that waits for a person is an error that names the sink and the reason, also while it was retrying before', () => {
    const { told, narrate } = narration();
    narrate(refusedBatch());
    narrate(refusedBatch(true));
    expect(told.map(({ level }) => level)).toEqual(['warn', 'error']);
    expect(told[1]).toMatchObject({ message: expect.stringContaining('archive'), fields: { reason: 'no space' } });
  });

  test('says once that a sink works again, and after how long', () => {
    const { told, time, narrate } = narration();
    narrate(acceptedBatch);
    narrate(refusedBatch());
    time.now = 5_000;
    narrate(refusedBatch());
    time.now = 12_000;
    narrate(acceptedBatch);
    narrate(acceptedBatch);
    expect(told.slice(1)).toEqual([
      { level: 'info', message: 'sink archive accepts again', fields: { afterSeconds: 12 } },
    ]);
  });

  test('what happens all the time when all is well is counted, not told', () => {
    const { told, narrate } = narration();
    narrate({ what: 'event received', type: 'Normal' });
    narrate({ what: 'api answered', method: 'GET', code: '200', host: 'api', milliseconds: 1 });
    narrate(acceptedBatch);
    expect(told).toEqual([]);
    narrate({ what: 'lease renewed', term: 1, milliseconds: 5 });
    narrate({ what: 'token written', position: '1' });
    narrate({ what: 'watch ended', because: 'in order' });
    expect(told.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
  });

  test('missing events are an error that says whether it is certain and why', () => {
    const { told, narrate } = narration();
    narrate({ what: 'gap', from: '1', to: '2', reason: 'expired', certain: true });
    narrate({ what: 'gap', from: '1', to: '2', reason: 'rewound', certain: false });
    expect(told.map(({ level }) => level)).toEqual(['error', 'error']);
    expect(told.map(({ message }) => message)).toEqual([
      'events are missing: nothing was collected for longer than Events are kept',
      'events may be missing: the store went back to an earlier state',
    ]);
  });
});
