import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface GoBuild {
  /** Folder of go.mod and go.sum. */
  readonly module: string;
  readonly package: string;
  readonly output: string;
  /** Variables of the program that are set when it is linked, by import path and name: what it says of itself, e.g. its version. */
  readonly variables: Readonly<Record<string, string>>;
}

/** @returns e.g. `go version go1.26.8 linux/amd64`; undefined where there is no Go */
export async function goVersion(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { code, output } = await runGo(['version'], environment, process.cwd());
    return code === 0 ? output.trim() : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Builds one program. Throws with the compiler's output. @param onSecond gets the seconds so far, once a second @returns how many it took */
export async function buildBinary(
  { module, package: path, output, variables }: GoBuild,
  environment: NodeJS.ProcessEnv,
  onSecond: (seconds: number) => void,
): Promise<number> {
  const flags = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  const words = [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    ['-s', '-w', ...flags].join(' '),
    '-o',
    output,
    path,
  ];
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  const ticking = setInterval(() => onSecond(seconds()), 1_000);
  const { code, output: said } = await runGo(words, { ...environment, CGO_ENABLED: '0' }, module).finally(() =>
    clearInterval(ticking),
  );
  if (code !== 0) throw new Error(`go ${words.join(' ')} in ${module} ended with ${code}:\n${said.slice(-4_000)}`);
  return seconds();
}

async function runGo(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
): Promise<{ readonly code: number; readonly output: string }> {
  const go = spawn('go', words, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [go.stdout, go.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(go, 'close')) as [number | null];
  return { code: code ?? 1, output };
}
