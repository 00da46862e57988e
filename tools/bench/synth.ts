import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import type { Stand } from './stand.ts';

const rounds = 7;
const root = resolve(import.meta.dirname, '../..');

export const synth: Benchmark = {
  name: 'synth',
  title: `${rounds} times what people wait for: \`npx cdk8s synth\`, and the generation of chart and pages`,
  limitSeconds: 60,
  run: measure,
};

async function measure(stand: Stand): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eventbaton-bench-'));
  try {
    const synthesized = ['cdk8s', 'synth', '--check-upgrade=false', '--output', join(folder, 'dist')];
    // Each file is written with what it holds already.
    const generated = [join(root, 'tools/generate/main.ts')];
    return [
      { name: '`npx cdk8s synth`', unit: 's', values: await timed(stand, 'npx', synthesized), goal: 1.5 },
      { name: '`npm run generate`', unit: 's', values: await timed(stand, process.execPath, generated), goal: 2 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds of each round, the first left out: it fills the caches of the file system. */
async function timed(stand: Stand, command: string, words: readonly string[]): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startedAt = performance.now();
    await promisify(execFile)(command, [...words], { cwd: root });
    const took = (performance.now() - startedAt) / 1_000;
    if (round > 0) seconds.push(took);
    stand.progress(`${command} ${round} of ${rounds}: ${took.toFixed(2)} s`);
  }
  return seconds;
}
