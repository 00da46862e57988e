import { productName, productVersion } from '../runtime/src/contract/names.ts';

/** What selects a collector's pods. It never changes: a DaemonSet's selector is immutable. */
export function selectorLabels(name: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': productName, 'app.kubernetes.io/instance': name };
}

export function objectLabels(name: string): Readonly<Record<string, string>> {
  return {
    ...selectorLabels(name),
    'app.kubernetes.io/version': productVersion,
    'app.kubernetes.io/component': 'collector',
  };
}
