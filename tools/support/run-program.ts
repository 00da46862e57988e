import { type ExecFileException, execFile } from 'node:child_process';

export interface ProgramCall {
  readonly folder?: string;
  /** The whole environment. Left out, it is that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
}

export interface ProgramAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Its failure is an answer: throws only where it could not be run, or was ended by a signal. */
export function runProgram(
  command: string,
  words: readonly string[],
  { folder, env, stdin = '' }: ProgramCall = {},
): Promise<ProgramAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ProgramAnswer>();
  const ended = (error: ExecFileException | null, stdout: string, stderr: string) => {
    const code = error === null ? 0 : error.code;
    if (typeof code === 'number') return resolve({ code, stdout, stderr });
    const how = error?.signal ? `was ended by ${error.signal}` : `could not be run: ${error?.message}`;
    reject(new Error(`${[command, ...words].join(' ')} ${how}\n${stderr}`.trim(), { cause: error }));
  };
  const options = {
    maxBuffer: 64 * 1024 * 1024,
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(env && { env }),
  };
  const child = execFile(command, words, options, ended);
  child.stdin?.on('error', () => undefined); // it ended without reading all of it: how it ended says enough
  child.stdin?.end(stdin);
  return promise;
}

/** As `runProgram`, but throws what was tried and what was said unless it succeeds. */
export async function expectProgram(
  command: string,
  words: readonly string[],
  call: ProgramCall = {},
): Promise<ProgramAnswer> {
  const answer = await runProgram(command, words, call);
  if (answer.code !== 0) throw new Error(describeFailure([command, ...words], answer));
  return answer;
}

/** Some tell on stdout what is wrong, such as `helm lint` and tsc. */
function describeFailure(words: readonly string[], { code, stdout, stderr }: ProgramAnswer): string {
  return [`${words.join(' ')} ended with ${code}`, stderr.trim(), stdout.trim().slice(-4_000)]
    .filter((part) => part !== '')
    .join('\n');
}
