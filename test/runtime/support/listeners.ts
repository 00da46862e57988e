import { getEventListeners } from 'node:events';

/** How many listen for the abort of a signal. */
export function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
