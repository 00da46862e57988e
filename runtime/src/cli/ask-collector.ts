import { get, type IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import { readBody } from '../kube/answer-body.ts';
import type { Status } from '../operations/status.ts';
import type { Clock } from '../support/clock.ts';
import { startDeadline } from '../support/deadline.ts';
import type { CollectorView } from './view.ts';

const timeoutMs = 5_000;
const largestAnswerBytes = 1_048_576;

/** As much of it as a later or an earlier version is likely to have too. */
const statusSchema = z.object({
  version: z.string(),
  identity: z.string(),
  role: z.enum(['off', 'candidate', 'leader']),
  holder: z.optional(z.string()),
  term: z.optional(z.number()),
  token: z.optional(
    z.object({
      position: z.string(),
      history: z.number(),
      asOf: z.optional(z.string()),
      ageSeconds: z.optional(z.number()),
    }),
  ),
  window: z.optional(z.object({ bytes: z.number(), records: z.number(), full: z.boolean() })),
  secondsToLoss: z.optional(z.number()),
  sinks: z.array(
    z.object({
      name: z.string(),
      required: z.boolean(),
      state: z.enum(['ok', 'retrying', 'misconfigured']),
      delivered: z.number(),
      failingSince: z.optional(z.string()),
      lastError: z.optional(z.string()),
    }),
  ),
  warnings: z.array(z.string()),
});

/** Asks the collector of this pod. @returns why not, in words, where none answers */
export async function askCollector(port: number, clock: Clock): Promise<CollectorView | string> {
  if (port === 0) return 'health_port is 0: the collector took any free port, which only its log names';
  const deadline = startDeadline(clock, timeoutMs, undefined);
  try {
    const { json } = await readBody(await request(port, deadline.signal), largestAnswerBytes);
    const parsed = statusSchema.safeParse(json);
    if (!parsed.success) return `what answers on port ${port} is no collector`;
    return { from: 'collector', status: parsed.data as Status, json };
  } catch (error) {
    if (error instanceof SyntaxError) return `what answers on port ${port} is no collector`;
    const { code, message } = (deadline.signal.aborted ? deadline.signal.reason : error) as NodeJS.ErrnoException;
    return `no collector answers on port ${port}: ${code ?? message}`;
  } finally {
    deadline.release();
  }
}

function request(port: number, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/status', agent: false, signal }, resolve).on('error', reject);
  });
}
