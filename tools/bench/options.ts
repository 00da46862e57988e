export const usage = (benchmarks: readonly string[]) => `npm run bench [-- NAME ...] [OPTIONS]

Measures the product on a control plane of its own, for each NAME (default: all, about 6 minutes):
  ${benchmarks.join(' ')}

  --json    one more line at the end of standard output: the figures as JSON
  --help    this text
`;

export type Command =
  | { readonly run: 'benchmarks'; readonly names: readonly string[]; readonly json: boolean }
  | { readonly run: 'help' }
  | { readonly run: 'nothing'; readonly because: string };

/** @param benchmarks names of all there are, in the order in which they run */
export function readOptions(words: readonly string[], benchmarks: readonly string[]): Command {
  const options = words.filter((word) => word.startsWith('-'));
  const names = words.filter((word) => !word.startsWith('-'));
  const unknownOption = options.find((word) => !['--json', '--help', '-h'].includes(word));
  if (unknownOption !== undefined) return { run: 'nothing', because: `unknown option: ${unknownOption}` };
  const unknown = names.find((name) => !benchmarks.includes(name));
  if (unknown !== undefined) return { run: 'nothing', because: `there is no benchmark "${unknown}"` };
  if (options.some((word) => word !== '--json')) return { run: 'help' };
  const chosen = names.length === 0 ? benchmarks : benchmarks.filter((name) => names.includes(name));
  return { run: 'benchmarks', names: chosen, json: options.length > 0 };
}
