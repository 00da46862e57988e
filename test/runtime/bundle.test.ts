import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type OutputChunk, rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import bundling from '../../runtime/rolldown.config.ts';
import { usage } from '../../runtime/src/cli/command-line.ts';
import { productVersion } from '../../runtime/src/contract/names.ts';
import { freePort } from '../../tools/cluster/server.ts';

const root = resolve(import.meta.dirname, '../..');

/** What the entry may weigh: every byte is parsed on every node. It weighs 200 kB. */
const entryBudgetBytes = 215_000;

/** What reading YAML may weigh, where there is any. It weighs 100 kB. */
const yamlBudgetBytes = 110_000;

let folder: string;
let chunks: readonly OutputChunk[];

/** As `npm run build` does it, into a folder of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eventbaton-bundle-'));
  const { output: options, ...input } = bundling;
  if (options === undefined || Array.isArray(options)) throw new Error('the build has one output');
  const bundle = await rolldown({ ...input, cwd: root });
  const { output } = await bundle.write({ ...options, dir: folder });
  await bundle.close();
  chunks = output.filter((part) => part.type === 'chunk');
});

afterAll(() => rm(folder, { recursive: true }));

const entry = () => chunkNamed('eventbaton.mjs');

function chunkNamed(fileName: string): OutputChunk {
  const chunk = chunks.find((each) => each.fileName === fileName);
  if (chunk === undefined)
    throw new Error(`there is no ${fileName} among ${chunks.map((each) => each.fileName).join()}`);
  return chunk;
}

const modulesOf = ({ moduleIds }: OutputChunk) => moduleIds.map((id) => relative(root, id));

/** The packages that modules of a chunk come from. */
function packagesOf(chunk: OutputChunk): readonly string[] {
  const names = modulesOf(chunk).map((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundle to its end, in an environment of nothing else. */
function runToEnd(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [join(folder, 'eventbaton.mjs'), ...words],
      { env: environment },
      (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

interface Started {
  readonly child: ChildProcess;
  readonly stdout: Promise<string>;
  /** The next line of log with this message. */
  readonly logged: (message: string) => Promise<Readonly<Record<string, unknown>>>;
}

function start(bundle: string, environment: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, [bundle, 'run'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stderr)[Symbol.asyncIterator]();
  return {
    child,
    stdout: text(child.stdout),
    async logged(message) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`it ended without saying "${message}"`);
        const line = JSON.parse(value);
        if (line.message === message) return line;
      }
    },
  };
}

describe('the program', () => {
  test('says its version', async () => {
    expect(await runToEnd(['--version'])).toEqual({ code: 0, stdout: `${productVersion}\n`, stderr: '' });
  });

  test('says how it is used, on standard output where it is asked for that', async () => {
    expect(await runToEnd(['--help'])).toEqual({ code: 0, stdout: usage, stderr: '' });
  });

  test.each([
    [[], 'say what to do'],
    [['statsu'], 'did you mean status?'],
    [['run', 'now'], 'no further words'],
    [['\u001b[31m'], 'there is no command'],
  ])(
    'called with %j says on standard error what is wrong with that and how it is used, and ends with 2',
    async (words, problem) => {
      const { code, stdout, stderr } = await runToEnd(words);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr.split('\n')[0]).toContain(problem);
      expect(stderr.endsWith(usage)).toBe(true);
      expect(stderr).not.toContain('\u001b');
    },
  );

  test('shows with `status` what a collector beside it does, to whom it was told the same settings', async () => {
    const config = join(folder, 'eventbaton.yaml');
    const port = String(await freePort());
    await writeFile(config, `collect_kubernetes_events: no\nhealth_port: ${port}\nsinks:\n  - type: stdout\n`);
    const { child, logged } = start(join(folder, 'eventbaton.mjs'), { EVENTBATON_CONFIG: config });
    expect(await logged('started')).toMatchObject({ settings: config, healthPort: Number(port) });
    const shown = await runToEnd(['status'], { EVENTBATON_CONFIG: config });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('role      off');
    const { stdout } = await runToEnd(['status', '--json'], { EVENTBATON_CONFIG: config });
    expect(JSON.parse(stdout)).toMatchObject({ role: 'off', sinks: [{ name: 'stdout' }] });
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await runToEnd(['status'], { EVENTBATON_CONFIG: config, KUBECONFIG: '/nonexistent' })).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  test('ends with 78 on settings that it cannot use, having said so in one line of JSON on standard error', async () => {
    const { code, stdout, stderr } = await runToEnd(['run'], { DD_HEALTH_PORT: 'x', DD_LEADER_LEASE_DURATION: '0' });
    expect([code, stdout]).toEqual([78, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 'error',
      problems: [expect.stringContaining('DD_LEADER_LEASE_DURATION'), expect.stringContaining('DD_HEALTH_PORT')],
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'with nothing switched on runs, is ready, and ends with 0 at %s',
    async (signal) => {
      const { child, stdout, logged } = start(join(folder, 'eventbaton.mjs'), { DD_HEALTH_PORT: '0' });
      const { healthPort } = await logged('started');
      const answer = await fetch(`http://127.0.0.1:${String(healthPort)}/readyz`);
      expect([answer.status, await answer.text()]).toEqual([200, 'ok: nothing is switched on\n']);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(await stdout).toBe('');
    },
  );
});

test('a hang-up ends nothing, whether there is a file to open anew or not', async () => {
  const { child, logged } = start(join(folder, 'eventbaton.mjs'), { DD_HEALTH_PORT: '0' });
  await logged('started');
  child.kill('SIGHUP');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('the bundle', () => {
  test('is an entry, what only a kubeconfig needs, and what only YAML needs', () => {
    const names = ['kubeconfig.mjs', 'read-yaml.mjs'];
    expect(chunks.map(({ fileName }) => fileName).toSorted()).toEqual(['eventbaton.mjs', ...names]);
    expect(entry().imports.filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect(entry().dynamicImports.toSorted()).toEqual(names);
  });

  test('has in what is loaded later nothing that waits for the entry: the entry waits for it', () => {
    for (const chunk of chunks.filter((each) => each !== entry()))
      expect(chunk.imports).not.toContain('eventbaton.mjs');
  });

  test('loads nothing but Node itself from outside', () => {
    const builtin = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    const outside = chunks
      .flatMap(({ imports }) => imports)
      .filter((name) => !chunks.some(({ fileName }) => fileName === name));
    expect(outside.filter((name) => !builtin.has(name))).toEqual([]);
  });

  test("has of others' code no more than zod in its entry", () => {
    expect(packagesOf(entry())).toEqual(['zod']);
    expect(entry().code).not.toMatch(/client-node|KubeConfig\b|cdk8s|constructs/);
  });

  test('keeps the kubeconfig library in the chunk that is loaded outside a cluster', () => {
    expect(packagesOf(chunkNamed('kubeconfig.mjs'))).toContain('@kubernetes/client-node');
  });

  test('keeps the YAML library in the chunk that is loaded where there is YAML, as the modules that are used', () => {
    const chunk = chunkNamed('read-yaml.mjs');
    expect(packagesOf(chunk)).toEqual(['yaml']);
    expect(modulesOf(chunk).filter((id) => id.startsWith('runtime/'))).toEqual(['runtime/src/settings/read-yaml.ts']);
    expect(chunk.code.length).toBeLessThanOrEqual(yamlBudgetBytes);
  });

  test('has nothing of the constructs, and no library of theirs', () => {
    for (const chunk of chunks) {
      expect(modulesOf(chunk).filter((id) => id.startsWith('src/'))).toEqual([]);
      expect(packagesOf(chunk).filter((name) => /^(?:cdk8s.*|constructs)$/.test(name))).toEqual([]);
    }
  });

  test('has all of the runtime and nothing else of this repository', () => {
    const own = chunks.flatMap(modulesOf).filter((id) => !id.includes('node_modules') && !id.startsWith('\0'));
    expect(own.filter((id) => !id.startsWith('runtime/src/'))).toEqual([]);
    expect(own).toContain('runtime/src/main.ts');
  });

  test('has an entry no heavier than was agreed', async () => {
    const { size } = await stat(join(folder, 'eventbaton.mjs'));
    expect(size).toBeLessThanOrEqual(entryBudgetBytes);
  });

  test("loads none of Node's modules that nothing here uses: they would cost megabytes on every node", async () => {
    const list = "process.on('exit', () => process.stdout.write(process.moduleLoadList.join()))";
    const { stdout } = await runToEnd(['--version'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(list)}`,
    });
    expect(stdout).toContain('internal/');
    expect(stdout).not.toMatch(/undici|http2/);
  });

  test('needs its entry alone in a cluster, without a settings file and with its sinks as JSON', async () => {
    const pod = await mkdtemp(join(tmpdir(), 'eventbaton-pod-'));
    onTestFinished(() => rm(pod, { recursive: true }));
    await copyFile(join(folder, 'eventbaton.mjs'), join(pod, 'eventbaton.mjs'));
    for (const file of ['token', 'ca.crt', 'namespace']) await writeFile(join(pod, file), 'monitoring');
    const { child, logged } = start(join(pod, 'eventbaton.mjs'), {
      DD_COLLECT_KUBERNETES_EVENTS: 'true',
      DD_HEALTH_PORT: '0',
      EVENTBATON_SINKS: '[{"type":"stdout"}]',
      EVENTBATON_SERVICE_ACCOUNT_DIR: pod,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: '1',
    });
    expect(await logged('connecting')).toMatchObject({ server: '127.0.0.1:1', namespace: 'monitoring' });
    await logged('lock not read or written');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
