/**
 * Reads what a client sends as the API server's Go types do: unknown fields are dropped, wrong types and times are a bad request, and what Go
 * would omit is not kept, so that an equal object is recognised as equal.
 *
 * Source: kubernetes/api v0.36 `core/v1`, `coordination/v1`; kubernetes/apimachinery v0.36 `pkg/apis/meta/v1/{time,micro_time}.go`.
 */
import { isObject, type Json, type JsonObject } from './object.ts';
import { badRequest } from './status.ts';

/** optional: omitted where empty or zero. pointer: kept as it is, omitted where null. Maps are of text to text. */
type FieldType =
  | 'optional string'
  | 'pointer string'
  | 'optional int32'
  | 'pointer int32'
  | 'time'
  | 'micro time'
  | 'map'
  | 'anything'
  | Schema;

interface Schema {
  readonly [field: string]: FieldType;
}

const metadata: Schema = {
  name: 'optional string',
  generateName: 'optional string',
  namespace: 'optional string',
  uid: 'optional string',
  resourceVersion: 'optional string',
  creationTimestamp: 'time',
  deletionTimestamp: 'time',
  labels: 'map',
  annotations: 'map',
  finalizers: 'anything',
  ownerReferences: 'anything',
};

const reference: Schema = {
  kind: 'optional string',
  namespace: 'optional string',
  name: 'optional string',
  uid: 'optional string',
  apiVersion: 'optional string',
  resourceVersion: 'optional string',
  fieldPath: 'optional string',
};

const schemas: Readonly<Record<string, Schema>> = {
  Event: {
    involvedObject: reference,
    reason: 'optional string',
    message: 'optional string',
    source: { component: 'optional string', host: 'optional string' },
    firstTimestamp: 'time',
    lastTimestamp: 'time',
    count: 'optional int32',
    type: 'optional string',
    eventTime: 'micro time',
    series: { count: 'optional int32', lastObservedTime: 'micro time' },
    action: 'optional string',
    related: reference,
    reportingComponent: 'optional string',
    reportingInstance: 'optional string',
  },
  Lease: {
    spec: {
      holderIdentity: 'pointer string',
      leaseDurationSeconds: 'pointer int32',
      acquireTime: 'micro time',
      renewTime: 'micro time',
      leaseTransitions: 'pointer int32',
      strategy: 'pointer string',
      preferredHolder: 'pointer string',
    },
  },
  ConfigMap: { data: 'map', binaryData: 'map', immutable: 'anything' },
  Endpoints: { subsets: 'anything' },
};

/** What is told even where it is empty. */
const alwaysTold: Readonly<Record<string, JsonObject>> = {
  Event: {
    involvedObject: {},
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
  },
  Lease: { spec: {} },
};

/** What a bookmark shows of an object. */
export function emptyContent(kind: string): JsonObject {
  return alwaysTold[kind] ?? {};
}

/** @param kind one without a schema here keeps everything but unknown metadata */
export function readObject(kind: string, sent: JsonObject): JsonObject {
  const { kind: _kind, apiVersion: _version, metadata: sentMetadata, ...content } = sent;
  const schema = schemas[kind];
  const read = schema === undefined ? withoutNulls(content) : readFields(schema, content, kind, '');
  return {
    ...emptyContent(kind),
    ...read,
    metadata: readFields(metadata, sentMetadata ?? {}, kind, 'metadata.'),
  };
}

function readFields(schema: Schema, sent: Json, kind: string, path: string): JsonObject {
  if (!isObject(sent)) throw wrongType(kind, path.slice(0, -1), sent, 'object');
  const fields = Object.entries(schema).map(([field, type]) => [
    field,
    readField(type, Object.hasOwn(sent, field) ? sent[field] : undefined, kind, path + field),
  ]);
  return withoutNulls(Object.fromEntries(fields) as JsonObject);
}

function readField(type: FieldType, sent: Json | undefined, kind: string, path: string): Json | undefined {
  if (sent === undefined || sent === null) return undefined;
  if (typeof type === 'object') return readFields(type, sent, kind, `${path}.`);
  return readers[type](sent, kind, path);
}

const readers: Readonly<
  Record<Exclude<FieldType, Schema>, (sent: Json, kind: string, path: string) => Json | undefined>
> = {
  'optional string': (...field) => textOf(...field) || undefined,
  'pointer string': textOf,
  'optional int32': (...field) => integerOf(...field) || undefined,
  'pointer int32': integerOf,
  time: (sent, kind, path) => timeOf(textOf(sent, kind, path), kind),
  'micro time': (sent, kind, path) => microTimeOf(textOf(sent, kind, path), kind),
  map: mapOf,
  anything: (sent) => sent,
};

function textOf(sent: Json, kind: string, path: string): string {
  if (typeof sent !== 'string') throw wrongType(kind, path, sent, 'string');
  return sent;
}

function integerOf(sent: Json, kind: string, path: string): number {
  if (typeof sent !== 'number' || (sent | 0) !== sent) throw wrongType(kind, path, sent, 'int32');
  return sent;
}

function mapOf(sent: Json, kind: string, path: string): JsonObject | undefined {
  if (!isObject(sent)) throw wrongType(kind, path, sent, 'map[string]string');
  const entries = Object.entries(sent).map(([key, value]) => [
    key,
    value === null ? '' : textOf(value ?? '', kind, path),
  ]);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as JsonObject);
}

const wholeTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const sixDigits = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})(Z|[+-]\d\d:\d\d)$/;

function timeOf(text: string, kind: string): string {
  const [, whole, zone] = wholeTime.exec(text) ?? [];
  return `${utcSeconds(whole, zone, text, kind, '2006-01-02T15:04:05Z07:00')}Z`;
}

function microTimeOf(text: string, kind: string): string {
  const [, whole, micros, zone] = sixDigits.exec(text) ?? [];
  return `${utcSeconds(whole, zone, text, kind, '2006-01-02T15:04:05.000000Z07:00')}.${micros}Z`;
}

function utcSeconds(
  whole: string | undefined,
  zone: string | undefined,
  text: string,
  kind: string,
  layout: string,
): string {
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) throw unreadable(kind, `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse`);
  return new Date(ms).toISOString().slice(0, 19);
}

function wrongType(kind: string, path: string, sent: Json, wanted: string): Error {
  const found = Array.isArray(sent) ? 'array' : typeof sent;
  return unreadable(kind, `json: cannot unmarshal ${found} into Go struct field ${kind}.${path} of type ${wanted}`);
}

function unreadable(kind: string, why: string): Error {
  return badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${why}`);
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
