import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBinaries } from '../../tools/cluster/binaries.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { findHelms } from '../../tools/helm/binaries.ts';
import { describeReal } from '../support/real.ts';
import { shellCommand } from '../support/shell-command.ts';

const root = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'charts/eventbaton/README.md'), 'utf8');
const helms = findHelms();

/** Blocks of the README in this language, whole. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, of, text = '']) =>
    of === language ? [text] : [],
  );
}

const commands = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));

describeReal("the chart's README and notes, as they are written,", () => {
  describe.skipIf(helms === undefined)('on a real API server', () => {
    let plane: ControlPlane;
    let folder: string;

    beforeAll(async () => {
      plane = await startControlPlane();
      folder = mkdtempSync(join(tmpdir(), 'eventbaton-readme-'));
      symlinkSync(join(root, 'charts'), join(folder, 'charts'));
    });

    afterAll(async () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      await plane?.stop();
    });

    test('holds nothing but commands that the next test runs', () => {
      expect(commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
        'helm install',
        'helm install',
        'helm install',
        'helm install',
        'kubectl -n',
        'kubectl -n',
      ]);
    });

    test.each([3, 4] as const)('can be followed with Helm %i', async (major) => {
      const shell = shellCommand({
        folder,
        kubeconfig: plane.kubeconfigFile,
        programs: { helm: helms?.[`helm${major}`] ?? '', kubectl: findBinaries()?.kubectl ?? '' },
      });
      const [values = ''] = blocks('yaml');
      writeFileSync(join(folder, 'values.yaml'), values);
      const [notCreating = '', takingOver = '', usual = '', second = '', ...removal] = commands;
      for (const [index, command] of [notCreating, takingOver].entries()) {
        const namespace = `hand-made-${major}-${index}`;
        await shell(`kubectl create namespace ${namespace}`);
        await shell(`kubectl -n ${namespace} create configmap datadogtoken --from-literal=event.tokenKey=7`);
        await shell(command.replace('NAMESPACE', namespace));
        expect(await shell(`kubectl -n ${namespace} get configmap datadogtoken -o jsonpath={.data}`)).toBe(
          '{"event.tokenKey":"7"}',
        );
      }
      const notes = await shell(usual);
      const told = notes.split('\n').filter((line) => line.startsWith('  '));
      expect(told.map((line) => line.trim().split(' ')[0])).toEqual(['helm', 'kubectl', 'kubectl']);
      expect(await shell(told[1]?.trim() ?? '')).toContain('kind: ConfigMap');
      expect(
        await shell('kubectl -n eventbaton get daemonset eventbaton -o jsonpath={.spec.template.spec.volumes[1]}'),
      ).toContain('"collector"');
      await shell(second);
      await shell('helm uninstall second -n eventbaton');
      await shell('helm uninstall eventbaton -n eventbaton');
      // The lock is the collectors' own, of which none has run here.
      await shell('kubectl -n eventbaton create -f -', JSON.stringify(lock));
      for (const command of removal) await shell(command);
      await shell('kubectl -n eventbaton delete configmap second-token');
    });
  });
});

const lock = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'datadog-leader-election' } };
