/** Connections of all clients, to the API server and to sinks: how they are kept, and how a name with several addresses is tried. */
import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** An agent that takes no proxy from the environment, whatever Node is told there. */
export function createAgent(protocol: 'http:' | 'https:', options: AgentOptions): HttpAgent {
  const Agent = protocol === 'https:' ? HttpsAgent : HttpAgent;
  return new Agent({ ...options, proxyEnv: {} });
}

export interface AddressSelection {
  readonly autoSelectFamily: true;
  readonly autoSelectFamilyAttemptTimeout: number;
}

/** Long enough for the first repetition of a lost packet, which Linux sends after 1 s, and its answer from the other side of the world. */
const longestAttemptMs = 2_500;

/** Node's default. A call in a hurry gives an address this long, if that leaves time for another. */
const shortestAttemptMs = 250;

/**
 * For a request: each address of a name but the last gets a quarter of the time that the whole call has, within bounds, before the next is tried.
 * One that drops packets then leaves time for the others.
 */
export function addressSelection(deadlineMs: number): AddressSelection {
  const leastMs = Math.min(shortestAttemptMs, deadlineMs / 2);
  const attemptMs = Math.min(Math.max(deadlineMs / 4, leastMs), longestAttemptMs);
  return { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: Math.ceil(attemptMs) };
}

/** Why there was no answer. Where several addresses were tried, the error itself has no message: each attempt has one, with its address. */
export function networkReason(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map((attempt) => (attempt instanceof Error ? attempt.message : String(attempt))).join(', ');
  return error.message || ('code' in error && typeof error.code === 'string' ? error.code : error.name);
}
