import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chartFiles } from '../../src/helm/chart-files.ts';
import { templates } from '../../src/helm/templates.ts';
import { type Wrappers, wrappers } from '../../src/helm/emitter.ts';

/** The chart as it would be generated now, in this folder. @param wrap what values go through, for charts that are broken on purpose */
export function writeChart(folder: string, wrap: Wrappers = wrappers): void {
  for (const [path, content] of new Map([...chartFiles(), ...templates(wrap)])) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A chart with ours as its only dependency. @param values its values.yaml */
export function writeUmbrella(folder: string, values: object): void {
  writeChart(join(folder, 'charts', 'eventbaton'));
  const chart = {
    apiVersion: 'v2',
    name: 'parent',
    version: '1.0.0',
    dependencies: [{ name: 'eventbaton', version: '0.1.0', condition: 'eventbaton.enabled' }],
  };
  writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify(chart));
  writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
}
