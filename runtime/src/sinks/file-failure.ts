import type { Answer } from '../delivery/sink.ts';
import { isSystemError, type SystemError, systemErrorName } from './system-error.ts';

/** What somebody has to do before the file can be written, by the system's name of the error. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'its folder does not exist: mount or create it'],
  ['ENOTDIR', 'a part of its path is not a folder: correct the path'],
  ['EISDIR', 'it is a folder: name a file in it'],
  ['EACCES', 'the process may not write there: give its user the right to write to the folder and the file'],
  ['EPERM', 'the process may not write there: give its user the right to write to the folder and the file'],
  ['EROFS', 'it is on a read-only file system: mount a volume that can be written'],
  ['ELOOP', 'it is a symbolic link, which is not followed: name the file itself'],
  ['ENAMETOOLONG', 'its path is too long: choose a shorter one'],
  ['ENXIO', 'it is not a file: name a regular file'],
]);

/** What passes without anybody changing the settings, with the words for it. */
const passing: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space is left: free some, or rotate the file'],
  ['EDQUOT', 'the quota is used up: free some, or raise it'],
  ['EIO', 'the device failed'],
  ['ESTALE', 'its server knows the open file no more: it is opened anew'],
]);

/** Turns an error of the file system into an answer. Anything else is a defect and is thrown. */
export function fileFailure(path: string, error: unknown): Answer {
  if (!isSystemError(error)) throw error;
  const name = systemErrorName(error);
  const remedy = remedies.get(name);
  if (remedy !== undefined) return { kind: 'misconfigured', reason: `cannot write to ${path} (${name}): ${remedy}` };
  return {
    kind: 'retry',
    reason: `cannot write to ${path} (${name}): ${passing.get(name) ?? 'the system gave no better reason'}`,
  };
}

/** For devices, pipes and sockets, in which nothing can be cut back. */
export function notAFile(): SystemError {
  return Object.assign(new Error('not a regular file'), { code: 'ENXIO' });
}
