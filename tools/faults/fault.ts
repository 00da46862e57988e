/** What can go wrong between a client and a server, as data. */
import type { OutgoingHttpHeaders } from 'node:http';

export type Fault = ConnectionRefused | RequestFault;

/**
 * The listener closes: later connections are refused (ECONNREFUSED), kept idle ones are closed. What is in progress goes on; add a `reset` to
 * end that too, as the death of a server does.
 */
export interface ConnectionRefused {
  readonly kind: 'refuse';
}

export type RequestFault =
  | Latency
  | Blackhole
  | LostAnswer
  | Reset
  | Cut
  | Drip
  | Malformed
  | StatusAnswer
  | ErrorFrame
  | HiddenError;

export interface Latency {
  readonly kind: 'latency';
  readonly ms: number;
  /**
   * The answer: its head and each later piece come so much later. The request: the server gets it so much later, or when it is healed, also
   * when the client has given up meanwhile, as on a slow network. @default 'answer'
   */
  readonly of?: 'answer' | 'request';
}

/**
 * Nothing passes any more, and nobody is told. Without a match the proxy takes connections and says nothing, not even in TLS. Once healed,
 * what is still waited for goes on.
 */
export interface Blackhole {
  readonly kind: 'blackhole';
}

/** The server gets the request and acts on it; the client never hears of it, also when healed. */
export interface LostAnswer {
  readonly kind: 'lose answer';
  /** What the client sees instead. @default 'hang' */
  readonly client?: 'hang' | 'reset';
}

/** The connection ends with RST: at once where a request is in progress, else as soon as one comes. */
export interface Reset {
  readonly kind: 'reset';
}

/** A streamed answer ends without its end, in the middle of a line. The counts begin where the fault meets the stream. */
export interface Cut {
  readonly kind: 'cut';
  /** After so many whole frames, within the next. @default 0 */
  readonly afterFrames?: number;
  /** After exactly so many bytes, instead. */
  readonly afterBytes?: number;
}

export interface Drip {
  readonly kind: 'drip';
  readonly bytesPerSecond: number;
}

/** One line of a stream that is no frame. */
export interface Malformed {
  readonly kind: 'malformed';
  /** Put in between two frames. Absent: the next frame keeps its first bytes and its line end only. */
  readonly line?: string;
  /** After so many whole frames. @default 0 */
  readonly afterFrames?: number;
}

/** The proxy answers in place of the server, with a Status as its body. */
export interface StatusAnswer {
  readonly kind: 'status';
  readonly code: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly message?: string;
}

/** An ERROR frame between two frames of a watch, which then ends in order, as an API server does it. */
export interface ErrorFrame {
  readonly kind: 'error frame';
  readonly code: number;
  readonly message?: string;
  /** After so many whole frames. @default 0 */
  readonly afterFrames?: number;
}

/** An ERROR frame is swallowed, and the stream ends in order there: so some front ends answer a watch from a compacted position. */
export interface HiddenError {
  readonly kind: 'hidden error';
}

/** Whether it does anything to a request that the server has got already. */
export function actsInProgress(fault: Fault): boolean {
  return fault.kind !== 'status' && !(fault.kind === 'latency' && fault.of === 'request');
}
