/** `npm run control-plane -- build|start|stop|status`: a control plane for a person to try things on. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBinaries, findBinaries } from './binaries.ts';
import { progressOn } from '../support/progress.ts';
import { startControlPlane } from './real.ts';
import { isRunning } from './sweep.ts';

const stateFile = join(
  process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'),
  'eventbaton',
  'control-plane.json',
);

interface State {
  readonly pid: number;
  readonly url: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
}

const usage = `npm run control-plane -- build                     build etcd, kube-apiserver, kube-controller-manager, kubectl (once)
npm run control-plane -- start [FLAG ...]          start one in the background; flags go to kube-apiserver, e.g. --event-ttl=60s,
                                                   those behind --etcd= to etcd
npm run control-plane -- status | stop
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main([verb, ...flags]: readonly string[]): Promise<number> {
  switch (verb) {
    case 'build':
      return build();
    case 'start':
      return start(flags);
    case 'hold':
      return hold(flags);
    case 'stop':
      return stop();
    case 'status':
      return status();
    default:
      say(usage);
      return 2;
  }
}

async function build(): Promise<number> {
  const binaries = await ensureBinaries(progressOn(process.stderr));
  if (binaries === undefined)
    say('Go is needed to build a control plane (1.26 or newer), or KUBEBUILDER_ASSETS with one that is built.');
  else say(`ready (${binaries.origin}): ${dirname(binaries.etcd)}`);
  return binaries === undefined ? 1 : 0;
}

/** The plane belongs to a process of its own, which goes on when this one ends. */
async function start(flags: readonly string[]): Promise<number> {
  if (running() !== undefined) {
    say('one is running already:');
    return status();
  }
  if ((await build()) !== 0) return 1;
  mkdirSync(dirname(stateFile), { recursive: true });
  const log = openSync(`${stateFile}.log`, 'w');
  const holder = spawn(process.execPath, [import.meta.filename, 'hold', ...flags], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  while (running() === undefined && holder.exitCode === null) await delay(100);
  if (holder.exitCode !== null) {
    say(readFileSync(`${stateFile}.log`, 'utf8'));
    return 1;
  }
  holder.unref();
  return status();
}

async function hold(flags: readonly string[]): Promise<number> {
  const etcdFlags = flags.filter((flag) => flag.startsWith('--etcd=')).map((flag) => flag.slice('--etcd='.length));
  const plane = await startControlPlane({
    apiServerFlags: flags.filter((flag) => !flag.startsWith('--etcd=')),
    etcdFlags,
  });
  const state: State = { pid: process.pid, url: plane.url, kubeconfig: plane.kubeconfigFile, kubectl: plane.kubectl };
  writeFileSync(stateFile, JSON.stringify(state), { mode: 0o600 });
  const held = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
  clearInterval(held);
  await plane.stop();
  rmSync(stateFile, { force: true });
  return 0;
}

async function stop(): Promise<number> {
  const state = running();
  if (state === undefined) {
    say('none is running');
    return 0;
  }
  process.kill(state.pid, 'SIGTERM');
  while (isRunning(state.pid)) await delay(100);
  say('stopped');
  return 0;
}

function status(): number {
  const binaries = findBinaries();
  say(
    binaries === undefined
      ? 'built:    no (npm run control-plane -- build)'
      : `built:    ${dirname(binaries.etcd)} (${binaries.origin})`,
  );
  const state = running();
  say(
    state === undefined
      ? 'running:  no'
      : `running:  ${state.url}, process ${state.pid}\n          export KUBECONFIG=${state.kubeconfig}\n          ${state.kubectl} get namespaces`,
  );
  return 0;
}

function running(): State | undefined {
  try {
    const state = JSON.parse(readFileSync(stateFile, 'utf8')) as State;
    return isRunning(state.pid) ? state : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

process.exit(await main(process.argv.slice(2)));
