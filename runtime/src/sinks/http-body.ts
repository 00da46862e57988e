import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { SinkRecord } from '../contract/event-record.ts';
import type { SendOptions } from '../delivery/sink.ts';
import { encodeLine, encodeLines } from './encode.ts';

export interface HttpBody {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const compressed = promisify(gzip);

/** A batch as it travels, with the headers that describe it. Equal batches have equal keys, but on another occasion. */
export async function httpBody(
  batch: readonly SinkRecord[],
  { format, contentType, gzip: isCompressed }: Pick<HttpSinkSettings, 'format' | 'contentType' | 'gzip'>,
  { occasion }: SendOptions = {},
): Promise<HttpBody> {
  const plain = format === 'ndjson' ? encodeLines(batch) : Buffer.from(`[${batch.map(encodeLine).join(',')}]`);
  const bytes = isCompressed ? await compressed(plain) : plain;
  return {
    bytes,
    headers: {
      'content-type': contentType ?? (format === 'ndjson' ? 'application/x-ndjson' : 'application/json'),
      'content-length': String(bytes.length),
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
      'idempotency-key': idempotencyKey(batch, occasion),
    },
  };
}

function idempotencyKey(batch: readonly SinkRecord[], occasion: string | undefined): string {
  const ids = batch.map(({ id }) => id);
  return createHash('sha256')
    .update([...ids, ...(occasion === undefined ? [] : ['', occasion])].join('\n'))
    .digest('hex');
}
