import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { processLogs } from '../../../tools/support/process-log.ts';
import { startSupervised } from '../../../tools/support/supervised.ts';

test('what a program wrote to standard error is kept under its name, also after its end', async () => {
  const since = Date.now();
  const program = await startSupervised('sh', ['-c', 'echo first >&2; echo last >&2'], { name: 'collector-7' });
  await program.ended;
  await finished(program.stderr);
  const log = processLogs(since).find(({ pid }) => pid === program.pid);
  expect([log?.name, log?.text]).toEqual(['collector-7', 'first\nlast\n']);
});

test('a program that ended before is left out', async () => {
  const program = await startSupervised('sh', ['-c', 'echo gone >&2']);
  await program.ended;
  expect(processLogs(Date.now() + 1).map(({ pid }) => pid)).not.toContain(program.pid);
});

test('whoever reads standard error as well gets all of it', async () => {
  const program = await startSupervised('sh', ['-c', 'seq 1 20000 >&2']);
  let text = '';
  program.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await finished(program.stderr);
  expect(text.trimEnd().split('\n')).toHaveLength(20_000);
});
