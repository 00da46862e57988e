/** What kinds of object can be the lock, and how people write them. */
export type LockResource = 'leases' | 'configmaps' | 'endpoints';

export const lockResources: readonly LockResource[] = ['leases', 'configmaps', 'endpoints'];

/** The Agent's spellings, and `endpoints` as it was documented for Agent 6. */
export type LockSpelling = (typeof lockSpellings)[number];

export const lockSpellings = ['lease', 'leases', 'configmap', 'configmaps', 'endpoints'] as const;

export function lockResourceOf(spelling: LockSpelling): LockResource {
  switch (spelling) {
    case 'lease':
    case 'leases':
      return 'leases';
    case 'configmap':
    case 'configmaps':
      return 'configmaps';
    case 'endpoints':
      return 'endpoints';
    default:
      return spelling satisfies never;
  }
}
