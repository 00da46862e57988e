import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Environment } from '../../../runtime/src/contract/read-settings.ts';
import { settingMeta, settingNames, settingsSchema } from '../../../runtime/src/contract/settings.ts';
import { fileSource } from '../../../runtime/src/settings/file-source.ts';
import { loadSettings } from '../../../runtime/src/settings/load-settings.ts';
import { readYaml } from '../../../runtime/src/settings/read-yaml.ts';
import { temporaryFolder } from '../cli/process.ts';

const keys = settingNames.flatMap((name) => settingMeta(name).yaml ?? []);
const variables = settingNames.map((name) => settingMeta(name).env).filter((name) => name !== 'EVENTBATON_CONFIG');

/** Nothing that is a word of ours contains it. */
const secret = 'hunter2';
const secrets = fc.constantFrom(
  secret,
  `"${secret}`,
  `[${secret}`,
  `*${secret}`,
  `!${secret} x`,
  `@${secret}`,
  `{a: ${secret}}`,
  `- ${secret}`,
  `\t${secret}`,
  `x\n  ${secret}`,
  `"\\q${secret}"`,
);

const scraps = fc.constantFrom(
  'a: b',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: *a',
  '|',
  '>',
  '#',
  '---',
  '...',
  '%YAML 1.1',
  '!!binary x',
  '? ',
  '\t',
  '  ',
  '\n',
  '\r\n',
  '\0',
  '\ufeff',
  '~',
  ...keys.map((key) => `${key}: `),
);

/** Text that is nearly YAML, and nearly a settings file. */
const yamlLike = fc
  .array(fc.oneof(scraps, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 40 })
  .map((parts) => parts.join(''));

const yamlOfValues = fc
  .dictionary(fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 20 })), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 12,
  })
  .map((value) => stringify(value));

describe('whatever a text of YAML holds', () => {
  test('reading it never throws, and gives settings or problems that each name a line', () => {
    fc.assert(
      fc.property(
        fc.oneof(yamlLike, yamlOfValues),
        fc.constantFrom('/etc/eventbaton.yaml', '/etc/datadog.yaml'),
        (text, path) => {
          const result = readYaml(text);
          if ('problems' in result) {
            expect(result.problems.length).toBeGreaterThan(0);
            for (const { line } of result.problems) expect(line).toBeGreaterThan(0);
            return;
          }
          const source = fileSource(path, result.root);
          const lines = text.split('\n').length;
          for (const message of [...source.problems, ...source.warnings]) {
            const line = Number(/^[^:]+:([0-9]+): /.exec(message)?.[1]);
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(lines);
          }
          for (const { place } of source.given.values()) expect(place()).toMatch(/^[^:]+:[0-9]+: /);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });
});

describe('whatever environment and file hold', () => {
  const path = () => join(temporaryFolder(), 'eventbaton.yaml');

  test('loading never throws, and gives settings or at least one problem', async () => {
    const usual = path();
    const text = fc.oneof(yamlLike, fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('true', '5', ''));
    const name = fc.oneof(
      fc.constantFrom(...variables),
      fc.string().map((rest) => `EVENTBATON_X${rest}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text), fc.oneof(yamlLike, yamlOfValues), async (environment, content) => {
        writeFileSync(usual, content);
        const result = await loadSettings(environment, [usual]);
        if ('problems' in result) expect(result.problems.length).toBeGreaterThan(0);
        else expect(settingsSchema.safeParse(result.settings).success).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  test('no value shows in a problem or a warning', async () => {
    const usual = path();
    const agents = join(temporaryFolder(), 'datadog.yaml');
    const lines = fc.uniqueArray(fc.tuple(fc.constantFrom(...keys, 'api_key', 'leader_electon'), secrets), {
      selector: ([key]) => key,
      maxLength: 6,
    });
    const environments = fc.dictionary(fc.constantFrom(...variables), secrets, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(environments, lines, fc.boolean(), async (environment: Environment, content, isAgents) => {
        const at = isAgents ? agents : usual;
        writeFileSync(at, content.map(([key, value]) => `${key}: ${value}\n`).join(''));
        const result = await loadSettings(environment, [at]);
        const said = 'problems' in result ? result.problems : result.warnings;
        expect(said.join('\n')).not.toContain(secret);
      }),
      { numRuns: runs(500) },
    );
  });
});

const seconds = fc.integer({ min: 1, max: 1_000_000_000 }).map((thousandths) => thousandths / 1_000);
const objectName = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/);
const namespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const sink = fc.oneof(
  fc.record({ type: fc.constant('stdout'), required: fc.boolean() }),
  fc.record({ type: fc.constant('file'), path: fc.stringMatching(/^\/[a-z]{1,8}\/[a-z#:'"-]{1,8}x$/) }),
);

/** Settings that a file may hold, under their keys there. */
const valid = fc.record(
  {
    collect_kubernetes_events: fc.boolean(),
    leader_election: fc.boolean(),
    leader_lease_duration: seconds,
    leader_lease_name: objectName,
    leader_election_default_resource: fc.constantFrom('lease', 'leases'),
    'cluster_agent.token_name': objectName,
    kube_resources_namespace: namespace,
    kubernetes_kubeconfig_path: fc.string(),
    cluster_name: fc.oneof(
      fc.string(),
      fc.constantFrom('on', '0x10', '12:30', '~', 'null', '1_000', '.', '- x', '# x', '"', "it's"),
    ),
    tags: fc.array(fc.stringMatching(/^[a-z]{1,9}:[a-z0-9 .]{1,9}$/), { maxLength: 3 }),
    fields: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.stringMatching(/^[a-z0-9 ~.]{0,9}$/), { maxKeys: 3 }),
    health_port: fc.integer({ min: 0, max: 65_535 }),
    namespace,
    start_from: fc.constantFrom('all', 'now'),
    event_ttl: seconds,
    checkpoint_interval: seconds,
    drain_timeout: seconds,
    window_bytes: fc.integer({ min: 65_536, max: 1_073_741_824 }),
    log_level: fc.constantFrom('error', 'warn', 'info', 'debug'),
    sinks: sink.map((one) => [one]),
  },
  { requiredKeys: [] },
);

const nested = (flat: Readonly<Record<string, unknown>>) => {
  const { 'cluster_agent.token_name': token, ...rest } = flat;
  return token === undefined ? rest : { ...rest, cluster_agent: { token_name: token } };
};

describe('settings that are written down', () => {
  test('in a file, nested or not, or in the environment, as YAML or JSON, are read as the same settings', async () => {
    const usual = join(temporaryFolder(), 'eventbaton.yaml');
    expect(
      Object.keys((fc.sample(valid, 200) as object[]).reduce((all, one) => ({ ...all, ...one }))).toSorted(),
    ).toEqual(keys.toSorted());
    await fc.assert(
      fc.asyncProperty(valid, async (flat) => {
        const environment = Object.fromEntries(
          settingNames.flatMap((name) => {
            const { env, yaml = '' } = settingMeta(name);
            const value = (flat as Readonly<Record<string, unknown>>)[yaml];
            return value === undefined ? [] : [[env, typeof value === 'string' ? value : JSON.stringify(value)]];
          }),
        );
        const expected = await loadSettings(environment, []);
        expect(expected).toHaveProperty('settings');
        for (const text of [stringify(flat), stringify(nested(flat)), JSON.stringify(flat)]) {
          writeFileSync(usual, text);
          const found = await loadSettings({}, [usual]);
          expect(found).toMatchObject({ settings: 'settings' in expected ? expected.settings : {} });
        }
        const { EVENTBATON_SINKS: json, ...others } = environment;
        const asYaml = json === undefined ? {} : { EVENTBATON_SINKS: stringify(JSON.parse(json)) };
        expect(await loadSettings({ ...others, ...asYaml }, [])).toEqual(expected);
      }),
      { numRuns: runs(300) },
    );
  });
});
