import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/vitest/closing-line.ts';

if (Number(process.versions.node.split('.')[0]) < 22) {
  throw new Error(
    `Node ${process.versions.node} is too old for the tests: run them with \`npm test\` or \`npx vitest\`, which use the pinned Node.`,
  );
}

/** Against what hangs; how fast something is, is measured by `npm run bench`. Machines may be busy. */
const testTimeout = 60_000;

const setupFiles = ['test/vitest/evidence.ts'];

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['real', 'conformance', 'embedded', 'package', 'chart'].map((folder) => `test/${folder}/**`),
            '**/node_modules/**',
          ],
          testTimeout,
          setupFiles,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout,
          setupFiles,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'chart',
          include: ['test/chart/**/*.test.ts'],
          globalSetup: 'test/vitest/helm-setup.ts',
          testTimeout,
          setupFiles,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'embedded',
          include: ['test/conformance/**/*.test.ts', 'test/embedded/**/*.test.ts'],
          globalSetup: 'test/vitest/bundle-setup.ts',
          provide: { controlPlane: 'embedded' },
          // Its tests wait for time to pass more than they compute.
          maxWorkers: 4,
          testTimeout,
          setupFiles,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/conformance/**/*.test.ts', 'test/real/**/*.test.ts'],
          globalSetup: 'test/vitest/real-setup.ts',
          provide: { controlPlane: 'real' },
          // Each file has a control plane of its own: two at once would fight for the processor.
          fileParallelism: false,
          testTimeout: 240_000,
          setupFiles,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
