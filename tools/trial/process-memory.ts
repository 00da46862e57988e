import { readFile } from 'node:fs/promises';

/** In bytes. */
export interface ProcessMemory {
  readonly resident: number;
  /** Resident at the most so far. */
  readonly peak: number;
  /** Of `resident`, what no file stands behind: it belongs to this process alone, and cannot be dropped and read again. */
  readonly anonymous: number;
}

/** As the kernel counts it at this moment. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  return parseMemory(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** @param status as `man 5 proc_pid_status` has it. Throws where a field is missing, as those of memory do once a process has ended */
export function parseMemory(status: string): ProcessMemory {
  const bytes = (field: string) => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`the process has no ${field}: has it ended?`);
    return Number(kibibytes) * 1_024;
  };
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM'), anonymous: bytes('RssAnon') };
}
