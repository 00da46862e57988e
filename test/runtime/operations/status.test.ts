import { describe, expect, test } from 'vitest';
import { SinkStates, warningsFor } from '../../../runtime/src/operations/status.ts';

const retried = { what: 'batch retried', sink: 'archive', records: 1, reason: 'no space', failures: 1 } as const;
const accepted = { what: 'batch accepted', sink: 'archive', records: 3, milliseconds: 1 } as const;
const at = Date.parse('2030-01-01T00:00:00Z');
function states(time = { now: at }) {
  return new SinkStates([{ name: 'archive', required: true }], () => time.now);
}

describe('the state of a sink', () => {
  test('is that of its last answer, with what is wrong while something is', () => {
    const sinks = states();
    sinks.note({ ...retried, misconfigured: false });
    expect(sinks.all).toMatchObject([{ state: 'retrying', lastError: 'no space' }]);
    sinks.note({ ...retried, misconfigured: true });
    expect(sinks.all).toMatchObject([{ state: 'misconfigured' }]);
    sinks.note(accepted);
    expect(sinks.all).toEqual([{ name: 'archive', required: true, state: 'ok', delivered: 3 }]);
  });

  test('says since when it has failed, from the first failure to the next success', () => {
    const time = { now: at };
    const sinks = states(time);
    expect([...sinks.failingSeconds]).toEqual([['archive', 0]]);
    sinks.note({ ...retried, misconfigured: false });
    time.now += 90_000;
    sinks.note({ ...retried, misconfigured: true });
    expect(sinks.all).toMatchObject([{ failingSince: '2030-01-01T00:00:00.000Z' }]);
    expect([...sinks.failingSeconds]).toEqual([['archive', 90]]);
    sinks.note(accepted);
    expect([...sinks.failingSeconds]).toEqual([['archive', 0]]);
  });

  test('fails while it is found out what it refuses, for that may be everything', () => {
    const sinks = states();
    const refused = { what: 'batch refused', sink: 'archive', records: 3, reason: 'answered 400' } as const;
    sinks.note(refused);
    expect(sinks.all).toMatchObject([
      { state: 'retrying', lastError: 'answered 400', failingSince: expect.any(String) },
    ]);
    sinks.note({ ...retried, misconfigured: true });
    sinks.note(refused);
    expect(sinks.all).toMatchObject([{ state: 'misconfigured', lastError: 'answered 400' }]);
  });

  test('is not that of a former leader', () => {
    const sinks = states();
    sinks.note(accepted);
    sinks.note({ ...retried, misconfigured: true });
    sinks.note({ what: 'term over', term: 1, reason: 'not renewed in time' });
    expect(sinks.all).toEqual([{ name: 'archive', required: true, state: 'ok', delivered: 3 }]);
    expect([...sinks.failingSeconds]).toEqual([['archive', 0]]);
  });

  test('counts what this process has delivered', () => {
    const sinks = states();
    sinks.note(accepted);
    sinks.note({ ...retried, misconfigured: false });
    sinks.note(accepted);
    expect(sinks.all).toMatchObject([{ delivered: 6 }]);
  });
});

describe('the warnings', () => {
  const full = { bytes: 9, records: 9, full: true };
  const failingSince = '2030-01-01T00:00:00.000Z';
  const down = {
    name: 'archive',
    required: true,
    state: 'retrying',
    delivered: 0,
    failingSince,
    lastError: 'no space',
  } as const;

  test('say nothing while all is well', () => {
    expect(warningsFor({ window: { ...full, full: false }, sinks: states().all, secondsToLoss: 3_600 })).toEqual([]);
    expect(warningsFor({ sinks: states().all })).toEqual([]);
  });

  test('name the required sink that fails from its first failure on, and later that it holds reading up, and what is lost when', () => {
    expect(warningsFor({ window: { ...full, full: false }, sinks: [down], secondsToLoss: 3_590 })).toEqual([
      `sink archive is retrying since ${failingSince}: no space`,
    ]);
    const [, reading] = warningsFor({ window: full, sinks: [down], secondsToLoss: 3_000 });
    expect(reading).toMatch(
      /^reading is paused \(sink archive\): in 5 to 10 minutes .* in 50 minutes Events begin to expire unread$/,
    );
  });

  test('a full window is warned of also while every sink works', () => {
    expect(warningsFor({ window: full, sinks: states().all })).toEqual([
      expect.stringContaining('sinks are slower than the cluster'),
    ]);
  });

  test('a best-effort sink that is down endangers nothing that was promised', () => {
    expect(warningsFor({ window: { ...full, full: false }, sinks: [{ ...down, required: false }] })).toEqual([]);
  });
});
