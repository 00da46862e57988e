import { dataKey, objectName } from './names.ts';
import type { Schema } from './value.ts';

const secretRef: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'key'],
  properties: {
    name: { type: 'string', ...objectName },
    key: { type: 'string', ...dataKey },
  },
};

const header: Schema = {
  type: ['string', 'object'],
  additionalProperties: false,
  properties: { secretRef, file: { type: 'string' }, env: { type: 'string' }, prefix: { type: 'string' } },
};

/** What a mistake in values costs most is told here; the collector itself checks all of the list. */
export const sinksSchema: Schema = {
  items: {
    type: 'object',
    required: ['type'],
    properties: {
      type: { type: 'string', enum: ['stdout', 'file', 'http'] },
      url: { type: 'string', pattern: '^https?://[^\\s#]+$' },
      headers: { type: 'object', additionalProperties: header },
      ca: { type: 'object', additionalProperties: false, properties: { secretRef, file: { type: 'string' } } },
    },
  },
};

/** One working example of each. */
export const sinksExample = `- type: stdout
  required: false
- type: file # the path has to lie in a volume: see extraVolumes and extraVolumeMounts
  path: /events/events.jsonl
- type: http
  url: https://collector.example.com/events
  format: ndjson
  gzip: true
  headers:
    Authorization:
      secretRef: {name: collector, key: token}
      prefix: "Bearer "
  ca:
    secretRef: {name: collector, key: ca.crt}
`;
