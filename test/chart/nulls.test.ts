import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Entries, isEntries } from '../../src/entries.ts';
import { type Group, isValue } from '../../src/values/value.ts';
import { valuesTree } from '../../src/values/tree.ts';
import { fc, runs } from '../support/fast-check.ts';
import { describeHelms } from '../support/helm.ts';
import { type Given, rendered, synthesized } from './objects.ts';
import { isAccepted, randomValues } from './random-values.ts';
import { writeChart, writeUmbrella } from './written-chart.ts';

type Path = readonly string[];

const sets = runs(25);
const paths = pathsOf(valuesTree);
const randomNulls = fc.subarray([...paths], { minLength: 1 });

/** Limit for one set, in case Helm hangs; a set normally takes 0.2 s on two quiet cores. */
const limitMs = 20_000;

describeHelms('a value that is null', (helm) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventbaton-nulls-'));
  const chart = join(folder, 'chart');
  const umbrella = join(folder, 'umbrella');
  writeChart(chart);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const name = { release: 'eventbaton', namespace: 'eventbaton' };
  const template = async (values: Given) => rendered(await helm().template(chart, { ...name, values }));
  const inParent = async (values: Given, given?: Given) => {
    writeUmbrella(umbrella, values);
    return rendered(await helm().template(umbrella, { ...name, ...(given === undefined ? {} : { values: given }) }));
  };

  test('has its default, wherever it is', async () => {
    const defaults = synthesized({}, name);
    const all = withNulls(
      {},
      paths.filter((path) => path.length === 1),
    );
    expect(await template(all)).toEqual(defaults);
    expect(await template(withNulls({}, paths))).toEqual(defaults);
    expect(await inParent({ eventbaton: all })).toEqual(defaults);
  });

  test(`renders for ${sets} random sets what its default does`, { timeout: sets * limitMs }, async () => {
    await fc.assert(
      fc.asyncProperty(randomValues, randomNulls, async (given, nulls) => {
        fc.pre(isAccepted(without(given, nulls)));
        const values = withNulls(given, nulls);
        const expected = synthesized(without(given, nulls), name);
        expect(synthesized(values, name)).toEqual(expected);
        expect(await template(values)).toEqual(expected);
      }),
      { numRuns: sets },
    );
  });

  test(`renders for ${sets} random sets of a parent what its default does`, { timeout: sets * limitMs }, async () => {
    await fc.assert(
      fc.asyncProperty(randomValues, randomNulls, fc.boolean(), async (given, nulls, ofParent) => {
        fc.pre(isAccepted(without(given, nulls)));
        const values = { eventbaton: withNulls(given, nulls) };
        const expected = synthesized(without(given, nulls), name);
        expect(await (ofParent ? inParent(values) : inParent({}, values))).toEqual(expected);
      }),
      { numRuns: sets },
    );
  });

  test('is as if it was not there among the entries of maps, and in lists', async () => {
    const url = 'https://sink.example';
    const sink = { type: 'http', url, headers: { 'X-Tenant': 'a' }, batch: {} };
    const given = {
      commonLabels: { team: null, area: 'a' },
      nodeSelector: { zone: 'a', rack: null },
      resources: { limits: { cpu: '1', memory: '1Gi', disk: null } },
      extraEnv: [{ name: 'A', value: null, valueFrom: null }],
      sinks: [
        {
          ...sink,
          name: null,
          required: null,
          gzip: null,
          format: null,
          ca: null,
          timeout: null,
          batch: { bytes: null },
          headers: { 'X-Tenant': 'a', 'X-Other': null, Authorization: null },
        },
      ],
    };
    const same = {
      commonLabels: { area: 'a' },
      nodeSelector: { zone: 'a' },
      resources: { limits: { cpu: '1', memory: '1Gi' } },
      extraEnv: [{ name: 'A' }],
      sinks: [sink],
    };
    expect(await helm().template(chart, { ...name, values: given })).not.toMatch(/\bnull\b/);
    expect(await template(given)).toEqual(synthesized(same, name));
    expect(await inParent({ eventbaton: given })).toEqual(synthesized(same, name));
  });

  test('takes a default entry of a map away', async () => {
    const openShift = { podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } };
    const text = await helm().template(chart, { ...name, values: openShift });
    expect(text).not.toMatch(/runAsUser|runAsGroup|fsGroup/);
    expect(text).toContain('seccompProfile');
  });
});

/** Of every group and value. */
function pathsOf(members: Group['group'], path: Path = []): readonly Path[] {
  return Object.entries(members).flatMap(([member, node]) => {
    const here = [...path, member];
    return isValue(node) ? [here] : [here, ...pathsOf(node.group, here)];
  });
}

function withNulls(given: Entries, nulls: readonly Path[]): Entries {
  // Groups first: what is null within one that is null cannot be said.
  return nulls.toSorted((a, b) => b.length - a.length).reduce((values, path) => changed(values, path, null), given);
}

function without(given: Entries, nulls: readonly Path[]): Entries {
  return nulls.reduce((values, path) => changed(values, path, undefined), given);
}

function changed(values: Entries, [first = '', ...rest]: Path, value: unknown): Entries {
  if (rest.length === 0) {
    const { [first]: _, ...others } = values;
    return value === undefined ? others : { ...others, [first]: value };
  }
  const inner = values[first];
  if (!isEntries(inner) && value === undefined) return values;
  return { ...values, [first]: changed(isEntries(inner) ? inner : {}, rest, value) };
}
