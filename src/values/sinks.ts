import { secretNames } from '../../runtime/src/contract/http-headers.ts';
import { sinkOptions } from '../../runtime/src/contract/sink-settings.ts';
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

const secretHeader: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { secretRef, file: { type: 'string' }, env: { type: 'string' }, prefix: { type: 'string' } },
};

const headers: Schema = {
  type: 'object',
  // A secret that is written into values is in the release and in the pod before a collector can refuse it.
  patternProperties: { [inAnyCase(secretNames.source)]: secretHeader },
  additionalProperties: { ...secretHeader, type: ['string', 'object'] },
};

const options: Readonly<Record<string, Schema>> = {
  required: { type: 'boolean' },
  path: { type: 'string', pattern: '^/' },
  url: { type: 'string', pattern: '^https?://[^/?#@\\s\\\\]+([/?][^#\\s\\\\]*)?$' },
  headers,
  format: { enum: ['json', 'ndjson'] },
  gzip: { type: 'boolean' },
  ca: { type: 'object', additionalProperties: false, properties: { secretRef, file: { type: 'string' } } },
};

const needed = { stdout: [], file: ['path'], http: ['url'] } as const;

/** What a mistake in values costs most is told here; the collector itself checks all of the list. */
export const sinksSchema: Schema = {
  items: {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', enum: Object.keys(sinkOptions) } },
    allOf: (['stdout', 'file', 'http'] as const).map((type) => ({
      if: { properties: { type: { not: { const: type } } } },
      else: {
        required: needed[type],
        additionalProperties: false,
        properties: Object.fromEntries(sinkOptions[type].map((name) => [name, options[name] ?? {}])),
      },
    })),
  },
};

/** Helm's regular expressions could ignore case by themselves; those of editors cannot. */
function inAnyCase(pattern: string): string {
  return pattern.replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

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
