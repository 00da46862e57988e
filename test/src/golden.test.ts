import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { asYaml, type Manifest, manifests } from './manifests.ts';
import { type Scenario, scenarioNames, scenarios } from './scenarios.ts';

const byDefault = manifests();

const place = ({ kind, metadata }: Manifest) => [kind, metadata.namespace, metadata.name].join(' ');

/** Which of the default objects are not there, and those objects that the default does not have or has otherwise. */
function golden(scenario: Scenario): string {
  const rendered = manifests(scenarios[scenario]);
  const places = new Set(rendered.map(place));
  const without = byDefault.map(place).filter((missing) => !places.has(missing));
  const different = rendered.filter((manifest) => !byDefault.some((other) => isDeepStrictEqual(manifest, other)));
  return [...without.map((missing) => `# Without ${missing}\n`), asYaml(different)].join('');
}

describe('what differs from collector.yaml is as it was reviewed', () => {
  test.each(scenarioNames)('%s', async (scenario) => {
    await expect(golden(scenario)).toMatchFileSnapshot(`../golden/${scenario}.yaml`);
  });
});
