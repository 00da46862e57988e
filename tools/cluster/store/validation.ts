/** Source: kubernetes v1.36 `pkg/apis/{core,coordination}/validation`. */
import type { Kind } from './kinds.ts';
import { isObject, type StoredObject } from './object.ts';
import { invalid, invalidValue, type StatusCause } from './status.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** Throws where the content of an object is not what its kind allows. */
export function validate(kind: Kind, object: StoredObject): void {
  const { name = '' } = object.metadata;
  const causes = [...nameCauses(kind, name), ...(contentRules[kind.kind]?.(object) ?? [])];
  if (causes.length > 0) throw invalid(kind, name, causes);
}

const contentRules: Readonly<Record<string, (object: StoredObject) => readonly StatusCause[]>> = {
  Lease: leaseCauses,
  Event: eventCauses,
};

function nameCauses({ kind, group }: Kind, name: string): readonly StatusCause[] {
  const field = 'metadata.name';
  if (name === '')
    return [{ reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field }];
  if (group === 'rbac.authorization.k8s.io') return []; // any segment of a path
  const pattern = kind === 'Namespace' ? labelPattern : subdomainPattern;
  return pattern.test(name) && name.length <= 253 ? [] : [invalidValue(field, name, subdomainRule)];
}

function leaseCauses({ spec }: StoredObject): readonly StatusCause[] {
  if (!isObject(spec)) return [];
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec;
  return [
    ...(typeof duration === 'number' && duration <= 0
      ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : []),
    ...(typeof transitions === 'number' && transitions < 0
      ? [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

function eventCauses({ metadata, involvedObject }: StoredObject): readonly StatusCause[] {
  const { namespace = '' } = metadata;
  const involved = (isObject(involvedObject) ? involvedObject['namespace'] : undefined) ?? '';
  const fits = involved === '' ? ['default', 'kube-system'].includes(namespace) : involved === namespace;
  return fits ? [] : [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
}
