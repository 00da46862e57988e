/** Objects of cdk8s on their way to the API server. */
import { ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';

/**
 * The typed objects under cdk8s-plus write only the fields that they know, after patches have been applied: a patch of any other is dropped without
 * a word (cdk8s-team/cdk8s#2172). What we give them is in wire form already, so they write it as plain objects do.
 */
export function patchable<T extends Construct>(construct: T): T {
  const object = ApiObject.of(construct);
  object.toJson = () => ApiObject.prototype.toJson.call(object);
  return construct;
}

/** cdk8s-plus writes an empty apiGroup, which the API server drops: each `kubectl apply` would say that it changed something. */
export function withoutEmptyApiGroup<T extends Construct>(binding: T): T {
  ApiObject.of(binding).addJsonPatch(JsonPatch.remove('/subjects/0/apiGroup'));
  return binding;
}

/** A chart puts its namespace on every object that names none, those that can have none included. */
export function clusterScoped<T extends Construct>(construct: T): T {
  const object = ApiObject.of(construct);
  if (object.metadata.namespace !== undefined) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  return construct;
}
