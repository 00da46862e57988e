export const usage = `npm start [-- OPTIONS]

Starts a control plane and three collectors, writes Events, passes the baton twice, and accounts for every Event.

  --embedded  on the embedded API server, a model, even where a real one is at hand: at once, with Node alone
  --json      one more line at the end of standard output: the account as JSON
  --help      this text
`;

export type Command =
  | { readonly run: 'demo'; readonly json: boolean; readonly embedded: boolean }
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

const known: readonly string[] = ['--embedded', '--json', '--help', '-h'];

export function readOptions(words: readonly string[]): Command {
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) return { run: 'nothing', because: `unknown option: ${unknown}` };
  if (words.includes('--help') || words.includes('-h')) return { run: 'help' };
  return { run: 'demo', json: words.includes('--json'), embedded: words.includes('--embedded') };
}
