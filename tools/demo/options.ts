import { parseArgs } from 'node:util';

export const usage = `npm start [-- OPTIONS]

Starts an API server and three collectors, writes Events, passes the baton twice, and accounts for every Event.

  --embedded         run on the embedded API server, a model that needs only Node and starts at once (the default)
  --real             run on a real etcd and kube-apiserver, which Go builds once in about 6 minutes
  --kubeconfig FILE  run on the cluster that FILE reaches, in a namespace of its own that is removed at the end
  --json             print the account as one line of JSON at the end of standard output
  --help             print this text
`;

/** The cluster that the demo runs on. */
export type Place =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'real' }
  | { readonly kind: 'kubeconfig'; readonly file: string };

export type Command =
  | { readonly run: 'demo'; readonly json: boolean; readonly place: Place }
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

export function readOptions(words: readonly string[]): Command {
  try {
    const { json, embedded, real, kubeconfig, help } = parse(words);
    if (help) return { run: 'help' };
    const places: readonly Place[] = [
      ...(embedded ? [{ kind: 'embedded' } as const] : []),
      ...(real ? [{ kind: 'real' } as const] : []),
      ...(kubeconfig === undefined ? [] : [{ kind: 'kubeconfig', file: kubeconfig } as const]),
    ];
    if (places.length > 1)
      return { run: 'nothing', because: `choose one of ${places.map(({ kind }) => `--${kind}`).join(', ')}` };
    return { run: 'demo', json, place: places[0] ?? { kind: 'embedded' } };
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
      real: { type: 'boolean', default: false },
      kubeconfig: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, kubeconfig: values.kubeconfig };
}
