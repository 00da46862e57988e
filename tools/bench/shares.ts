/** What a follower's memory goes to, as far as it can be told apart. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSupervised, type Supervised } from '../support/supervised.ts';
import { bundle } from '../trial/pod.ts';
import { processMemory } from '../trial/process-memory.ts';
import { until } from '../trial/until.ts';
import type { Figure } from './figure.ts';
import { bareLayer, bundleLayer, findLayers, isOwn, loadedTitle } from './layers.ts';
import { median } from './statistics.ts';

const repetitions = 7;
const settleMs = 1_000;
const mebibyte = 1_048_576;

/** In MiB. */
export interface Memory {
  readonly resident: number;
  readonly anonymous: number;
}

interface Level extends Memory {
  readonly name: string;
}

/** Measures processes that load more and more; the last one runs the product without an election. */
export async function measureLevels(progress: (text: string) => void): Promise<readonly Level[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eventbaton-layers-'));
  try {
    const levels: Level[] = [];
    const measure = async (name: string, words: readonly string[], isLoaded: IsLoaded) => {
      const level = { name, ...(await measureProcesses(words, isLoaded)) };
      levels.push(level);
      progress(`with ${name}: ${level.resident.toFixed(1)} MiB, ${level.anonymous.toFixed(1)} of it anonymous`);
    };
    const layers = await findLayers();
    for (const [index, { name }] of layers.entries())
      await measure(name, [await bundleLayer(layers.slice(0, index + 1), folder)], layersLoaded);
    await measure('settings read, pages served', [bundle, 'run'], productStarted);
    return levels;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What each level has beyond the one before; of each own folder anonymous memory alone, of all together both. */
export function sharesOf(levels: readonly Level[]): readonly Figure[] {
  const added = levels.map(({ name, resident, anonymous }, index) => {
    const below = levels[index - 1] ?? { resident: 0, anonymous: 0 };
    return { name, resident: resident - below.resident, anonymous: anonymous - below.anonymous };
  });
  const own = added.filter(isOwn);
  const sum = (field: keyof Memory) => own.reduce((total, level) => total + level[field], 0);
  const both = ({ name, resident, anonymous }: Level): readonly Figure[] => {
    const text = name === bareLayer ? name : `+ ${name}`;
    return [
      { name: `${text}: RSS`, unit: 'MiB', values: [resident] },
      { name: `${text}: anonymous`, unit: 'MiB', values: [anonymous] },
    ];
  };
  const firstOwn = added.findIndex(isOwn);
  return [
    ...added.slice(0, firstOwn).flatMap(both),
    ...both({ name: 'own code, loaded', resident: sum('resident'), anonymous: sum('anonymous') }),
    ...own.map(({ name, anonymous }): Figure => ({ name: `  ${name}: anonymous`, unit: 'MiB', values: [anonymous] })),
    ...added.slice(firstOwn + own.length).flatMap(both),
  ];
}

async function measureProcesses(words: readonly string[], isLoaded: IsLoaded): Promise<Memory> {
  const environment = { PATH: process.env['PATH'], DD_HEALTH_PORT: '0' };
  const running = await Promise.all(
    Array.from({ length: repetitions }, () => startSupervised(process.execPath, words, { environment })),
  );
  try {
    await Promise.all(running.map((each) => loaded(each, isLoaded)));
    await delay(settleMs);
    const found = await Promise.all(running.map(({ pid }) => processMemory(pid)));
    const middle = (field: keyof Memory) => median(found.map((memory) => memory[field])) / mebibyte;
    return { resident: middle('resident'), anonymous: middle('anonymous') };
  } finally {
    for (const each of running) each.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
  }
}

async function loaded(running: Supervised, isLoaded: IsLoaded): Promise<void> {
  let said = '';
  running.stdout.resume();
  running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(
    () => `a process that has loaded all: ${said}`,
    async () => ((await isLoaded(running.pid, said)) ? true : undefined),
    { limitMs: 20_000 },
  );
}

/** @param said what it has written to standard error so far */
type IsLoaded = (pid: number, said: string) => boolean | Promise<boolean>;

/** A program of layers tells by its title: a line of output would load what writes it. */
async function layersLoaded(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === loadedTitle;
}

function productStarted(_pid: number, said: string): boolean {
  return said.includes('"started"');
}
