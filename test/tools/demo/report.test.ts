import { describe, expect, test } from 'vitest';
import { reportLines } from '../../../tools/demo/report.ts';
import { account, event } from './records.ts';

const controlPlane = 'embedded API server';
const handovers = [
  { cause: 'SIGTERM', milliseconds: 180.6 },
  { cause: 'kill -9', milliseconds: 1_205 },
] as const;
const kept = { sink: 'file', account: account(), repeatable: new Set<string>() };
const textOf = (lines: ReturnType<typeof reportLines>) => lines.map(({ text }) => text).join('\n');

describe('the report', () => {
  test('names what it was played on', () => {
    expect(textOf(reportLines({ controlPlane, accounts: [kept], handovers }, 'real'))).toContain(
      'On embedded API server.',
    );
  });

  test('names the command for the real API server only if it ran on the embedded one', () => {
    const outcome = { controlPlane, accounts: [kept], handovers };
    expect(textOf(reportLines(outcome, 'embedded'))).toContain('npm start -- --real');
    expect(textOf(reportLines(outcome, 'real'))).not.toContain('--real');
  });

  test('tells each hand-over with its cause and its time', () => {
    const text = textOf(reportLines({ controlPlane, accounts: [kept], handovers }, 'real'));
    expect(text).toMatch(/SIGTERM +181 ms/);
    expect(text).toMatch(/kill -9 +1205 ms/);
  });

  test('explains duplicates, and how many there could have been, if there were any', () => {
    const crashed = { ...kept, account: account({ duplicated: [event(7)] }), repeatable: new Set(['uid.7', 'uid.8']) };
    expect(textOf(reportLines({ controlPlane, accounts: [crashed], handovers }, 'real'))).toContain(
      'may come twice: here up to 2 Events',
    );
    expect(textOf(reportLines({ controlPlane, accounts: [kept], handovers }, 'real'))).not.toContain('Duplicated');
  });

  test('ends well only if every promise was kept', () => {
    expect(reportLines({ controlPlane, accounts: [kept], handovers }, 'real').at(-1)).toMatchObject({ tone: 'good' });
    const broken = { ...kept, account: account({ duplicated: [event(7)] }) };
    const lines = reportLines({ controlPlane, accounts: [broken], handovers }, 'real');
    expect(lines.at(-1)).toMatchObject({ tone: 'bad' });
    expect(textOf(lines)).not.toContain('Nothing was lost');
  });

  test('tells what a later version overtook, so that the sums can be followed', () => {
    const version = { uid: 'uid', resourceVersion: '1', name: 'event-1' };
    const relisted = { ...kept, account: account({ delivered: 9, superseded: [version] }) };
    expect(textOf(reportLines({ controlPlane, accounts: [relisted], handovers }, 'real'))).toContain(
      'file: 1 were overtaken',
    );
  });
});
