import { ApiObject, App, Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { createHelmTest } from '../../src/helm/helm-test.ts';
import { modelOfValues } from '../../src/helm/model-of-values.ts';
import { knownRelease } from '../../src/helm/release.ts';
import { createObjects } from '../../src/objects.ts';
import { valuesOver } from '../../src/values/values.ts';

export type Given = Readonly<Record<string, unknown>>;

export interface ReleaseName {
  readonly release: string;
  readonly namespace: string;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What the constructs make of values, without any template. */
export function synthesized(given: Given, { release, namespace }: ReleaseName): readonly Manifest[] {
  const values = valuesOver(given);
  const model = modelOfValues(values, knownRelease(values, release, namespace));
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  createObjects(chart, model, {
    podTemplate: (template) => template,
    createWorkload: (id, manifest) => new ApiObject(chart, id, manifest),
  });
  createHelmTest(chart, model);
  const objects = [...(chart.toJson() as unknown[]), ...(values.extraObjects as readonly unknown[])];
  return normalized(objects.map(withBigIntegers));
}

function withBigIntegers(value: unknown): unknown {
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map(withBigIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withBigIntegers(part)]));
}

/**
 * What Helm has printed. Read as YAML 1.2: 1.1 in JavaScript takes a lone dot for a number, Go does not. Whole numbers are told from those that are
 * written as others, such as 5e+06, which the API server refuses.
 */
export function rendered(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.2', intAsBigInt: true });
  return normalized(
    documents.map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as unknown;
    }),
  );
}

/** Nothing but: documents in one order, without nulls and without empty maps in metadata. Keys need no order to be compared. */
function normalized(documents: readonly unknown[]): readonly Manifest[] {
  return documents
    .filter((document) => document !== null && document !== undefined)
    .map((document) => cleaned(document) as Manifest)
    .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

function place({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace} ${metadata.name}`;
}

function cleaned(value: unknown, inMetadata = false): unknown {
  if (Array.isArray(value)) return value.map((item) => cleaned(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, part]): [string, unknown] => [key, cleaned(part, key === 'metadata')])
    .filter(([, part]) => part !== null && part !== undefined)
    .filter(([, part]) => !(inMetadata && typeof part === 'object' && Object.keys(part as object).length === 0));
  return Object.fromEntries(entries);
}
