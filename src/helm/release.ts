/** What a template knows of its release and chart, as expressions; and the same for values and a release that are known, so that both can be compared. */
import { productName, productVersion } from '../../runtime/src/contract/names.ts';
import { type Entries, isEntries } from '../entries.ts';
import type { Identity, WireList } from '../collector-model.ts';
import { Expression, isExpression, type Val } from '../symbolic/expression.ts';
import type { Values } from '../values/values.ts';

export const chartName = productName;
export const chartVersion = productVersion;

export interface Release {
  readonly name: Val<string>;
  readonly namespace: Val<string>;
  readonly identity: Identity;
  readonly serviceAccountName: Val<string>;
  readonly image: Val<string>;
  readonly imagePullSecrets: WireList;
}

const yields = (go: string) => new Expression<string>(go, 'string', true);

export const symbolicRelease: Release = {
  name: yields('include "eventbaton.fullname" .'),
  namespace: yields('.Release.Namespace'),
  identity: {
    product: yields('include "eventbaton.name" .'),
    instance: yields('.Release.Name'),
    version: yields('.Chart.AppVersion | replace "+" "_"'),
    managedBy: yields('.Release.Service'),
    chart: yields('include "eventbaton.chart" .'),
  },
  serviceAccountName: yields('include "eventbaton.serviceAccountName" .'),
  image: yields('include "eventbaton.image" .'),
  imagePullSecrets: new Expression('include "eventbaton.imagePullSecrets" . | fromJsonArray', 'list'),
};

/** The same as the helpers in `_helpers.tpl` say, which a test holds against each other. */
export function knownRelease(values: Values, instance: string, namespace: string): Release {
  const product = shortened(known(values.nameOverride) || chartName);
  const name = fullName(values, instance);
  const account = known(values.serviceAccount.name);
  return {
    name,
    namespace,
    identity: {
      product,
      instance,
      version: withoutPlus(productVersion),
      managedBy: 'Helm',
      chart: shortened(withoutPlus(`${chartName}-${chartVersion}`)),
    },
    serviceAccountName: account || (values.serviceAccount.create === true ? name : 'default'),
    image: imageOf(values),
    imagePullSecrets: imagePullSecretsOf(values),
  };
}

function fullName({ nameOverride, fullnameOverride }: Values, instance: string): string {
  const override = known(fullnameOverride);
  if (override !== '') return shortened(override);
  const name = known(nameOverride) || chartName;
  return shortened(instance.includes(name) ? instance : `${instance}-${name}`);
}

function imageOf({ global, image }: Values): string {
  const digest = known(image.digest);
  const registry = known(global.imageRegistry).replace(/\/$/, '');
  const repository = known(image.repository);
  const isWhole = registry === '' || repository.startsWith(`${registry}/`);
  return `${isWhole ? repository : `${registry}/${repository}`}:${known(image.tag) || withoutPlus(productVersion)}${digest === '' ? '' : `@${digest}`}`;
}

/** Each once, those of all charts first. */
function imagePullSecretsOf({ global, imagePullSecrets }: Values): readonly Entries[] {
  const secrets: readonly unknown[] = [...known(global.imagePullSecrets), ...known(imagePullSecrets)];
  const names = secrets.map((secret) => (isEntries(secret) ? secret['name'] : secret));
  return [...new Set(names)].map((name) => ({ name }));
}

/** Neither labels nor tags of images may have one. */
function withoutPlus(version: string): string {
  return version.replaceAll('+', '_');
}

/** Names are parts of labels: at most 63 characters, and no hyphen at the end. */
function shortened(name: string): string {
  return name.slice(0, 63).replace(/-$/, '');
}

function known<T>(value: Val<T>): T {
  if (isExpression(value)) throw new Error(`{{ ${value.go} }} is not known here`);
  return value;
}
