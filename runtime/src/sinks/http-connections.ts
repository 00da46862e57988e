/** The connections of an http sink: one that is kept, directly or through a proxy. */
import type { Agent } from 'node:http';
import { createAgent } from '../support/agents.ts';
import type { Proxy } from './proxy.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** Servers and what stands before them retire idle connections after a minute or more; ours go first. */
const idleMs = 55_000;

const kept = { keepAlive: true, keepAliveMsecs: 30_000, timeout: idleMs, maxFreeSockets: 1 };

export class HttpConnections {
  #used: { readonly way: string; readonly agent: Agent } | undefined;

  /** What was opened another way is closed. */
  agentFor({ protocol }: URL, proxy: Proxy | undefined): Agent {
    const way = JSON.stringify([protocol, proxy]);
    if (this.#used?.way === way) return this.#used.agent;
    this.close();
    this.#used = { way, agent: newAgent(protocol === 'https:' ? 'https:' : 'http:', proxy) };
    return this.#used.agent;
  }

  close(): void {
    this.#used?.agent.destroy();
    this.#used = undefined;
  }
}

function newAgent(protocol: 'https:' | 'http:', proxy: Proxy | undefined): Agent {
  const isTunnel = protocol === 'https:' && proxy !== undefined;
  return isTunnel ? new TunnelAgent(proxy, { ...kept, proxyEnv: {} }) : createAgent(protocol, kept);
}
