import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { valuesSchema } from '../values/values-schema.ts';
import { valuesTable } from '../values/values-table.ts';
import { valuesYaml } from '../values/values-yaml.ts';
import { chartYaml } from './chart-yaml.ts';
import { ciValues } from './ci-values.ts';
import { templates } from './templates.ts';

const root = join(import.meta.dirname, '../..');

/** Every file of the chart, by its path in it. */
export function chartFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['Chart.yaml', chartYaml()],
    ['values.yaml', valuesYaml()],
    ['values.schema.json', valuesSchema()],
    ['README.md', `${source('readme.md')}${valuesTable()}\n`],
    ['CHANGELOG.md', source('changelog.md')],
    ['LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8')],
    ['.helmignore', source('helmignore.txt')],
    ...templates(),
    ...ciValues(),
  ]);
}

function source(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
