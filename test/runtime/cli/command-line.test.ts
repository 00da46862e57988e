import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { parseCommandLine, usage } from '../../../runtime/src/cli/command-line.ts';

const words = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

describe('the words after the program’s name', () => {
  test.each([
    ['run', { command: 'run' }],
    ['--version', { command: 'version' }],
    ['--help', { command: 'help' }],
    ['status', { command: 'status', json: false, expectLeader: false }],
    ['status --json', { command: 'status', json: true, expectLeader: false }],
    ['status --expect leader --json', { command: 'status', json: true, expectLeader: true }],
    ['status --json --expect=leader', { command: 'status', json: true, expectLeader: true }],
  ])('%s', (line, command) => {
    expect(words(line)).toEqual(command);
  });

  test.each([
    ['', 'say what to do'],
    ['rum', 'there is no command "rum"; did you mean run?'],
    ['statsu', 'there is no command "statsu"; did you mean status?'],
    ['version', 'there is no command "version"; did you mean --version?'],
    ['something-else', 'there is no command "something-else"'],
    ['run now', 'run takes no further words'],
    ['--version run', '--version takes no further words'],
    ['status --jsn', 'status does not know "--jsn"; did you mean --json?'],
    ['status --expect', 'only a leader can be expected: --expect leader'],
    ['status --expect follower', 'only a leader can be expected: --expect leader'],
    ['status --expected leader', 'only a leader can be expected: --expect leader'],
  ])('%j mean nothing: %s', (line, problem) => {
    expect(words(line)).toEqual({ command: 'unknown', problem });
  });

  test('never throw, and are not repeated without end', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('status', '--json'))), (any) => {
        const command = parseCommandLine(any);
        if (command.command === 'unknown') expect(command.problem.length).toBeLessThan(700);
      }),
    );
    const command = parseCommandLine(['x'.repeat(10_000)]);
    expect(command.command === 'unknown' && command.problem.length).toBeLessThan(200);
  });
});

test('the usage names every command and every exit code', () => {
  for (const said of ['run', 'status', '--json', '--expect leader', '--version', '--help'])
    expect(usage).toContain(said);
  expect(usage.match(/^ +(\d+) {2}/gm)?.map(Number)).toEqual([0, 1, 2, 78]);
});
