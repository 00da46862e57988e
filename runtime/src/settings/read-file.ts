import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { largestFileBytes } from '../contract/given-settings.ts';

export type FileText =
  | { readonly text: string }
  /** Nothing is there. */
  | { readonly missing: true }
  | { readonly problem: string };

export async function readTextFile(path: string): Promise<FileText> {
  try {
    // A pipe that nobody writes to would be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return decode(await readAtMost(file, largestFileBytes + 1));
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { missing: true } : { problem: `cannot be read: ${code}` };
  }
}

async function readAtMost(file: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let length = 0;
  while (length < bytes) {
    const { bytesRead } = await file.read(buffer, length, bytes - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function decode(bytes: Buffer): FileText {
  if (bytes.length > largestFileBytes) return { problem: `is larger than ${largestFileBytes} bytes` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'is not UTF-8 text' };
    throw error;
  }
}
