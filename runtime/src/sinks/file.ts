/**
 * The sink on a file: one JSON line per record, appended, and accepted once the device has it.
 *
 * A batch that failed is cut off again, so that its repetition does not double it; a last line that a crash left unfinished is ended by a
 * newline before anything follows: it was never accepted. On a signal, or when the file was deleted, the path is opened anew. A full file is moved
 * out of the way, if the settings say so.
 *
 * Not promised: that several processes may cut back one shared file. Where somebody else has written behind a failed batch, it stays, and its
 * records come twice.
 */
import type { SinkRecord } from '../contract/event-record.ts';
import type { Answer, Sink } from '../delivery/sink.ts';
import type { Report } from '../support/happening.ts';
import { type AppendFile, type FileState, type OpenAppendFile, openAppendFile, syncFolderOf } from './append-file.ts';
import { encodeLines } from './encode.ts';
import { fileFailure, notAFile } from './file-failure.ts';
import { createInTurn } from './in-turn.ts';
import { type Rotation, rotate } from './rotation.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

export interface FileSinkOptions {
  readonly name: string;
  readonly required: boolean;
  readonly path: string;
  /** @default the file grows without a limit */
  readonly rotation?: Rotation | undefined;
  readonly report: Report;
  readonly open?: OpenAppendFile;
  /** Makes the names in the folder of a file last. */
  readonly syncFolder?: (path: string) => Promise<void>;
}

const newline = new Uint8Array([0x0a]);

export function fileSink(options: FileSinkOptions): Sink {
  const { name, required, path, report } = options;
  const inTurn = createInTurn();
  const file = new LineFile(options);
  /** What was accepted the device has already: an error of closing costs nothing, but somebody should know of it. */
  const tellFailure = async (work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      report({ what: 'sink not closed', sink: name, reason: `${path}: ${systemErrorName(error)}` });
    }
  };
  return {
    name,
    required,
    send: (batch, signal) => inTurn.answer(() => send(file, batch), signal),
    reopen: () => inTurn.run(() => tellFailure(file.reopen())),
    close: () => inTurn.run(() => tellFailure(file.close())),
  };
}

async function send(file: LineFile, batch: readonly SinkRecord[]): Promise<Answer> {
  try {
    await file.append(encodeLines(batch));
    return { kind: 'accepted' };
  } catch (error) {
    return fileFailure(file.path, error);
  }
}

/** A file to which whole lines are added, or nothing. Opened when it is first needed. */
class LineFile {
  readonly path: string;
  readonly #open: OpenAppendFile;
  readonly #rotation: Rotation | undefined;
  readonly #syncFolder: (path: string) => Promise<void>;
  #file: AppendFile | undefined;

  constructor({ path, rotation, open = openAppendFile, syncFolder = syncFolderOf }: FileSinkOptions) {
    this.path = path;
    this.#open = open;
    this.#rotation = rotation;
    this.#syncFolder = syncFolder;
  }

  async append(lines: Uint8Array): Promise<void> {
    const { file, size } = await this.#readyFor(lines.length);
    let written = 0;
    try {
      while (written < lines.length) written += await file.append(lines, written);
      await file.sync();
    } catch (error) {
      await this.#cutBack(file, size, written);
      throw error;
    }
  }

  /** Where the path cannot be opened now, the next batch tries again and is answered with the reason. */
  async reopen(): Promise<void> {
    if (this.#file === undefined) return;
    await this.close();
    try {
      await this.#ready();
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Rotates first if so many bytes more would be too many: what was accepted is in the file that is moved out of the way. */
  async #readyFor(bytes: number): Promise<{ readonly file: AppendFile; readonly size: number }> {
    const ready = await this.#ready();
    if (this.#rotation === undefined || ready.size === 0 || ready.size + bytes <= this.#rotation.bytes) return ready;
    await this.close();
    await rotate(this.path, this.#rotation.keep, this.#syncFolder);
    return await this.#ready();
  }

  async #ready(): Promise<{ readonly file: AppendFile; readonly size: number }> {
    const before = await this.#state();
    if (this.#file !== undefined && before?.hasName === true) return { file: this.#file, size: before.size };
    await this.close();
    const file = await this.#open(this.path);
    try {
      await this.#prepare(file);
      const { size } = await file.stat();
      this.#file = file;
      return { file, size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #prepare(file: AppendFile): Promise<void> {
    const { isFile, size } = await file.stat();
    if (!isFile) throw notAFile();
    if (size === 0) await this.#syncFolder(this.path);
    const last = await file.lastByte();
    if (last !== undefined && last !== newline[0]) await file.append(newline, 0);
  }

  /** @returns undefined where there is none open, or the open one cannot be used any more */
  async #state(): Promise<FileState | undefined> {
    try {
      return await this.#file?.stat();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return undefined;
    }
  }

  /** Whatever this cannot undo is put right when the file is opened again. */
  async #cutBack(file: AppendFile, size: number, written: number): Promise<void> {
    try {
      const now = await file.stat();
      if (now.size === size + written) await file.truncate(size);
      else await this.close();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      await this.close();
    }
  }
}
