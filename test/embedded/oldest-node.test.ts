import { rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedControlPlane, startEmbeddedControlPlane } from '../../tools/cluster/embedded/control-plane.ts';
import { settleAccount } from '../../tools/trial/account.ts';
import { settle } from '../../tools/trial/settling.ts';
import { expectAccount } from '../support/account.ts';
import { oldestNode, oldestVersion, type UsersNode } from '../support/nodes.ts';
import { install, requestsOf } from '../support/real.ts';

const folder = mkdtempSync(join(tmpdir(), 'eventbaton-oldest-node-'));
let plane: EmbeddedControlPlane;
let node: UsersNode;

beforeAll(async () => {
  [plane, node] = await Promise.all([startEmbeddedControlPlane(), oldestNode(folder)]);
});

afterAll(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true });
});

test('on the oldest Node that is claimed, both sinks get every version', async () => {
  expect(node.version).toBe(oldestVersion());
  const installation = await install(plane, { namespace: 'oldest', node: node.program });
  const pod = await installation.addPod();
  await installation.listed();
  const workload = installation.workload();
  await workload.burst(50);
  const arrived = { lost: 0, duplicated: 0, delivered: 50 };
  expectAccount(await installation.settled([workload]), arrived);
  const streamed = () => settleAccount(workload.written, installation.streamed());
  expectAccount(await settle(streamed), arrived);
  expect(await pod.stop('SIGTERM')).toBe(0);
});

test('on the oldest Node that is claimed, a kubeconfig is read', async () => {
  const installation = await install(plane, { namespace: 'kubeconfig', node: node.program });
  const pod = await installation.addPod({
    DD_KUBERNETES_KUBECONFIG_PATH: plane.kubeconfigFile,
    EVENTBATON_SERVICE_ACCOUNT_DIR: '/nowhere',
  });
  await installation.listed();
  const workload = installation.workload();
  await workload.burst(10);
  expectAccount(await installation.settled([workload]), { lost: 0, delivered: 10 });
  const asked = requestsOf(await plane.requests(), pod.identity);
  expect(new Set(asked.map(({ user }) => user))).toEqual(new Set(['admin']));
});
