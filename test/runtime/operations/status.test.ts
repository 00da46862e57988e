import { describe, expect, test } from 'vitest';
import { SinkStates, warningsFor } from '../../../runtime/src/operations/status.ts';

const retried = { what: 'batch retried', sink: 'archive', records: 1, reason: 'no space', failures: 1 } as const;
const accepted = { what: 'batch accepted', sink: 'archive', records: 3, milliseconds: 1 } as const;
const states = () => new SinkStates([{ name: 'archive', required: true }]);
const hour = 3_600_000;

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
  const down = { name: 'archive', required: true, state: 'retrying', delivered: 0, lastError: 'no space' } as const;

  test('say nothing while all is well', () => {
    expect(warningsFor({ ...full, full: false }, states().all, hour)).toEqual([]);
    expect(warningsFor(undefined, states().all, hour)).toEqual([]);
  });

  test('name the required sink that holds reading up, and what is lost when', () => {
    const [sink, reading] = warningsFor(full, [down], hour);
    expect(sink).toBe('sink archive is retrying: no space');
    expect(reading).toMatch(
      /^reading is paused \(sink archive\): in 5 to 10 minutes .* after 60 minutes Events expire unread$/,
    );
  });

  test('a full window is warned of also while every sink works', () => {
    expect(warningsFor(full, states().all, hour)).toEqual([
      expect.stringContaining('sinks are slower than the cluster'),
    ]);
  });

  test('a best-effort sink that is down endangers nothing that was promised', () => {
    expect(warningsFor({ ...full, full: false }, [{ ...down, required: false }], hour)).toEqual([]);
  });
});
