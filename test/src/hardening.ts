/** What scanners ask of a container: the same twelve points by which other collectors were counted. */
import type { Container, PodSpec } from './manifests.ts';

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

export const hardeningPoints = [
  'not root',
  'read-only root',
  'no privilege escalation',
  'no capabilities',
  'not privileged',
  'seccomp profile',
  'CPU request',
  'memory limit',
  'liveness probe',
  'readiness probe',
  'tag',
  'digest',
] as const;

export type HardeningPoint = (typeof hardeningPoints)[number];

/** Those that the container of the pod has, in order. */
export function hardeningOf(pod: PodSpec, container: Container = pod.containers[0]): readonly HardeningPoint[] {
  const own = container.securityContext as SecurityContext | undefined;
  const context: SecurityContext = { ...(pod.securityContext as SecurityContext | undefined), ...own };
  const has: Readonly<Record<HardeningPoint, boolean>> = {
    'not root': context.runAsNonRoot === true,
    'read-only root': own?.readOnlyRootFilesystem === true,
    'no privilege escalation': own?.allowPrivilegeEscalation === false,
    'no capabilities': own?.capabilities?.drop?.includes('ALL') === true && own.capabilities.add === undefined,
    'not privileged': own?.privileged !== true,
    'seccomp profile': ['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type ?? ''),
    'CPU request': container.resources?.requests?.['cpu'] !== undefined,
    'memory limit': container.resources?.limits?.['memory'] !== undefined,
    'liveness probe': container.livenessProbe !== undefined,
    'readiness probe': container.readinessProbe !== undefined,
    tag: isPinned(container.image),
    digest: hasDigest(container.image),
  };
  return hardeningPoints.filter((point) => has[point]);
}

function hasDigest(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** A tag that is not "latest", or what says more than a tag. */
function isPinned(image: string): boolean {
  const tag = /:([\w][\w.-]*)$/.exec(image.split('@')[0] ?? '')?.[1];
  return hasDigest(image) || (tag !== undefined && tag !== 'latest');
}
