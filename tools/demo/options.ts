import { parseArgs } from 'node:util';

export const usage = `npm start [-- OPTIONS]

Starts a control plane and three collectors, writes Events, passes the baton twice, and accounts for every Event.

  --embedded         on the embedded API server, a model, even where a real one is at hand: at once, with Node alone
  --kubeconfig FILE  on the cluster that FILE reaches, in a namespace of its own that is removed at the end
  --json             one more line at the end of standard output: the account as JSON
  --help             this text
`;

export type Command =
  | {
      readonly run: 'demo';
      readonly json: boolean;
      readonly embedded: boolean;
      readonly kubeconfig: string | undefined;
    }
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

export function readOptions(words: readonly string[]): Command {
  try {
    const { json, embedded, kubeconfig, help } = parse(words);
    if (help) return { run: 'help' };
    if (embedded && kubeconfig !== undefined)
      return { run: 'nothing', because: '--embedded and --kubeconfig name two different clusters' };
    return { run: 'demo', json, embedded, kubeconfig };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { run: 'nothing', because: error.message };
  }
}

/** Throws a TypeError that says what is wrong. */
function parse(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      json: { type: 'boolean', default: false },
      embedded: { type: 'boolean', default: false },
      kubeconfig: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, kubeconfig: values.kubeconfig };
}
