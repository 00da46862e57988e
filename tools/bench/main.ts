/** `npm run bench [-- NAME ...]`: figures of the product, against its goals and against the trial that it must not fall behind. */
import { ensureBinaries } from '../cluster/binaries.ts';
import { buildBundle } from '../support/bundle.ts';
import { type Paint, paintFor } from '../support/line.ts';
import { columnsOf } from '../support/progress.ts';
import { Screen } from '../support/screen.ts';
import { BenchError } from './bench-error.ts';
import type { Benchmark } from './benchmark.ts';
import { crash } from './crash.ts';
import { type Summary, summarize } from './figure.ts';
import { handover } from './handover.ts';
import { memory } from './memory.ts';
import { readOptions, usage } from './options.ts';
import { Stand, within } from './stand.ts';
import { start } from './start.ts';
import { synth } from './synth.ts';
import { figureTable } from './table.ts';
import { throughput } from './throughput.ts';

const benchmarks: readonly Benchmark[] = [start, memory, handover, crash, throughput, synth];
const benchmarkNames = benchmarks.map(({ name }) => name);

const noControlPlane = `There is no control plane to measure on. Either install Go 1.26 or newer and run \`npm run control-plane -- build\`,
or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl.`;

async function runAll(names: readonly string[], json: boolean): Promise<number> {
  const paint = paintFor(process.stderr.isTTY, process.env);
  const screen = new Screen((text) => process.stderr.write(text), paint, columnsOf(process.stderr));
  if (process.platform !== 'linux') throw new BenchError('memory and CPU time are read from /proc: run this on Linux');
  const binaries = await ensureBinaries(screen.progress('cluster'));
  if (binaries === undefined) throw new BenchError(noControlPlane);
  screen.say('collector', `built into ${await buildBundle()}`);
  const summaries: Summary[] = [];
  for (const { name, title, limitSeconds, run } of benchmarks.filter((benchmark) => names.includes(benchmark.name))) {
    screen.title(`${name}: ${title}`);
    const stand = await Stand.open(binaries, (text) => screen.say(name, text, 'quiet'));
    try {
      const figures = await within(limitSeconds, name, run(stand));
      summaries.push(...figures.map((figure) => summarize(name, figure)));
    } finally {
      await stand.close();
    }
  }
  report(summaries, json, paintFor(process.stdout.isTTY, process.env));
  return 0;
}

function report(summaries: readonly Summary[], json: boolean, paint: Paint): void {
  const lines = figureTable(summaries).map((line) => (line.includes('worse than') ? paint('turn', line) : line));
  process.stdout.write(`\n${lines.join('\n')}\n\n${paint('quiet', legend)}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ node: process.version, figures: summaries })}\n`);
}

const legend = `goal: what the product wants to reach; floor: a throw-away trial of the same protocol, which it must not fall behind.
Nothing was lost in any of these runs: each is accounted for from the API server's answers and the sinks' bytes.`;

async function main(words: readonly string[]): Promise<number> {
  const command = readOptions(words, benchmarkNames);
  if (command.run === 'help') {
    process.stdout.write(usage(benchmarkNames));
    return 0;
  }
  if (command.run === 'nothing') {
    process.stderr.write(`${command.because}\n\n${usage(benchmarkNames)}`);
    return 2;
  }
  try {
    return await runAll(command.names, command.json);
  } catch (error) {
    process.stderr.write(`\n${error instanceof BenchError ? error.message : (error as Error).stack}\n`);
    return 1;
  }
}

process.exit(await main(process.argv.slice(2)));
