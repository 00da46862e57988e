/** A project of vitest.config.ts, as the person who runs it sees it. */
export interface Suite {
  readonly project: string;
  readonly title: string;
  /** Programs that have to be built first; undefined if it needs Node and npm only. */
  readonly needs?: string;
}

export const suites: readonly Suite[] = [
  { project: 'unit', title: 'decisions, parsers, files, constructs' },
  { project: 'package', title: 'the npm package, as its users install it' },
  { project: 'embedded', title: 'collectors on the embedded API server' },
  { project: 'chart', title: 'the Helm chart, rendered by Helm', needs: 'Helm 3 and Helm 4' },
  { project: 'real', title: 'each promise on a real API server', needs: 'etcd, kube-apiserver and Helm' },
];

/** Suites that `npm test` runs. */
export const quickSuites = suites.filter(({ needs }) => needs === undefined);
/** Suites that only `npm run test:all` runs. */
export const builtSuites = suites.filter(({ needs }) => needs !== undefined);
