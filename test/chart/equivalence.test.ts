import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fc, runs, seed } from '../support/fast-check.ts';
import { describeHelms } from '../support/helm.ts';
import { rendered, synthesized } from './objects.ts';
import { randomRelease, randomValues } from './random-values.ts';
import { writeChart } from './written-chart.ts';

const sets = runs(100);

/** Limit for one set, in case Helm hangs; a set normally takes 0.1 s on two quiet cores. */
const limitMs = 10_000;

describeHelms('the chart', (helm, major) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventbaton-chart-'));
  writeChart(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const template = async (given: object, { release = 'eventbaton', namespace = 'eventbaton' } = {}) =>
    rendered(await helm().template(folder, { release, namespace, values: given, kubeVersion: '1.36.0' }));

  test('renders by default what the constructs make', async () => {
    const name = { release: 'eventbaton', namespace: 'eventbaton' };
    expect(await template({}, name)).toEqual(synthesized({}, name));
  });

  test(`renders for ${sets} random sets of values what the constructs make`, { timeout: sets * limitMs }, async () => {
    process.stderr.write(`  Helm ${major}: ${sets} sets of values, SEED=${seed}\n`);
    await fc.assert(
      fc.asyncProperty(randomValues, randomRelease, async (given, name) => {
        expect(await template(given, name)).toEqual(synthesized(given, name));
      }),
      { numRuns: sets },
    );
  });
});
