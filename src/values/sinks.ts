import * as z from 'zod/mini';
import { headerName, ownHeaders, secretNames } from '../../runtime/src/contract/http-headers.ts';
import { noProxy } from '../../runtime/src/contract/http-sink-settings.ts';
import { sinkSchemas } from '../../runtime/src/contract/sink-settings.ts';
import { dataKey, objectName } from './names.ts';
import { nullable, type Schema } from './value.ts';

const types = ['stdout', 'file', 'http'] as const;

const keyRef: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'key'],
  properties: {
    name: { type: 'string', ...objectName },
    key: { type: 'string', ...dataKey },
  },
};

/** Absolute, and no step of it is empty, `.` or `..`. */
const filePath = { type: 'string', pattern: '^(/([^/.]|[.][^/.]|[.][.][^/])[^/]*)+$' };

/** Where a secret is: one of these places. */
function secretAt(places: Readonly<Record<string, Schema>>, more: Readonly<Record<string, Schema>> = {}): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    oneOf: Object.keys(places).map((place) => ({ required: [place] })),
    properties: { ...places, ...more },
  };
}

const places = { secretRef: keyRef, file: filePath, env: { type: 'string', minLength: 1 } };

const secretPlace = secretAt(places);
const secretHeader = secretAt(places, { prefix: { type: 'string' } });

const headers: Schema = {
  type: 'object',
  patternProperties: {
    // What is not a name, rather than `propertyNames`: Helm 3.22 reports what that refuses at a random other place.
    [notOf(headerName)]: false,
    [inAnyCase(`^(${[...ownHeaders].join('|')})$`)]: false,
    // A secret that is written into values is in the release and in the pod before a collector can refuse it.
    [inAnyCase(secretNames.source)]: orNull(secretHeader),
  },
  additionalProperties: { if: { type: ['string', 'null'] }, else: secretHeader },
};

const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const host = '([^/?#@:\\[\\]\\s\\\\]+|\\[[0-9A-Fa-f:.]+\\])';
const url = `^${inAnyCase('https?')}://${host}(:${port})?([/?][^#\\s\\\\]*)?$`;
const proxy = `^(${noProxy}|${inAnyCase('http')}://${host}(:${port})?/?)$`;

const basic = {
  type: 'object',
  additionalProperties: false,
  required: ['username', 'password'],
  properties: { username: textOrPlace('^[^:]+$'), password: secretPlace },
};

/** What values say otherwise, or JSON Schema does. */
const written: Readonly<Record<string, Schema>> = {
  path: filePath,
  url: textOrPlace(url),
  headers: nullable(headers),
  basic: nullable(basic),
  ca: orNull(secretAt({ secretRef: keyRef, configMapRef: keyRef, file: filePath })),
  cert: orNull(secretPlace),
  key: orNull(secretPlace),
  proxy: orNull(textOrPlace(proxy)),
};

const needed = { stdout: [], file: ['path'], http: ['url'] } as const;

/** What a mistake in values costs most is told here; the collector itself checks all of the list. */
export const sinksSchema: Schema = {
  items: {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', enum: types } },
    allOf: types.map((type) => ({
      if: { properties: { type: { not: { const: type } } } },
      else: { required: needed[type], additionalProperties: false, properties: optionsOf(type) },
    })),
  },
};

/** What is written out has to match; a secret is named by its place. */
function textOrPlace(pattern: string): Schema {
  return { pattern, if: { type: 'string' }, else: secretPlace };
}

function optionsOf(type: (typeof types)[number]): Schema {
  const properties = optionalMembers(z.toJSONSchema(sinkSchemas[type], { target: 'draft-7', io: 'input' }));
  return { ...properties, ...Object.fromEntries(Object.entries(written).filter(([name]) => name in properties)) };
}

/** An option that may be left out may be null, too. */
function optionalMembers({ properties = {}, required = [] }: Schema): Readonly<Record<string, Schema>> {
  const members = Object.entries(properties as Readonly<Record<string, Schema>>).map(([name, member]) => {
    const option = member['properties'] === undefined ? member : { ...member, properties: optionalMembers(member) };
    return [name, (required as readonly string[]).includes(name) ? option : nullable(option)] as const;
  });
  return Object.fromEntries(members);
}

function orNull(schema: Schema): Schema {
  return { if: { type: 'null' }, else: schema };
}

/** What a class of characters, once or more, does not match. */
function notOf({ source }: RegExp): string {
  const [, characters] = /^\^\[(.+)\]\+\$$/.exec(source) ?? [];
  if (characters === undefined) throw new Error(`${source} must be one class of characters, once or more`);
  return `^$|[^${characters}]`;
}

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
