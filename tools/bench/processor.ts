import { readFile } from 'node:fs/promises';

/** Of /proc/<pid>/stat; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** CPU seconds of all threads of a process so far, in user and kernel mode. */
export async function processorSeconds(pid: number): Promise<number> {
  return parseProcessorSeconds(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** @param stat as `man 5 proc_pid_stat` has it: the second field is the program's name in brackets, and may hold anything */
export function parseProcessorSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // What follows the name begins with field 3; utime is field 14, stime field 15.
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU seconds of several processes from now until it is called. */
export async function startProcessorWatch(pids: readonly number[]): Promise<() => Promise<number>> {
  const sum = async () => (await Promise.all(pids.map(processorSeconds))).reduce((total, each) => total + each, 0);
  const before = await sum();
  return async () => (await sum()) - before;
}
