import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { startSupervised, type Supervised } from '../support/supervised.ts';

export interface ServerOptions {
  readonly name: string;
  readonly command: string;
  readonly flags: readonly string[];
  readonly logFile: string;
  /** Whether it answers. */
  readonly ready: () => Promise<boolean>;
}

const startLimitMs = 240_000;

/** Below those that kernels give out themselves (Linux from 32768 on): nobody else gets one by chance between its choice and its use. */
const ownPorts = { from: 20_000, to: 32_768 };

/** One server program: started until it answers, stopped by its process id, started again with the same flags. */
export class Server {
  readonly #options: ServerOptions;
  #process: Supervised | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const { name, command, flags, logFile } = this.#options;
    const log = createWriteStream(logFile, { flags: 'a' });
    const running = await startSupervised(command, flags, {
      name,
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    running.stdout.pipe(log, { end: false });
    running.stderr.pipe(log, { end: false });
    this.#process = running;
    let code: number | undefined;
    void running.ended.then((ended) => {
      code = ended;
      log.end();
    });
    const deadline = Date.now() + startLimitMs;
    while (!(await this.#options.ready())) {
      if (code !== undefined) throw new Error(`${name} ended with ${code}:\n${await tail(logFile)}`);
      if (Date.now() > deadline)
        throw new Error(`${name} does not answer after ${startLimitMs / 1_000} s:\n${await tail(logFile)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    running.kill(signal);
    const hard = setTimeout(() => running.kill('SIGKILL'), 20_000);
    await running.ended;
    clearTimeout(hard);
  }
}

/** A port that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Different ones: asked for one after the other, the same port may come twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: NetServer[] = [];
  while (servers.length < count) {
    const server = await listening(randomInt(ownPorts.from, ownPorts.to));
    if (server !== undefined) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

/** @returns undefined where somebody uses that port */
async function listening(port: number): Promise<NetServer | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).slice(-3_000);
}
