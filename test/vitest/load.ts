/** Load of another program on the same machine: busy loops that take every core in bursts, until they are stopped. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Busy loops for each core: a program next to them gets a third of it. */
const loopsPerCore = 2;

/** Between one half and three seconds of work, then as long a rest: all loops at the same time. */
const loop = `
const { setTimeout: delay } = require('node:timers/promises');
(async () => {
  for (let turn = 0; ; turn += 1) {
    const ms = 500 + ((turn * 7919) % 11) * 250;
    const until = Date.now() + ms;
    while (Date.now() < until);
    await delay(ms);
  }
})();
`;

/** @returns what stops it */
export function startLoad(): () => Promise<void> {
  const workers = Array.from({ length: loopsPerCore * availableParallelism() }, () => new Worker(loop, { eval: true }));
  return async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
}
