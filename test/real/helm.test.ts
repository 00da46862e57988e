import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeHelms } from '../support/helm.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  text: {{ .Values.text | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  monitored: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1/PodMonitor" | quote }}
`;

/** @param template of its only object */
function chart(template = configMap): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n');
  writeFileSync(join(folder, 'values.yaml'), 'text: ""\n');
  writeFileSync(join(folder, 'templates', 'object.yaml'), template);
  return folder;
}

const place = { release: 'here', namespace: 'there' };

describeHelms('a chart', (helm, major) => {
  test('is rendered by the Helm that is meant', async () => {
    expect(await helm().version()).toMatch(new RegExp(`^v${major}\\.\\d+\\.\\d+$`));
  });

  test('is rendered with the values, the version and the kinds of the cluster that are handed in', async () => {
    const text = `012: {{ .Values }} "'\\ é\u0001\n- ~`;
    const rendered = await helm().template(chart(), {
      ...place,
      values: { text },
      kubeVersion: '1.30.4',
      apiVersions: ['monitoring.coreos.com/v1/PodMonitor'],
    });
    expect(parse(rendered)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'here', namespace: 'there' },
      data: { text, kubernetes: 'v1.30.4', monitored: 'true' },
    });
  });

  test('is rendered for a Kubernetes of our time where none is named', async () => {
    const { data } = parse(await helm().template(chart(), place));
    expect(Number(/^v1\.(\d+)\./.exec(data.kubernetes)?.[1])).toBeGreaterThan(30);
    expect(data.monitored).toBe('false');
  });

  test('that cannot be rendered is an error with what Helm said', async () => {
    const rendering = helm().template(chart('a: {{ required "a name is needed" .Values.name }}'), place);
    await expect(rendering).rejects.toThrow(/helm\S* template here \S+ .*ended with 1\n(.|\n)*a name is needed/);
  });

  test('is linted: a good one passes strictly, a broken one says where', async () => {
    expect(await helm().lint(chart(), { strict: true, values: { text: 'a' } })).toContain('0 chart(s) failed');
    await expect(helm().lint(chart('a: {{ .Values'), { strict: false })).rejects.toThrow('object.yaml:1');
  });

  test('is not installed anywhere while no kubeconfig is given', async () => {
    const { code, stderr } = await helm().run(['install', 'here', chart()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cluster (is )?unreachable/i);
  });
});
