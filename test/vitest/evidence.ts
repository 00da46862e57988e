/** Keeps the logs of the processes that a failed test started, for its report. Set up before each test file. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeEach, type TestContext } from 'vitest';
import { processLogs } from '../../tools/support/process-log.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Folder below the repository with one file for each process. */
    logs?: string;
  }
}

const root = join(import.meta.dirname, '..', '..');

/** Where logs of failed tests are kept; the next run removes them. */
export const logsFolder = join(root, '.test-logs');

beforeEach((context) => {
  const startedAt = Date.now();
  context.onTestFailed(() => keepLogs(context, startedAt));
});

function keepLogs({ task }: TestContext, startedAt: number): void {
  const logs = processLogs(startedAt).filter(({ text }) => text !== '');
  if (logs.length === 0) return;
  const folder = unusedFolder(join(logsFolder, slug(task.file.name), slug(task.name)));
  mkdirSync(folder, { recursive: true });
  for (const { name, pid, text } of logs) writeFileSync(join(folder, `${slug(name)}-${pid}.log`), text);
  task.meta.logs = relative(root, folder);
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
