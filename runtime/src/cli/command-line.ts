import { nearest } from '../contract/nearest.ts';
import { productName, productVersion } from '../contract/names.ts';

export type Command =
  | { readonly command: 'run' | 'version' | 'help' }
  | { readonly command: 'status'; readonly json: boolean; readonly expectLeader: boolean }
  /** Words that mean nothing. */
  | { readonly command: 'unknown'; readonly problem: string };

export const usage = `${productName} ${productVersion}

  ${productName} run                        collect, as settings file and environment say
  ${productName} status [--json]            what the collector of this pod does; where none answers, what lock and token say
  ${productName} status --expect leader     the same, once somebody leads: waits at most for one lease
  ${productName} --version
  ${productName} --help

Exit codes
   0  as asked: a collector that was stopped, a status that was read, a leader that was expected
   1  run: ended by a defect. status: nobody answers, neither collector nor API server; or nobody leads
   2  words that mean nothing
  78  settings that cannot be used: all that is wrong with them is told at once
`;

const commands = ['run', 'status', '--version', '--help'];
const statusWords = ['--json', '--expect'];

/** @param words what follows the program's name */
export function parseCommandLine(words: readonly string[]): Command {
  const [command, ...rest] = words;
  switch (command) {
    case undefined:
      return unknown('say what to do');
    case 'run':
    case '--version':
    case '--help':
      if (rest.length > 0) return unknown(`${command} takes no further words`);
      return { command: command === 'run' ? 'run' : command === '--version' ? 'version' : 'help' };
    case 'status':
      return parseStatus(rest);
    default:
      return unknown(`there is no command ${quoted(command)}`, command, commands);
  }
}

function parseStatus(words: readonly string[]): Command {
  let json = false;
  let expectLeader = false;
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--json') json = true;
    else if (word === '--expect' && left[0] === 'leader') expectLeader = left.shift() !== undefined;
    else if (word === '--expect=leader') expectLeader = true;
    else if (word.startsWith('--expect')) return unknown('only a leader can be expected: --expect leader');
    else return unknown(`status does not know ${quoted(word)}`, word, statusWords);
  }
  return { command: 'status', json, expectLeader };
}

function unknown(problem: string, word = '', candidates: readonly string[] = []): Command {
  const meant = nearest(word, candidates);
  return { command: 'unknown', problem: `${problem}${meant === undefined ? '' : `; did you mean ${meant}?`}` };
}

function quoted(word: string): string {
  return JSON.stringify(word.slice(0, 80));
}
