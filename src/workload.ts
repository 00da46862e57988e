import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel, PoolModel, WorkloadKind } from './collector-model.ts';
import { metadata, poolSelectorLabels, selectorLabels } from './labels.ts';
import type { Workload } from './pod-props.ts';
import { podTemplate } from './pod-template.ts';
import { childWhen } from './symbolic/child.ts';
import type { Entries } from './entries.ts';
import { and, equal, given, isSet, text, when } from './symbolic/combine.ts';
import type { Val } from './symbolic/expression.ts';

/** What whoever extends the constructs may do to a workload. */
export interface WorkloadHooks {
  podTemplate(template: Entries, pool: string | undefined): Entries;
  createWorkload(id: string, manifest: Workload): ApiObject;
}

export function createWorkloads(model: CollectorModel, hooks: WorkloadHooks): readonly ApiObject[] {
  return model.pools.flatMap((pool) =>
    (['DaemonSet', 'Deployment'] as const).flatMap((kind) => {
      const id = pool.name === undefined ? kind : `${kind}-${pool.name}`;
      const make = () => hooks.createWorkload(id, workloadManifest(kind, model, pool, hooks));
      return childWhen(equal(model.workload, kind), make) ?? [];
    }),
  );
}

function workloadManifest(kind: WorkloadKind, model: CollectorModel, pool: PoolModel, hooks: WorkloadHooks) {
  const { namespace } = model;
  const spec = {
    selector: { matchLabels: poolSelectorLabels(model, pool) },
    template: hooks.podTemplate(podTemplate(model, pool), pool.name),
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadata(model, { name: workloadName(model, pool), namespace }),
    spec:
      kind === 'DaemonSet'
        ? { updateStrategy: daemonSetStrategy(pool), ...history(pool), ...spec }
        : { ...deployment(model, pool), ...history(pool), ...spec },
  };
}

function workloadName({ name }: CollectorModel, pool: PoolModel): Val<string> {
  return pool.name === undefined ? name : text`${name}-${pool.name}`;
}

/** A tenth of the nodes at once: a hand-over concerns one pod, and the others only start anew. */
function daemonSetStrategy({ updateStrategy }: PoolModel) {
  return when<Val<Entries>>(given(updateStrategy), updateStrategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: '10%' },
  });
}

function history({ revisionHistoryLimit }: PoolModel) {
  return { revisionHistoryLimit: when(isSet(revisionHistoryLimit), revisionHistoryLimit) };
}

/**
 * The new pod follows the lock before an old one lets it go. On the host's network it may find no node where its port is free: then an old one goes
 * first.
 */
function deployment({ pod }: CollectorModel, { replicas, updateStrategy }: PoolModel) {
  const rolling = (rollingUpdate: Entries): Val<Entries> => ({ type: 'RollingUpdate', rollingUpdate });
  const strategy = when(
    given(updateStrategy),
    updateStrategy,
    when(pod.hostNetwork, rolling({ maxSurge: 0, maxUnavailable: 1 }), rolling({ maxSurge: 1, maxUnavailable: 0 })),
  );
  return { replicas, strategy };
}

/** For all workloads of the set: whichever pod leads, another should be there to take over. */
export function createDisruptionBudget(scope: Construct, model: CollectorModel): ApiObject | undefined {
  const { create, maxUnavailable } = model.disruptionBudget;
  const { name, namespace } = model;
  return childWhen(
    and(equal(model.workload, 'Deployment'), create),
    () =>
      new ApiObject(scope, 'PodDisruptionBudget', {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: metadata(model, { name, namespace }),
        spec: { maxUnavailable, selector: { matchLabels: selectorLabels(model) } },
      }),
  );
}
