import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { ClosingLine } from './test/vitest/closing-line.ts';

if (Number(process.versions.node.split('.')[0]) < 22) {
  throw new Error(
    `Node ${process.versions.node} is too old for the tests: run them with \`npm test\` or \`npx vitest\`, which use the pinned Node.`,
  );
}

/**
 * Milliseconds after which a test counts as hanging. How fast something is, is measured by `npm run bench`: a machine that is four times slower
 * fails no test. More random cases take longer.
 */
const hangingMs = 300_000 * Number(process.env['EFFORT'] ?? 1);

interface Suite {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly setup?: string;
  readonly controlPlane?: 'embedded' | 'real';
  /** Test files at the same time. */
  readonly workers: number;
  /** Suites of a group run at the same time, groups one after the other. */
  readonly group: number;
  readonly hangingMs?: number;
}

function project(suite: Suite): TestProjectInlineConfiguration {
  const { name, include, exclude = [], setup, controlPlane, workers, group } = suite;
  return {
    test: {
      name,
      include: [...include],
      exclude: [...exclude, '**/node_modules/**'],
      setupFiles: ['test/vitest/evidence.ts'],
      ...(setup === undefined ? {} : { globalSetup: setup }),
      ...(controlPlane === undefined ? {} : { provide: { controlPlane } }),
      testTimeout: suite.hangingMs ?? hangingMs,
      hookTimeout: hangingMs,
      maxWorkers: workers,
      sequence: { groupOrder: group },
    },
  };
}

const others = ['real', 'conformance', 'embedded', 'package', 'chart'].map((folder) => `test/${folder}/**`);

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    projects: [
      { name: 'unit', include: ['test/**/*.test.ts'], exclude: others, workers: 2, group: 0 },
      { name: 'package', include: ['test/package/**/*.test.ts'], workers: 1, group: 1 },
      {
        name: 'chart',
        include: ['test/chart/**/*.test.ts'],
        setup: 'test/vitest/helm-setup.ts',
        workers: 2,
        group: 2,
      },
      // Collectors wait for time to pass more than they compute: more files than processors.
      {
        name: 'embedded',
        include: ['test/conformance/**/*.test.ts', 'test/embedded/**/*.test.ts'],
        setup: 'test/vitest/bundle-setup.ts',
        controlPlane: 'embedded' as const,
        workers: 4,
        group: 3,
        hangingMs: 3 * hangingMs,
      },
      {
        name: 'real',
        include: ['test/conformance/**/*.test.ts', 'test/real/**/*.test.ts'],
        setup: 'test/vitest/real-setup.ts',
        controlPlane: 'real' as const,
        workers: 3,
        group: 4,
        hangingMs: 3 * hangingMs,
      },
    ].map(project),
  },
});
