/** Lists, in pages that all show the state of one revision. Source: kubernetes/apiserver v0.36 `pkg/storage/etcd3/store.go` (GetList). */
import { continueBehind, decodeContinue, encodeContinue } from './continue-token.ts';
import { FieldSelector } from './field-selector.ts';
import { CompactedError, type Entry, type History } from './history.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { type Collection, keyOf, prefixOf, type StoredObject, toldAt } from './object.ts';
import { readVersion, unreadableVersion } from './resource-version.ts';
import { badRequest, expired, tooLargeVersion } from './status.ts';

/** As it stands in a URL. */
export interface ListQuery {
  readonly fieldSelector?: string | undefined;
  readonly limit?: string | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
}

export interface ObjectList {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  /** Without kind and apiVersion. */
  readonly items: readonly StoredObject[];
}

interface Page {
  readonly entries: readonly Entry<StoredObject>[];
  readonly remaining: number;
}

interface Start {
  readonly revision: number;
  readonly from: string;
  readonly isContinued: boolean;
}

export function list(history: History<StoredObject>, collection: Collection, query: ListQuery): ObjectList {
  const { kind } = collection;
  const prefix = prefixOf(collection);
  const selector = FieldSelector.parse(query.fieldSelector ?? '', kind);
  const limit = readLimit(query.limit);
  const start = startOf(history, prefix, kind, query, limit);
  const { entries, remaining } = readPage(history, collection, selector, start, limit);
  const last = entries.at(-1);
  const more = last === undefined || remaining === 0 ? undefined : continueBehind(last.key, prefix, start.revision);
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(start.revision),
      ...(more === undefined ? {} : { continue: more }),
      ...(more === undefined || !selector.isEmpty ? {} : { remainingItemCount: remaining }),
    },
    items: entries.map(({ value, revision }) => {
      const { kind: _kind, apiVersion: _version, ...item } = toldAt(value, revision);
      return item;
    }),
  };
}

function readPage(
  history: History<StoredObject>,
  collection: Collection,
  selector: FieldSelector,
  { revision, from, isContinued }: Start,
  limit: number | undefined,
): Page {
  const prefix = prefixOf(collection);
  const name = selector.required('metadata.name');
  const namespace = collection.namespace ?? selector.required('metadata.namespace');
  try {
    if (selector.isEmpty) return history.range({ prefix, from, limit, revision });
    const all =
      name !== undefined && (namespace !== undefined || !collection.kind.namespaced)
        ? [history.get(keyOf({ ...collection, namespace, name }), revision)].filter((entry) => entry !== undefined)
        : history.range({ prefix, from, revision }).entries;
    const matching = all.filter(({ value }) => selector.matches(value));
    const entries = matching.slice(0, limit);
    return { entries, remaining: matching.length - entries.length };
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    throw isContinued
      ? expired(restMessage, encodeContinue({ revision: -1, start: from.slice(prefix.length) }))
      : expired('The resourceVersion for the provided list is too old.');
  }
}

const restMessage =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

function startOf(
  history: History<StoredObject>,
  prefix: string,
  kind: Kind,
  query: ListQuery,
  limit: number | undefined,
): Start {
  const { resourceVersion = '', resourceVersionMatch, continue: text = '' } = query;
  const wanted = readVersion(resourceVersion);
  if (wanted === undefined) {
    const why = `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: ${unreadableVersion(resourceVersion)}`;
    throw badRequest(`invalid resource version: ${why}`);
  }
  if (text !== '') {
    if (wanted !== 0) throw badRequest('specifying resource version is not allowed when using continue');
    const { revision, start } = decodeContinue(text);
    return { revision: revision < 0 ? history.revision : revision, from: prefix + start, isContinued: true };
  }
  if (wanted > history.revision) throw tooLargeVersion(wanted, history.revision, kind.cached);
  // A limit without a match asks for exactly that version, by an old rule.
  const exact =
    wanted > 0 && (resourceVersionMatch === 'Exact' || (resourceVersionMatch === undefined && limit !== undefined));
  return { revision: exact ? wanted : history.revision, from: prefix, isContinued: false };
}

/** @returns undefined where there is none */
function readLimit(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '0') return undefined;
  if (!/^[0-9]+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
