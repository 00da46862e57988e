import type { IncomingMessage } from 'node:http';
import { CollectorError } from '../support/errors.ts';

export interface AnswerBody {
  readonly json: unknown;
  readonly bytes: number;
}

/**
 * Reads an answer to its end. What stands before an API server may refuse in plain text, which becomes the message of the refusal; a success
 * has to be JSON.
 *
 * @throws API_BROKEN for more than `maximumBytes`, whose rest is not read; SyntaxError; what the socket throws
 */
export async function readBody(response: IncomingMessage, maximumBytes: number): Promise<AnswerBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maximumBytes) throw new CollectorError('API_BROKEN', `the answer is larger than ${maximumBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return { json: parse(Buffer.concat(chunks, bytes), response.statusCode ?? 0), bytes };
}

function parse(body: Buffer, status: number): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError && status >= 300) return { message: body.toString('utf8', 0, 2_000) };
    throw error;
  }
}
