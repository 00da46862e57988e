import { describe, expect, test } from 'vitest';
import { daemonSet } from './manifests.ts';

const { spec } = daemonSet().spec.template;
const [container] = spec.containers;

describe('the pod', () => {
  test('runs under a number that is nobody, so that a kubelet can check it', () => {
    for (const id of ['runAsUser', 'runAsGroup', 'fsGroup'])
      expect(spec.securityContext[id]).toBeGreaterThanOrEqual(10_000);
  });

  test('gets a short-lived token of its own volume, and none by itself', () => {
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.volumes).toEqual([
      {
        name: 'api-access',
        projected: {
          defaultMode: 0o440,
          sources: [
            { serviceAccountToken: { path: 'token', expirationSeconds: 3_600 } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
              },
            },
          ],
        },
      },
    ]);
    expect(container.volumeMounts).toEqual([
      { name: 'api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ]);
  });

  test('has 20 s more to end than a hand-over may wait for sinks', () => {
    const graceOf = (drainTimeout: number) =>
      daemonSet({ settings: { drainTimeout } }).spec.template.spec.terminationGracePeriodSeconds;
    expect(spec.terminationGracePeriodSeconds).toBe(30);
    expect(graceOf(45)).toBe(65);
    expect(graceOf(0.5)).toBe(21);
  });

  test('runs on Linux nodes, with what it may use written down', () => {
    expect(spec.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
    expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits)).toEqual(['memory']);
  });

  test('is selected by labels that change neither with the version nor with the place in an app', () => {
    const { selector, template } = daemonSet({ name: 'events' }).spec;
    expect(selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'eventbaton',
      'app.kubernetes.io/instance': 'events',
    });
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(Object.keys(template.metadata.labels).every((label) => label.startsWith('app.kubernetes.io/'))).toBe(true);
  });
});

describe('the container', () => {
  test("runs the image's entry point with the command run", () => {
    expect(container.args).toEqual(['run']);
    expect(container).not.toHaveProperty('command');
    expect(container.image).toBe('eventbaton:0.1.0');
    expect(daemonSet({ image: 'registry.example/eb:1' }).spec.template.spec.containers[0].image).toBe(
      'registry.example/eb:1',
    );
  });

  test('is probed on the port that the settings name', () => {
    const [moved] = daemonSet({ settings: { healthPort: 9_000 } }).spec.template.spec.containers;
    expect(moved.ports).toEqual([{ name: 'health', containerPort: 9_000, protocol: 'TCP' }]);
    expect(moved.env).toContainEqual({ name: 'DD_HEALTH_PORT', value: '9000' });
    expect(moved.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'health' });
    expect(moved.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' });
  });
});
