import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { defaultSettings, settingMeta, settingNames, settingsSchema } from '../../../runtime/src/contract/settings.ts';

const metas = settingNames.map(settingMeta);

test('every setting has a variable, a description and, unless only a pod knows it, a key of its own in the file', () => {
  for (const { env, description } of metas) {
    expect(env).toMatch(/^(?:DD|EVENTBATON)_[A-Z_]+$/);
    expect(description).toMatch(/\.$/);
  }
  const keys = metas.flatMap(({ yaml }) => yaml ?? []);
  expect(new Set(metas.map(({ env }) => env)).size).toBe(metas.length);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the Agent's settings keep the Agent's rule: DD_ and the key in capitals", () => {
  for (const { env, yaml } of metas) {
    if (yaml === undefined) continue;
    const capitals = yaml.toUpperCase().replaceAll('.', '_');
    expect([`DD_${capitals}`, `EVENTBATON_${capitals}`]).toContain(env);
  }
});

test('the list can be written as a JSON schema, with the default of each setting', () => {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' });
  for (const name of settingNames) {
    const written = name === 'sinks' ? [{ type: 'stdout' }] : defaultSettings[name];
    expect(schema.properties?.[name]).toHaveProperty('default', written);
  }
});
