/**
 * Moves a full file out of the way: `path` becomes `path.1`, `path.1` becomes `path.2`, and so on; the oldest is deleted.
 *
 * Each step is one rename, from the oldest on: a crash between two of them leaves a number free and every line where it can be found. The next
 * rotation moves only what is below that number, so that no file is deleted early.
 */
import { lstat, rename } from 'node:fs/promises';
import { isSystemError } from './system-error.ts';

export interface Rotation {
  /** A batch that would make the file larger than this goes into a new one. */
  readonly bytes: number;
  /** How many full files are kept, at least one. */
  readonly keep: number;
}

/** Rejects with the system's error. @param syncFolder makes the new names last */
export async function rotate(path: string, keep: number, syncFolder: (path: string) => Promise<void>): Promise<void> {
  for (let number = await lastToFill(path, keep); number > 1; number -= 1)
    await renameIfThere(`${path}.${number - 1}`, `${path}.${number}`);
  await renameIfThere(path, `${path}.1`);
  await syncFolder(path);
}

/** The first number that is free, or else the oldest one, whose file is deleted. */
async function lastToFill(path: string, keep: number): Promise<number> {
  for (let number = 1; number < keep; number += 1) if (!(await isThere(`${path}.${number}`))) return number;
  return keep;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
    return false;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
  }
}
