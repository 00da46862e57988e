/** Keeps the logs of the processes that ran during a failed test or hook, for its report. Set up before each test file. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, type RunnerTestSuite } from 'vitest';
import { processLogs } from '../../tools/support/process-log.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Folder below the repository with one file for each process. */
    logs?: string;
  }
}

interface FailedTask {
  readonly name: string;
  readonly file: { readonly name: string };
  readonly meta: { logs?: string };
}

const root = join(import.meta.dirname, '..', '..');
const fileStartedAt = Date.now();

/** Folder with the logs of failed tests; the next run removes it. */
const logsFolder = join(root, '.test-logs');

beforeEach(({ task, onTestFailed }) => {
  const startedAt = Date.now();
  onTestFailed(() => keepLogs(task, startedAt));
});

// oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures a hook wants: none
afterAll(({}, file) => {
  for (const suite of failedSuites(file)) keepLogs(suite, fileStartedAt);
});

/** Suites one of whose hooks failed, the file among them. */
function failedSuites(suite: RunnerTestSuite): readonly RunnerTestSuite[] {
  const own = (suite.result?.errors ?? []).length > 0 ? [suite] : [];
  return [...own, ...suite.tasks.flatMap((task) => (task.type === 'suite' ? failedSuites(task) : []))];
}

function keepLogs({ name, file, meta }: FailedTask, startedAt: number): void {
  const logs = processLogs(startedAt).filter(({ text }) => text !== '');
  if (logs.length === 0) return;
  const folder = unusedFolder(join(logsFolder, slug(file.name), slug(name)));
  mkdirSync(folder, { recursive: true });
  for (const { name: program, pid, text } of logs) writeFileSync(join(folder, `${slug(program)}-${pid}.log`), text);
  meta.logs = relative(root, folder);
}

/** A test that fails again keeps both. */
function unusedFolder(path: string): string {
  if (!existsSync(path)) return path;
  let number = 2;
  while (existsSync(`${path}-${number}`)) number += 1;
  return `${path}-${number}`;
}

function slug(text: string): string {
  return text.replace(/[^a-z0-9]+/gi, '-').slice(0, 80);
}
