import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { describeHelms } from '../support/helm.ts';
import { rendered, synthesized } from './objects.ts';
import { randomRelease, randomValues } from './random-values.ts';
import { writeChart } from './written-chart.ts';

const runs = 300;

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

  test(`renders for ${runs} random sets of values what the constructs make`, { timeout: 240_000 }, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2_147_483_647);
    process.stderr.write(`  Helm ${major}: ${runs} sets of values, SEED=${seed}\n`);
    await fc.assert(
      fc.asyncProperty(randomValues, randomRelease, async (given, name) => {
        expect(await template(given, name)).toEqual(synthesized(given, name));
      }),
      { numRuns: runs, seed },
    );
  });
});
