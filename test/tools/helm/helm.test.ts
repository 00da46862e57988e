import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Helm } from '../../../tools/helm/helm.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A Helm whose program is a shell script. */
async function scripted(script: string): Promise<Helm> {
  const command = join(temporaryFolder(), 'helm');
  writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const helm = await Helm.open(command);
  onTestFinished(() => helm.close());
  return helm;
}

const place = { release: 'r', namespace: 'n' };
const printWords = `printf '%s\\n' "$@"`;

describe('a command', () => {
  test('gets its words as they are, without a shell', async () => {
    const helm = await scripted(printWords);
    const words = ['a b', '$HOME', '"', '*', ''];
    expect(await helm.run(words)).toEqual({ code: 0, stdout: `${words.join('\n')}\n`, stderr: '' });
  });

  test('gets what is handed in as its input, and an end of it where nothing is', async () => {
    const helm = await scripted('cat');
    expect(await helm.expect([], { stdin: 'a: 1\n' })).toBe('a: 1\n');
    expect(await helm.expect([])).toBe('');
  });

  test('may end without reading its input', async () => {
    const helm = await scripted('exec <&-; sleep 0.2; exit 3');
    expect((await helm.run([], { stdin: 'x'.repeat(1_000_000) })).code).toBe(3);
  });

  test('answers with its code where it fails, and is an error where success was expected', async () => {
    const helm = await scripted('echo found 1 problem; echo "Error: no such chart" >&2; exit 3');
    expect(await helm.run(['install', 'x'])).toEqual({
      code: 3,
      stdout: 'found 1 problem\n',
      stderr: 'Error: no such chart\n',
    });
    const error = new Error(`${helm.command} install x ended with 3\nError: no such chart\nfound 1 problem`);
    await expect(helm.expect(['install', 'x'])).rejects.toThrow(error);
  });

  test('that is killed, or cannot be started, is an error that names it', async () => {
    const killed = await scripted('echo working >&2; kill -9 $$');
    await expect(killed.run(['upgrade'])).rejects.toThrow(/helm upgrade was ended by SIGKILL\nworking$/);
    const missing = await Helm.open('/nowhere/helm');
    onTestFinished(() => missing.close());
    await expect(missing.run(['upgrade'])).rejects.toThrow('/nowhere/helm upgrade could not be run: ');
  });
});

describe('the environment of a command', () => {
  test("has nothing of the user's Helm and clusters", async () => {
    for (const name of [
      'HELM_NAMESPACE',
      'HELM_KUBECONTEXT',
      'KUBECONFIG',
      'KUBERNETES_SERVICE_HOST',
      'HELM_CACHE_HOME',
    ])
      vi.stubEnv(name, "the user's");
    onTestFinished(() => void vi.unstubAllEnvs());
    const helm = await scripted('env; ls "$HOME" "$KUBECONFIG" >&2');
    const { stdout, stderr } = await helm.run([]);
    expect(stdout).not.toContain("the user's");
    expect(stdout).not.toContain(`HOME=${process.env['HOME']}\n`);
    expect(stderr.match(/No such file/g)).toHaveLength(2);
  });

  test('has the kubeconfig that is given', async () => {
    const helm = await scripted('echo $KUBECONFIG');
    expect(await helm.expect([], { kubeconfig: '/some/kubeconfig' })).toBe('/some/kubeconfig\n');
  });

  test('has folders that go when it is closed', async () => {
    const helm = await scripted('mkdir -p $HELM_CACHE_HOME $HELM_CONFIG_HOME $HELM_DATA_HOME; echo $HELM_CACHE_HOME');
    const cache = (await helm.expect([])).trim();
    expect(existsSync(cache)).toBe(true);
    await helm[Symbol.asyncDispose]();
    expect(existsSync(join(cache, '..'))).toBe(false);
  });
});

describe('a template', () => {
  test('is asked for with its release, its namespace, and nothing that was not given', async () => {
    const helm = await scripted(printWords);
    const words = ['template', 'r', './chart', '--namespace=n'];
    expect((await helm.template('./chart', place)).trim().split('\n')).toEqual(words);
    const more = { kubeVersion: '1.30.0', apiVersions: ['a/v1', 'b/v1'], args: ['--show-only', 'x'] };
    expect((await helm.template('./chart', { ...place, ...more })).trim().split('\n')).toEqual([
      ...words,
      '--kube-version=1.30.0',
      '--api-versions=a/v1',
      '--api-versions=b/v1',
      '--show-only',
      'x',
    ]);
  });

  test('gets its values as JSON in a file of its own, which is gone afterwards', async () => {
    const copies = temporaryFolder();
    const helm = await scripted(`f=\${5#--values=}; echo $f; cp $f ${copies}/$2`);
    const values = (key: string) => ({ [key]: 'true', nested: { list: [1, null, '{{ .Values }}'] } });
    const render = (release: string) => helm.template('.', { ...place, release, values: values(release) });
    const files = await Promise.all(['a', 'b'].map(render));
    for (const release of ['a', 'b'])
      expect(JSON.parse(readFileSync(join(copies, release), 'utf8'))).toEqual(values(release));
    expect(files[0]).not.toBe(files[1]);
    for (const file of files) expect(existsSync(file.trim())).toBe(false);
  });
});

test('a chart is linted strictly where that is asked for, and what lint finds is in its error', async () => {
  const helm = await scripted(
    `[ "$3" = --strict ] || exit 0; echo '[WARNING] an icon'; echo 'Error: 1 failed' >&2; exit 1`,
  );
  await helm.lint('.', { strict: false });
  await expect(helm.lint('.', { strict: true })).rejects.toThrow('Error: 1 failed\n[WARNING] an icon');
});
