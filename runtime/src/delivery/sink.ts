import type { SinkRecord } from '../contract/event-record.ts';

/** How a sink answered one batch. */
export type Answer =
  /** All of it is stored: it will not be sent again. */
  | { readonly kind: 'accepted' }
  /** Nothing, or an unknown part, is stored; the same batch may be sent again. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Something in the batch is not wanted, and never will be; nothing of it is stored. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Somebody has to change something first: hold the batch, retry slowly, raise the alarm. */
  | { readonly kind: 'misconfigured'; readonly reason: string };

export interface SendOptions {
  /** Sets it apart from other requests with the same batch, which a server may answer without looking at them again. */
  readonly occasion?: string;
}

/** Where records go. One batch at a time, in order. */
export interface Sink {
  /** Unique among the sinks of a collector; a metric label, and the key of the sink's position in the token. */
  readonly name: string;
  /** Required sinks hold the token back. */
  readonly required: boolean;
  /** Never throws for what a sink can do: that is an {@link Answer}. An exception is a defect and ends the process. */
  send(batch: readonly SinkRecord[], signal: AbortSignal, options?: SendOptions): Promise<Answer>;
  /** Opens files anew (after a rotation); nothing where there is nothing to reopen. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}
