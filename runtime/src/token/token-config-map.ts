/**
 * How the token stands in its ConfigMap: the Agent's two data keys, and the whole of it once more in annotations, so that a key that
 * somebody moved is told from one that we wrote. Keys, labels and annotations of others stay as they are.
 */
import {
  asOfAnnotation,
  claimAnnotation,
  claimLastsAnnotation,
  claimLockAnnotation,
  claimRenewedAnnotation,
  clusterUidAnnotation,
  factsAnnotation,
  historyAnnotation,
  gapFromAnnotation,
  sinksAnnotation,
  tokenAnnotation,
  tokenKey,
  tokenTimestampKey,
} from '../contract/names.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import { assembleToken, formatSinks, formatTime, parseObject, type ResumeToken } from './resume-token.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What a ConfigMap says about the token, unjudged. */
export interface StoredToken {
  /** `event.tokenKey` as it stands there. */
  readonly key: string | undefined;
  /** `event.tokenTimestamp`, in milliseconds since 1970; undefined where it is missing or unreadable. */
  readonly keyTime: number | undefined;
  readonly annotation: ResumeToken | undefined;
  /** Whose claim stands on it. */
  readonly claim: string | undefined;
  /** By which lock its holder leads. */
  readonly claimLock: string | undefined;
  /** When it was last written, as text; its clock is not ours. */
  readonly claimRenewed: string | undefined;
  /** How long it stands without a write, in milliseconds. */
  readonly claimLastsMs: number | undefined;
  /** The ConfigMap's uid and resourceVersion; undefined where there is no ConfigMap. */
  readonly version: string | undefined;
}

/** Who writes, and by which lock. */
export interface Claim {
  readonly holder: string;
  readonly lock: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How long it stands without a write, in milliseconds. */
  readonly lastsMs: number;
}

export const nothingStored: StoredToken = {
  key: undefined,
  keyTime: undefined,
  annotation: undefined,
  claim: undefined,
  claimLock: undefined,
  claimRenewed: undefined,
  claimLastsMs: undefined,
  version: undefined,
};

export function readConfigMap(object: ConfigMap | undefined): StoredToken {
  if (object === undefined) return nothingStored;
  const annotations = new Map(Object.entries(object.metadata?.annotations ?? {}));
  const data = new Map(Object.entries(object.data ?? {}));
  const history = annotations.get(historyAnnotation);
  const lasts = annotations.get(claimLastsAnnotation);
  const { uid, resourceVersion } = object.metadata ?? {};
  return {
    key: data.get(tokenKey),
    keyTime: parseTimestamp(data.get(tokenTimestampKey)),
    annotation: assembleToken({
      position: annotations.get(tokenAnnotation),
      asOf: annotations.get(asOfAnnotation),
      history: history !== undefined && /^[0-9]{1,9}$/.test(history) ? Number(history) : undefined,
      sinks: jsonObject(annotations.get(sinksAnnotation)),
      clusterUid: annotations.get(clusterUidAnnotation),
      gapFrom: jsonObject(annotations.get(gapFromAnnotation)),
      facts: jsonObject(annotations.get(factsAnnotation)),
    }),
    claim: annotations.get(claimAnnotation),
    claimLock: annotations.get(claimLockAnnotation),
    claimRenewed: annotations.get(claimRenewedAnnotation),
    claimLastsMs: lasts !== undefined && /^[0-9]{1,7}$/.test(lasts) ? Number(lasts) * 1_000 : undefined,
    version: uid === undefined ? undefined : `${uid}/${resourceVersion}`,
  };
}

/** What tells whether somebody else has claimed since: the claim, or, where none could be written, the state of the ConfigMap. */
export function markOf({ claim, version }: StoredToken): string | undefined {
  return claim ?? version;
}

/**
 * @param base the object last received; undefined: a new one of this name is made
 * @param claim undefined: nobody claims it any more
 */
export function writeConfigMap(
  base: ConfigMap | undefined,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  claim: Claim | undefined,
  token: ResumeToken,
): ConfigMap {
  const before: ConfigMap = base ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
  const kept = Object.fromEntries(
    Object.entries(before.metadata?.annotations ?? {}).filter(([key]) => !replacedAnnotations.has(key)),
  );
  const { [tokenTimestampKey]: _time, ...data } = before.data ?? {};
  return {
    ...before,
    metadata: { ...before.metadata, annotations: { ...kept, ...annotationsOf(claim, token) } },
    data: { ...data, ...dataOf(token) },
  };
}

/** Those that a write leaves out where it has no value for them. */
const replacedAnnotations: ReadonlySet<string> = new Set([
  claimAnnotation,
  claimLockAnnotation,
  claimRenewedAnnotation,
  claimLastsAnnotation,
  gapFromAnnotation,
  asOfAnnotation,
  factsAnnotation,
]);

function annotationsOf(claim: Claim | undefined, token: ResumeToken): Readonly<Record<string, string>> {
  return {
    ...claimAnnotations(claim),
    [tokenAnnotation]: String(token.position),
    [historyAnnotation]: String(token.history),
    [sinksAnnotation]: JSON.stringify(formatSinks(token.sinks)),
    ...(token.asOf === undefined ? {} : { [asOfAnnotation]: formatTime(token.asOf) }),
    ...(token.clusterUid === undefined ? {} : { [clusterUidAnnotation]: token.clusterUid }),
    ...(token.gapFrom === undefined ? {} : { [gapFromAnnotation]: JSON.stringify(token.gapFrom) }),
    ...(token.facts === undefined ? {} : { [factsAnnotation]: JSON.stringify(token.facts) }),
  };
}

function claimAnnotations(claim: Claim | undefined): Readonly<Record<string, string>> {
  if (claim === undefined) return {};
  const { holder, lock, at, lastsMs } = claim;
  // A write that changes nothing leaves the resourceVersion as it is, and would not show that its writer lives.
  return {
    [claimAnnotation]: holder,
    [claimLockAnnotation]: lock,
    [claimRenewedAnnotation]: formatTimestamp(at),
    [claimLastsAnnotation]: String(Math.ceil(lastsMs / 1_000)),
  };
}

function dataOf({ position, asOf }: ResumeToken): Readonly<Record<string, string>> {
  return {
    [tokenKey]: String(position),
    ...(asOf === undefined ? {} : { [tokenTimestampKey]: formatTimestamp(asOf) }),
  };
}

function jsonObject(text: string | undefined): unknown {
  const members = parseObject(text);
  return members === undefined ? undefined : Object.fromEntries(members);
}
