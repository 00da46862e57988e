import { constants, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from './system-error.ts';

/** What the file sink needs of an open file. */
export interface AppendFile {
  stat(): Promise<FileState>;
  /** Appends some or all of `bytes` from `offset` on. @returns how many */
  append(bytes: Uint8Array, offset: number): Promise<number>;
  /** @returns undefined for an empty file */
  lastByte(): Promise<number | undefined>;
  truncate(length: number): Promise<void>;
  /** Resolves when the device has what was written. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileState {
  readonly size: number;
  readonly isFile: boolean;
  /** False once the file was deleted: what is written to it then is lost when it is closed. */
  readonly hasName: boolean;
}

export type OpenAppendFile = (path: string) => Promise<AppendFile>;

/**
 * Everything goes to the end, wherever that is: O_APPEND also survives a rotation by copy and truncate. A link is not followed: whoever may write
 * to the folder could point it at any file that the process may write.
 */
const flags =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOCTTY |
  constants.O_NONBLOCK |
  constants.O_NOFOLLOW;
const ownerOnly = 0o600;

/** Opens, or creates for the owner alone. Folders are not created. Rejects with the system's error. */
export const openAppendFile: OpenAppendFile = async (path) => {
  const handle = await open(path, flags, ownerOnly);
  return {
    async stat() {
      const stats = await handle.stat();
      return { size: stats.size, isFile: stats.isFile(), hasName: stats.nlink > 0 };
    },
    append: async (bytes, offset) => (await handle.write(bytes, offset, bytes.length - offset, null)).bytesWritten,
    async lastByte() {
      const { size } = await handle.stat();
      const byte = new Uint8Array(1);
      return size > 0 && (await handle.read(byte, 0, 1, size - 1)).bytesRead === 1 ? byte[0] : undefined;
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
};

/**
 * Makes the name of a file as lasting as its content, where the folder may be read and its file system can. Rejects with any other error of
 * the system.
 */
export async function syncFolderOf(path: string): Promise<void> {
  try {
    const folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!isSystemError(error) || !unsyncable.has(error.code)) throw error;
  }
}

const unsyncable: ReadonlySet<string> = new Set(['EACCES', 'EINVAL']);
