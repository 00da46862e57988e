export const usage = `npm start [-- OPTIONS]

Starts a control plane and three collectors, writes Events, passes the baton twice, and accounts for every Event.

  --json    one more line at the end of standard output: the account as JSON
  --help    this text
`;

export type Command =
  | { readonly run: 'demo'; readonly json: boolean }
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

export function readOptions(words: readonly string[]): Command {
  const unknown = words.find((word) => !['--json', '--help', '-h'].includes(word));
  if (unknown !== undefined) return { run: 'nothing', because: `unknown option: ${unknown}` };
  if (words.some((word) => word !== '--json')) return { run: 'help' };
  return { run: 'demo', json: words.length > 0 };
}
