import { expect, test } from 'vitest';
import { expectProgram, runProgram } from '../../../tools/support/run-program.ts';

const sh = (script: string) => ['-c', script];

test('a program gets its input, folder and environment, and what it says and how it ends is the answer', async () => {
  const call = { folder: '/', env: { PATH: process.env['PATH'], WORD: 'a' }, stdin: 'in' };
  const answer = await runProgram('sh', sh('cat; echo " $WORD $PWD"; echo err >&2; exit 3'), call);
  expect(answer).toEqual({ code: 3, stdout: 'in a /\n', stderr: 'err\n' });
});

test('a program that reads none of its input is no error', async () => {
  await expect(runProgram('sh', sh('exec <&-; exit 0'), { stdin: 'x'.repeat(1_000_000) })).resolves.toMatchObject({
    code: 0,
  });
});

test('a program that fails where it must not is an error with what was tried and all that it said', async () => {
  const failing = expectProgram('sh', sh('echo out; echo err >&2; exit 3'));
  await expect(failing).rejects.toThrow('sh -c echo out; echo err >&2; exit 3 ended with 3\nerr\nout');
});

test('a program that is not there, or is ended by a signal, is an error in either case', async () => {
  await expect(runProgram('/nowhere/tool', [])).rejects.toThrow(/nowhere\/tool could not be run: .*ENOENT/);
  await expect(runProgram('sh', sh('echo why >&2; kill -TERM $$'))).rejects.toThrow('was ended by SIGTERM\nwhy');
});
