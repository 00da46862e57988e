import { describe, expect, test } from 'vitest';
import { createNarrator } from '../../../runtime/src/operations/narrator.ts';
import { CollectorError } from '../../../runtime/src/support/errors.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { eventRecord } from '../../support/records.ts';

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

function narration(secondsToLoss?: () => number | undefined) {
  const told: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const time = { now: 0 };
  const narrate = createNarrator(
    (level, message, fields = {}) => void told.push({ level, message, fields }),
    () => time.now,
    secondsToLoss,
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

  test('counts the failure of a sink from the beginning of the term, not from one before', () => {
    const { told, time, narrate } = narration();
    narrate(refusedBatch());
    narrate({ what: 'term over', term: 1, reason: 'not renewed in time' });
    time.now = 3_600_000;
    narrate(acceptedBatch);
    expect(told.map(({ message }) => message)).not.toContain('sink archive accepts again');
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

  test('of a sink that fails, and of reading that is paused, says how much time is left', () => {
    const { told, narrate } = narration(() => 3_590);
    narrate(refusedBatch());
    narrate(refusedBatch(true));
    narrate({ what: 'watch ended', because: 'stalled' });
    narrate({ what: 'batch refused', sink: 'archive', records: 1, reason: 'answered 400' });
    narrate({ what: 'watch ended', because: 'broken' });
    narrate({ what: 'renewal failed', term: 7, error: unavailable });
    expect(told.map(({ fields }) => fields['secondsToLoss'])).toEqual([
      3_590,
      3_590,
      3_590,
      3_590,
      undefined,
      undefined,
    ]);
  });

  test('a file that could not be closed is told, for nothing else would', () => {
    const { told, narrate } = narration();
    narrate({ what: 'sink not closed', sink: 'archive', reason: '/events: EIO' });
    expect(told).toMatchObject([{ level: 'warn', fields: { reason: '/events: EIO' } }]);
  });
});

describe('a record that is given up', () => {
  const dropped = (number: number, message = 'short'): Happening => {
    const record = eventRecord(number, { message });
    return {
      what: 'event dropped',
      sink: 'archive',
      reason: 'rejected',
      records: 1,
      id: record.id,
      detail: 'no',
      record,
    };
  };

  test('is an error with sink, id, reason and the record itself', () => {
    const { told, narrate } = narration();
    narrate(dropped(1));
    expect(told).toEqual([
      {
        level: 'error',
        message: 'dropped: sink archive does not want this record',
        fields: {
          sink: 'archive',
          reason: 'rejected',
          id: 'uid-1.1',
          detail: 'no',
          record: eventRecord(1, { message: 'short' }),
        },
      },
    ]);
  });

  test('always has its line; where there are thousands, a minute has the records of the first alone', () => {
    const { told, time, narrate } = narration();
    for (let number = 1; number <= 2_000; number += 1) narrate(dropped(number));
    expect(told.map(({ fields }) => fields['id'])).toEqual(
      Array.from({ length: 2_000 }, (_, index) => `uid-${index + 1}.${index + 1}`),
    );
    const whole = told.filter(({ fields }) => fields['record'] !== undefined);
    expect(whole.length).toBeGreaterThan(100);
    expect(Buffer.byteLength(JSON.stringify(whole.map(({ fields }) => fields['record'])))).toBeLessThan(270_000);
    expect(told.at(-1)?.fields).toMatchObject({ recordLeftOut: true });
    time.now = 60_000;
    narrate(dropped(2_001));
    expect(told.at(-1)?.fields).toHaveProperty('record');
  });

  test('is not held back by one that was dropped before', () => {
    const { told, narrate } = narration();
    narrate({ what: 'event dropped', sink: 'archive', reason: 'best_effort', records: 1, id: '', detail: '' });
    narrate(dropped(1));
    narrate(dropped(2));
    expect(told).toHaveLength(3);
  });
});
