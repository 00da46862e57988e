/**
 * Stands in for a pod, where no kubelet runs: the environment comes from the synthesized workload, the service-account folder from a real token,
 * and name, uid and port stay the same from one process to the next.
 */
import { join } from 'node:path';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import { type Supervised, startSupervised } from '../support/supervised.ts';
import { parseRecord } from './deliveries.ts';
import { collectLines, type Line } from './lines.ts';
import { type ProcessMemory, processMemory } from './process-memory.ts';
import { until } from './until.ts';

export const bundle = join(import.meta.dirname, '..', '..', 'build', 'eventbaton.mjs');

export interface PodOptions {
  readonly name: string;
  readonly healthPort: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Path of the Node that it runs on. */
  readonly node: string;
  readonly onRecord?: (pod: Pod, record: SinkRecord, at: number) => void;
}

export interface LogLine {
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export class Pod {
  readonly name: string;
  readonly healthPort: number;
  /** Lines of standard output of all its processes. */
  readonly output: Line[] = [];
  readonly log: LogLine[] = [];
  readonly #options: PodOptions;
  #process: Supervised | undefined;
  #ended: Promise<number> = Promise.resolve(0);

  constructor(options: PodOptions) {
    this.name = options.name;
    this.healthPort = options.healthPort;
    this.#options = options;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error(`pod ${this.name} has no process`);
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** The exit code of its latest process; 128 and the signal's number where a signal ended it. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  /** Who its latest process is, as lock and User-Agent have it. */
  get identity(): string {
    const started = this.log.findLast(({ message }) => message === 'started');
    if (started === undefined) throw new Error(`pod ${this.name} has not said who it is`);
    return String(started['identity']);
  }

  /** Starts a process, and waits until it has said who it is. */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error(`pod ${this.name} runs already`);
    const before = this.log.length;
    const started = await startSupervised(this.#options.node, [bundle, 'run'], {
      name: this.name,
      environment: this.#options.environment,
    });
    this.#process = started;
    collectLines(started.stdout, (line) => this.#take(line));
    collectLines(started.stderr, ({ at, text }) => this.log.push(parseLog(text, at)));
    this.#ended = started.ended.finally(() => {
      if (this.#process === started) this.#process = undefined;
    });
    await until(
      () => `start of pod ${this.name}:\n${this.#said(before)}`,
      () => {
        if (this.#process !== started) throw new Error(`pod ${this.name} ended at its start:\n${this.#said(before)}`);
        return this.log.slice(before).find(({ message }) => message === 'started');
      },
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    this.signal(signal);
    return this.#ended;
  }

  /** As a reader of its standard output who falls behind: nothing is read until {@link resumeOutput}. */
  pauseOutput(): void {
    this.#process?.stdout.pause();
  }

  resumeOutput(): void {
    this.#process?.stdout.resume();
  }

  /** Memory of its process. */
  memory(): Promise<ProcessMemory> {
    return processMemory(this.pid);
  }

  /** One of its pages, as text. */
  async page(path: '/livez' | '/readyz' | '/metrics' | '/status'): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.healthPort}${path}`)).text();
  }

  /** The value of a metric, summed over the series whose labels contain `labels`; 0 where there is none. */
  async metric(name: string, labels = ''): Promise<number> {
    const lines = (await this.page('/metrics')).split('\n');
    return lines
      .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  #said(fromLine: number): string {
    return this.log
      .slice(fromLine)
      .map(({ message }) => message)
      .join('\n');
  }

  #take(line: Line): void {
    this.output.push(line);
    const record = parseRecord(line.text);
    if (record !== undefined) this.#options.onRecord?.(this, record, line.at);
  }
}

/** What a crash prints is no JSON. */
function parseLog(text: string, at: number): LogLine {
  try {
    return { ...(JSON.parse(text) as Omit<LogLine, 'at'>), at } as LogLine;
  } catch (error) {
    if (error instanceof SyntaxError) return { at, level: 'error', message: text };
    throw error;
  }
}
