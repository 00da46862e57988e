/** Changes a stream of lines on its way: a pure transformation of the bytes that pass, piece by piece, however they are cut. */
import type { Cut, ErrorFrame, Fault, HiddenError, Malformed } from './fault.ts';
import { errorFrame } from './kubernetes-status.ts';

export type Edit = Cut | Malformed | ErrorFrame | HiddenError;

export function isEdit(fault: Fault): fault is Edit {
  const { kind } = fault;
  return kind === 'cut' || kind === 'malformed' || kind === 'error frame' || kind === 'hidden error';
}

/** What to send on; or, as the last step, how to stop. */
export type Step = { readonly send: Buffer } | { readonly stop: 'cut' | 'in order' };

const newline = 0x0a;

/** How an API server begins an ERROR frame. It sends each frame in one piece. */
const errorStart = Buffer.from('{"type":"ERROR"');

/** What a frame that loses its rest keeps: the beginning of its JSON. */
const keptBytes = 24;

interface Pending {
  readonly edit: Edit;
  /** Whole frames that pass before it. */
  frames: number;
  /** Bytes that pass before it. */
  bytes: number;
}

export class FrameEditor {
  readonly #pending: Pending[] = [];
  /** Bytes of the present line that came so far. */
  #lineBytes = 0;
  /** The present line loses what follows its first {@link keptBytes}. */
  #shortening = false;
  #steps: Step[] = [];
  #stopped = false;

  add(edit: Edit): void {
    const frames = 'afterFrames' in edit ? (edit.afterFrames ?? 0) : 0;
    const bytes = edit.kind === 'cut' ? (edit.afterBytes ?? 0) : 0;
    this.#pending.push({ edit, frames, bytes });
  }

  /** What is due now, while no byte comes. */
  idle(): readonly Step[] {
    this.#betweenFrames();
    return this.#taken();
  }

  push(bytes: Buffer): readonly Step[] {
    for (let start = 0; start < bytes.length && !this.#stopped; ) {
      this.#betweenFrames();
      if (this.#stopped) break;
      const end = bytes.indexOf(newline, start) + 1 || bytes.length;
      this.#pass(bytes.subarray(start, end));
      start = end;
    }
    return this.#taken();
  }

  /** Part of one line, with its end or without. */
  #pass(part: Buffer): void {
    const isComplete = part[part.length - 1] === newline;
    if (this.#hide(part) || this.#cut(part, isComplete)) return;
    this.#send(this.#shortening ? this.#shortened(part, isComplete) : part);
    this.#lineBytes = isComplete ? 0 : this.#lineBytes + part.length;
    if (!isComplete) return;
    this.#shortening = false;
    for (const pending of this.#pending) pending.frames -= 1;
  }

  /** @returns whether the stream ends before this part, which begins an ERROR frame */
  #hide(part: Buffer): boolean {
    const isError = this.#lineBytes === 0 && part.subarray(0, errorStart.length).equals(errorStart);
    if (!isError || !this.#pending.some(({ edit }) => edit.kind === 'hidden error')) return false;
    this.#stop('in order');
    return true;
  }

  /** @returns whether the stream ends within this part */
  #cut(part: Buffer, isComplete: boolean): boolean {
    for (const pending of this.#pending) {
      const { edit } = pending;
      if (edit.kind !== 'cut') continue;
      if (edit.afterBytes === undefined && pending.frames > 0) continue;
      const length = edit.afterBytes === undefined ? halfOf(part, isComplete) : pending.bytes;
      if (length > part.length) {
        pending.bytes -= part.length;
        continue;
      }
      this.#send(part.subarray(0, length));
      this.#stop('cut');
      return true;
    }
    return false;
  }

  #betweenFrames(): void {
    if (this.#lineBytes > 0 || this.#stopped) return;
    for (const pending of this.#pending.filter(({ edit, frames }) => frames <= 0 && isInsertion(edit))) {
      const { edit } = pending;
      this.#pending.splice(this.#pending.indexOf(pending), 1);
      if (!isInsertion(edit)) continue;
      if (edit.kind === 'error frame') {
        this.#send(errorFrame(edit.code, edit.message));
        return this.#stop('in order');
      }
      if (edit.line === undefined) this.#shortening = true;
      else this.#send(Buffer.from(`${edit.line}\n`));
    }
  }

  #shortened(part: Buffer, isComplete: boolean): Buffer {
    const kept = part.subarray(0, Math.max(0, keptBytes - this.#lineBytes));
    return isComplete && kept.length < part.length ? Buffer.concat([kept, Buffer.of(newline)]) : kept;
  }

  #send(bytes: Buffer): void {
    if (bytes.length > 0) this.#steps.push({ send: bytes });
  }

  #stop(how: 'cut' | 'in order'): void {
    this.#stopped = true;
    this.#steps.push({ stop: how });
  }

  #taken(): readonly Step[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

function isInsertion(edit: Edit): edit is Malformed | ErrorFrame {
  return edit.kind === 'malformed' || edit.kind === 'error frame';
}

/** Never a whole line; never nothing, but for a part that is only a line's end. */
function halfOf(part: Buffer, isComplete: boolean): number {
  return Math.min(Math.ceil(part.length / 2), isComplete ? part.length - 1 : part.length);
}
