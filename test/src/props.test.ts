import { fc, runs } from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { EventCollectorProps } from '../../src/index.ts';
import { asYaml, type Manifest, manifests, problemsWith, workloads, workloadsAmong } from './manifests.ts';
import { anyProps, nastyTexts } from './props-arbitrary.ts';
import { problemsIn, selectorsOfAll } from './valid-manifests.ts';

const propNames: readonly (keyof EventCollectorProps)[] = [
  ...(['namespace', 'name', 'watchNamespace', 'settings', 'settingsFile', 'replicas', 'pools'] as const),
  ...(['serviceAccount', 'tokenConfigMap', 'podMonitor', 'networkPolicy', 'labels', 'annotations'] as const),
  ...(['image', 'imagePullSecrets', 'podLabels', 'podAnnotations', 'extraEnv', 'extraVolumes'] as const),
  ...(['extraContainers', 'nodeSelector', 'priorityClassName', 'revisionHistoryLimit', 'extraInitContainers'] as const),
  ...(['dnsPolicy', 'hostAliases', 'livenessProbe', 'readinessProbe', 'startupProbe', 'clusterScope'] as const),
];

/** Undefined where the props are refused. */
function rendered(props: EventCollectorProps): readonly Manifest[] | undefined {
  return problemsWith(props).length > 0 ? undefined : manifests(props);
}

/** Of props that are not refused, of which there are about one in six: others are drawn until there are as many. */
function forAll(promise: (objects: readonly Manifest[], props: EventCollectorProps) => void, numRuns = 100): void {
  const property = fc.property(anyProps, (props) => {
    const objects = rendered(props);
    fc.pre(objects !== undefined);
    promise(objects, props);
  });
  fc.assert(property, { numRuns: runs(numRuns) });
}

describe('whatever the props say', () => {
  test('either they are refused with the name of a prop in each problem, or the manifests are valid', () => {
    fc.assert(
      fc.property(anyProps, (props) => {
        const problems = problemsWith(props);
        for (const problem of problems) expect(propNames).toContain(/^[a-zA-Z]+/.exec(problem)?.[0]);
        if (problems.length === 0) expect(problemsIn(manifests(props))).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });

  test('equal props make equal text, and the order of keys in them is irrelevant', () => {
    forAll((objects, props) => {
      expect(JSON.stringify(manifests(props))).toBe(JSON.stringify(objects));
      expect(JSON.stringify(manifests(reordered(props) as EventCollectorProps))).toBe(JSON.stringify(objects));
    });
  });

  test('what is made is plain JSON, and the same again when YAML of either version is read', () => {
    forAll((objects) => {
      expect(JSON.parse(JSON.stringify(objects))).toEqual(objects);
      for (const version of ['1.1', '1.2'] as const) {
        const documents = parseAllDocuments(asYaml(objects), { version });
        expect(Array.from(documents, (document) => document.toJS())).toEqual(objects);
      }
    }, 60);
  });

  test('selectors depend on the name and the pool alone', () => {
    forAll((objects, { name, pools }) => {
      const plain = manifests({ name, pools: pools?.map((pool) => ({ name: pool.name })) });
      const selectors = (of: readonly Manifest[]) => workloadsAmong(of).map(({ spec }) => spec.selector);
      expect(selectors(objects)).toEqual(selectors(plain));
      const [whole] = selectors(manifests({ name }));
      for (const selector of selectorsOfAll(objects)) expect(selector).toEqual(whole);
    });
  });

  test('cluster-scoped objects have no namespace, and a name with it', () => {
    forAll((objects, { name = 'eventbaton', namespace = 'eventbaton' }) => {
      for (const { kind, metadata } of objects.filter((object) => object.kind.startsWith('ClusterRole'))) {
        expect([kind, metadata.name]).toEqual([kind, `${namespace}.${name}`]);
        expect(metadata).not.toHaveProperty('namespace');
      }
    });
  });

  test('they are left as they were, even frozen', () => {
    forAll((objects, props) => {
      const before = JSON.stringify(props);
      expect(manifests(frozen(props))).toEqual(objects);
      expect(JSON.stringify(props)).toBe(before);
    }, 50);
  });
});

/** Its maps with their keys the other way round; lists as they are. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, reordered(part)]),
  );
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe.each(nastyTexts.map((text) => [JSON.stringify(text).slice(0, 30), text] as const))(
  'the text %s',
  (_, text) => {
    const variables = (props: EventCollectorProps) => workloads(props)[0]?.spec.template.spec.containers[0].env ?? [];

    test('arrives unchanged where any text may be', () => {
      const content = text === '' ? 'x' : text;
      const props = {
        annotations: { note: text },
        podAnnotations: { 'pod-note': text },
        extraEnv: [{ name: 'NOTE', value: text }],
        settingsFile: { content },
      };
      const objects = parseAllDocuments(asYaml(manifests(props))).map((document) => document.toJS());
      for (const { metadata } of objects) expect(metadata.annotations).toMatchObject({ note: text });
      const [daemonSet] = workloadsAmong(objects);
      expect(daemonSet?.spec.template.metadata.annotations).toMatchObject({ note: text, 'pod-note': text });
      expect(daemonSet?.spec.template.spec.containers[0].env).toContainEqual({ name: 'NOTE', value: text });
      expect(objects).toContainEqual(expect.objectContaining({ data: { 'eventbaton.yaml': content } }));
    });

    test('is no reference to a variable in a setting', () => {
      const value = text.replaceAll('$', '$$$$');
      const set = variables({ settings: { clusterName: text } }).filter(({ name }) => name === 'DD_CLUSTER_NAME');
      expect(set).toEqual(text === '' ? [] : [{ name: 'DD_CLUSTER_NAME', value }]);
    });
  },
);
