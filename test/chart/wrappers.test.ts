import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc } from '../support/fast-check.ts';
import { expect, test } from 'vitest';
import { type Wrappers, wrappers } from '../../src/helm/emitter.ts';
import { describeHelms } from '../support/helm.ts';
import { rendered, synthesized } from './objects.ts';
import { randomRelease, randomValues } from './random-values.ts';
import { writeChart } from './written-chart.ts';

/** What each wrapper would be if somebody had forgotten it. */
const forgotten: { readonly [K in keyof Wrappers]: Wrappers[K] } = {
  string: (go) => go,
  integer: (go) => go,
  scalar: (go) => go,
  structure: (go, indent) => `${go} | nindent ${indent}`,
  include: (name) => `include ${JSON.stringify(name)} .`,
  includeList: (name) => `include ${JSON.stringify(name)} .`,
  whenGiven: () => 'if true',
  when: () => 'if true',
};

describeHelms('that the chart and the constructs are equal is proven', (helm) => {
  test.each(Object.keys(wrappers) as (keyof Wrappers)[])(
    'by a test that fails without the wrapper %s',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'eventbaton-chart-'));
      try {
        writeChart(folder, { ...wrappers, [name]: forgotten[name] });
        const property = fc.asyncProperty(randomValues, randomRelease, async (given, release) => {
          const text = await helm().template(folder, { ...release, values: given, kubeVersion: '1.36.0' });
          expect(rendered(text)).toEqual(synthesized(given, release));
        });
        const outcome = await fc.check(property, { numRuns: 150, seed: 1, endOnFailure: true });
        expect(outcome.failed).toBe(true);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
