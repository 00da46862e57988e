import { describe, expect, test } from 'vitest';
import {
  type Claim,
  type ConfigMap,
  nothingStored,
  readConfigMap,
  writeConfigMap,
} from '../../../runtime/src/token/token-config-map.ts';
import { tokenAt } from './tokens.ts';

const place = { namespace: 'monitoring', name: 'datadogtoken' };
const asOf = Date.parse('2030-01-01T10:00:00.250Z');
const full = tokenAt(12_345_678_901_234_567_890n, {
  asOf,
  history: 3,
  sinks: new Map([['archive', 12_345_678_901_234_567_899n]]),
  gapFrom: { resourceVersion: '17', time: '2030-01-01T09:00:00.000Z' },
});

function claimOf(holder: string): Claim {
  return { holder, lock: 'leases/the-lock', at: Date.parse('2030-01-01T10:00:03Z'), lastsMs: 660_000 };
}

describe('the ConfigMap of the token', () => {
  test("holds the Agent's two keys, and in annotations all that the next leader needs", () => {
    expect(writeConfigMap(undefined, place, claimOf('collector-a/7'), full)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...place,
        annotations: {
          'eventbaton.io/claim': 'collector-a/7',
          'eventbaton.io/claim-lock': 'leases/the-lock',
          'eventbaton.io/claim-renewed': '2030-01-01T10:00:03Z',
          'eventbaton.io/claim-lasts': '660',
          'eventbaton.io/token': '12345678901234567890',
          'eventbaton.io/as-of': '2030-01-01T10:00:00.250Z',
          'eventbaton.io/history': '3',
          'eventbaton.io/sinks': '{"archive":"12345678901234567899"}',
          'eventbaton.io/cluster-uid': 'cluster',
          'eventbaton.io/gap-from': '{"resourceVersion":"17","time":"2030-01-01T09:00:00.000Z"}',
        },
      },
      data: { 'event.tokenKey': '12345678901234567890', 'event.tokenTimestamp': '2030-01-01T10:00:00Z' },
    });
  });

  test.each([full, tokenAt(0n), tokenAt(7n, { clusterUid: undefined })])('reads back as it was written', (token) => {
    const stored = readConfigMap(writeConfigMap(undefined, place, claimOf('collector-a/7'), token));
    expect(stored.annotation).toEqual(token);
    expect(stored.key).toBe(String(token.position));
    expect(stored).toMatchObject({ claim: 'collector-a/7', claimLock: 'leases/the-lock', claimLastsMs: 660_000 });
  });

  test('carries no claim any more after the last write of an orderly end', () => {
    const before = writeConfigMap(undefined, place, claimOf('collector-a/7'), full);
    const stored = readConfigMap(writeConfigMap(before, place, undefined, full));
    expect(stored).toMatchObject({ claim: undefined, claimLock: undefined, annotation: full });
  });

  test('keeps keys, labels, annotations and fields of others as they were', () => {
    const foreign = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...place,
        uid: 'u',
        resourceVersion: '9',
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'x' },
      },
      data: { 'event.tokenKey.tokenKey': '1', 'event.tokenKey': '5', note: 'keep me' },
      binaryData: { blob: 'AA==' },
    };
    const written = writeConfigMap(foreign, place, claimOf('collector-a/7'), full);
    expect(written).toMatchObject({
      binaryData: foreign.binaryData,
      metadata: { ...foreign.metadata, annotations: foreign.metadata.annotations },
      data: { 'event.tokenKey.tokenKey': '1', note: 'keep me', 'event.tokenKey': '12345678901234567890' },
    });
  });

  test('says no more of what was known once and is not any more', () => {
    const before = writeConfigMap(undefined, place, claimOf('collector-a/7'), full);
    const after = writeConfigMap(before, place, claimOf('collector-a/8'), tokenAt(20n));
    expect(readConfigMap(after)).toMatchObject({ keyTime: undefined, annotation: tokenAt(20n) });
    expect(after.data).toEqual({ 'event.tokenKey': '20' });
  });

  test.each<ConfigMap | undefined>([
    undefined,
    {},
    { metadata: { name: 'datadogtoken' } },
    { metadata: { annotations: {} }, data: {} },
  ])('as the manifests bring it holds nothing: %j', (object) => {
    expect(readConfigMap(object)).toEqual(nothingStored);
  });

  test("as the Agent leaves it is read from the key alone, in each version's form", () => {
    const agents = (key: string, time: string) =>
      readConfigMap({ data: { 'event.tokenKey': key, 'event.tokenTimestamp': time } });
    expect(agents('220', '27 Feb 18 10:04 UTC')).toEqual({
      ...nothingStored,
      key: '220',
      keyTime: Date.parse('2018-02-27T10:04:00Z'),
    });
    expect(agents('', '2030-01-01T10:00:00+02:00')).toMatchObject({
      key: '',
      keyTime: Date.parse('2030-01-01T08:00:00Z'),
    });
    expect(agents('0', 'soon')).toMatchObject({ key: '0', keyTime: undefined });
  });

  test.each([
    ['without a position', { 'eventbaton.io/history': '0' }],
    ['without a history', { 'eventbaton.io/token': '5' }],
    ['with a history that is no number', { 'eventbaton.io/token': '5', 'eventbaton.io/history': '0x1' }],
    ['with a negative history', { 'eventbaton.io/token': '5', 'eventbaton.io/history': '-1' }],
    ['with a position that is no number', { 'eventbaton.io/token': 'latest', 'eventbaton.io/history': '0' }],
  ])('has no annotated position %s', (_, annotations) => {
    expect(readConfigMap({ metadata: { annotations } }).annotation).toBeUndefined();
  });

  test('with unreadable annotations beside a readable position still has that position', () => {
    const annotations = {
      'eventbaton.io/token': '5',
      'eventbaton.io/history': '1',
      'eventbaton.io/as-of': 'noon',
      'eventbaton.io/sinks': '[',
      'eventbaton.io/gap-from': '"17"',
    };
    expect(readConfigMap({ metadata: { annotations } }).annotation).toEqual(
      tokenAt(5n, { history: 1, clusterUid: undefined }),
    );
  });
});
