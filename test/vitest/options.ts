import { parseArgs } from 'node:util';

export const usage = `npm test [-- OPTIONS] [FILE ...]

Runs the tests that need only Node and npm, or those of some files.

  --all         every test: builds Helm, etcd and kube-apiserver first if they are not there (npm run test:all)
  -t PATTERN    only tests whose name matches this regular expression
  --thorough    try ten times as many random cases
  --load        run while another load takes every core in bursts
  --times N     run N times and count the failed runs (default of npm run flaky: 20); needs a FILE
  --help        print this text

SEED=N in the environment repeats the random data of an earlier run.
`;

export interface Options {
  readonly all: boolean;
  readonly files: readonly string[];
  readonly pattern: string | undefined;
  readonly thorough: boolean;
  readonly load: boolean;
  /** Undefined: once, with a second run of what may be flaky. */
  readonly times: number | undefined;
}

export type Command =
  | ({ readonly run: 'tests' } & Options)
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

export function readOptions(words: readonly string[]): Command {
  try {
    const { values, positionals } = parse(words);
    if (values.help) return { run: 'help' };
    const times = values.times === undefined ? undefined : Number(values.times);
    if (times !== undefined && !(Number.isInteger(times) && times > 0))
      return { run: 'nothing', because: '--times must be a whole number above 0' };
    if (times !== undefined && positionals.length === 0)
      return { run: 'nothing', because: '--times needs a FILE to repeat' };
    const { all, t: pattern, thorough, load } = values;
    return { run: 'tests', all, files: positionals, pattern, thorough, load, times };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { run: 'nothing', because: error.message };
  }
}

/** Throws a TypeError that says what is wrong. */
function parse(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      t: { type: 'string', short: 't' },
      thorough: { type: 'boolean', default: false },
      load: { type: 'boolean', default: false },
      times: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
