import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectorManifests, type EventCollectorProps } from '../../src/index.ts';
import { synthesise } from '../examples/example.ts';
import { Consumer, cdk8sInit, esModules } from './consumer.ts';
import { oldestNode, oldestVersion, pinnedNode } from '../support/nodes.ts';
import { npmInstall, npmPack, type Packed, run } from '../support/npm.ts';

const root = resolve(import.meta.dirname, '../..');

/** What it may weigh where it is installed, unpacked. It weighs 205 kB, most of it zod. */
const budgetBytes = 220_000;

const props: EventCollectorProps = {
  namespace: 'monitoring',
  name: 'events',
  watchNamespace: 'shop',
  settings: { clusterName: 'prod-1', leaderLeaseDuration: 30, sinks: [{ type: 'stdout' }] },
};

const folder = mkdtempSync(join(tmpdir(), 'eventbaton-package-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nodes = [await oldestNode(join(folder, 'node')), pinnedNode()];

let packed: Packed;
beforeAll(async () => {
  packed = await npmPack(root, folder);
});

const packedText = (path: string) => run(folder, 'tar', ['-xzOf', packed.tarball, `package/${path}`]);

describe('the package', () => {
  test('holds the constructs, their types, and what people read first: nothing else', () => {
    expect(packed.files.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'lib/LICENSE.zod',
      'lib/collector-props.d.ts',
      'lib/collector-settings.d.ts',
      'lib/event-collector.d.ts',
      'lib/index.d.ts',
      'lib/index.js',
      'lib/manifests.d.ts',
      'lib/package.json',
      'lib/pod-props.d.ts',
      'package.json',
    ]);
  });

  test('is no heavier than was agreed', () => {
    expect(packed.unpackedSize).toBeLessThanOrEqual(budgetBytes);
  });

  test('brings cdk8s-plus-27 and asks for cdk8s and constructs: no Node, no client of Kubernetes, no tool', async () => {
    const manifest = JSON.parse(await packedText('package.json'));
    expect(manifest.dependencies).toEqual({ 'cdk8s-plus-27': '2.9.5' });
    expect(Object.keys(manifest.peerDependencies).toSorted()).toEqual(['cdk8s', 'constructs']);
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(manifest).not.toHaveProperty('bundleDependencies');
    expect(manifest).not.toHaveProperty('private');
    expect(manifest.engines).toEqual({ node: `>=${oldestVersion()}` });
  });

  test('loads nothing but these and Node itself', async () => {
    const required = [...(await packedText('lib/index.js')).matchAll(/\brequire\("([^"]+)"\)/g)].map(
      ([, name]) => name,
    );
    const installed = ['cdk8s', 'cdk8s-plus-27', 'constructs'];
    expect(required).toEqual(expect.arrayContaining(installed));
    const builtin = new Set(builtinModules.map((name) => `node:${name}`));
    expect(required.filter((name) => !installed.includes(`${name}`) && !builtin.has(`${name}`))).toEqual([]);
  });

  test('says nothing of where it was built', async () => {
    expect(await packedText('lib/index.js')).not.toContain(root);
  });
});

describe.each([
  ['an app as `cdk8s init` makes it', 'commonjs', cdk8sInit],
  ['an app of ES modules', 'es-modules', esModules],
])('%s', (_title, name, files) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install(join(folder, name), files(packed.tarball), props);
    await consumer.compile();
  });

  test.each([
    ['its own compiler, which resolves as bundlers do', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['its own compiler, for Node', ['--module', 'nodenext', '--moduleResolution', 'nodenext']],
  ])('is compiled by %s', async (_compiler, words) => {
    await consumer.compile('--noEmit', ...words);
  });

  test('is compiled by the newest TypeScript', async () => {
    await consumer.check('--module', 'nodenext', '--moduleResolution', 'nodenext');
  });

  test('has one copy of cdk8s and of constructs', async () => {
    expect(await consumer.copiesOf('cdk8s')).toHaveLength(1);
    expect(await consumer.copiesOf('constructs')).toHaveLength(1);
  });

  test('has with the constructs no packages but the declared ones', async () => {
    expect(await consumer.dependencies()).toEqual(['cdk8s', 'cdk8s-plus-27', 'constructs']);
  });

  describe.each(nodes)('on Node $version', ({ program }) => {
    test('writes with `cdk8s synth` the objects that the constructs describe', async () => {
      expect(await consumer.synth(program)).toEqual(collectorManifests(props));
    });

    test('has one class, whether it is imported or required', async () => {
      expect(await consumer.load(program)).toEqual(['EventCollector', true, true]);
    });
  });
});

describe('the examples', () => {
  test.each(['gitops', 'platform-team'])(
    'examples/%s is written with the package as it is with the sources',
    async (example) => {
      const packaged = await synthesise(example, async (place) => {
        const file = join(place, 'package.json');
        const manifest = JSON.parse(readFileSync(file, 'utf8'));
        manifest.dependencies.eventbaton = `file:${packed.tarball}`;
        writeFileSync(file, JSON.stringify(manifest));
        await npmInstall(place);
      });
      expect(packaged).toEqual(await synthesise(example));
    },
  );
});
