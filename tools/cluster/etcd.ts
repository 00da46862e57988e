import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, Server } from './server.ts';

/** One etcd of one member, without fsync: its data lives no longer than the test. */
export class Etcd {
  readonly url: string;
  readonly #dataFolder: string;
  readonly #server: Server;

  constructor(url: string, dataFolder: string, server: Server) {
    this.url = url;
    this.#dataFolder = dataFolder;
    this.#server = server;
  }

  static async start(command: string, folder: string, name: string, flags: readonly string[]): Promise<Etcd> {
    const [url = '', peer = ''] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`);
    const dataFolder = join(folder, name);
    await mkdir(dataFolder, { mode: 0o700 });
    const own = {
      'data-dir': dataFolder,
      'listen-client-urls': url,
      'advertise-client-urls': url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      'log-level': 'warn',
      'unsafe-no-fsync': 'true',
    };
    const server = new Server({
      name,
      command,
      flags: [...Object.entries(own).map(([flag, value]) => `--${flag}=${value}`), ...flags],
      logFile: join(folder, `${name}.log`),
      ready: () => answers(`${url}/health`),
    });
    await server.start();
    return new Etcd(url, dataFolder, server);
  }

  /** Copies its present state. It stands still for that moment. */
  async save(to: string): Promise<void> {
    await this.#server.stop();
    await cp(this.#dataFolder, to, { recursive: true });
    await this.#server.start();
  }

  /** Puts it back to a saved state, on the same port, as a restore from a backup does. */
  async restore(from: string): Promise<void> {
    await this.#server.stop('SIGKILL');
    await rm(this.#dataFolder, { recursive: true });
    await cp(from, this.#dataFolder, { recursive: true });
    await this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop('SIGKILL');
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false; // not listening yet
    throw error;
  }
}
