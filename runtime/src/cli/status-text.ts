/** A view for people, in a few calm lines, inert whatever stands in it; and for machines, as JSON. */
import { inertText } from '../support/inert-text.ts';
import type { SinkStatus, Status } from '../operations/status.ts';
import type { ClusterView, View } from './view.ts';

export function viewText(view: View): string {
  const lines = view.from === 'collector' ? collectorLines(view.status) : clusterLines(view);
  return `${lines.map((each) => inertText(each).trimEnd()).join('\n')}\n`;
}

export function viewJson(view: View): string {
  return `${inertJson(view.from === 'collector' ? view.json : clusterJson(view))}\n`;
}

function collectorLines(status: Status): readonly string[] {
  const { version, identity, role, holder, term, token, window, secondsToLoss, sinks, warnings } = status;
  const isHeldUp = window?.full === true || sinks.some(({ required, state }) => required && state !== 'ok');
  return [
    `eventbaton ${version}, ${identity}`,
    '',
    line('role', roleText(role)),
    line(
      'holder',
      holder === undefined ? 'nobody, as far as is known' : holder + (holder === identity ? ', this one' : ''),
    ),
    ...(term === undefined ? [] : [line('term', String(term))]),
    ...(token === undefined ? [] : [line('token', tokenText(token))]),
    ...(window === undefined ? [] : [line('window', windowText(window))]),
    ...(isHeldUp && secondsToLoss !== undefined
      ? [line('at risk', `Events may expire undelivered in ${seconds(secondsToLoss)}`)]
      : []),
    ...labelled('sinks', sinkLines(sinks)),
    ...labelled('warnings', warnings.length === 0 ? ['none'] : warnings),
  ];
}

function clusterLines({ because, lock, token, at }: ClusterView): readonly string[] {
  const { record } = lock;
  return [
    `${because}. What the cluster says:`,
    '',
    line('lock', record === undefined ? `${lock.description}: there is none` : lock.description),
    ...(record === undefined
      ? []
      : [
          line('holder', record.holderIdentity === '' ? 'nobody: it was released' : record.holderIdentity),
          line('term', String(record.transitions)),
          line('renewed', `${record.renewTime ?? 'never'}, for ${seconds(record.leaseDurationMs / 1_000)}`),
        ]),
    line(
      'token',
      token.value === undefined ? `${token.description}: nothing is stored yet` : tokenText(tokenOf(token.value, at)),
    ),
  ];
}

function clusterJson({ because, lock, token, at }: ClusterView): unknown {
  const { record } = lock;
  return {
    collector: because,
    ...(record === undefined
      ? {}
      : {
          ...(record.holderIdentity === '' ? {} : { holder: record.holderIdentity }),
          term: record.transitions,
          renewTime: record.renewTime,
          leaseDurationSeconds: record.leaseDurationMs / 1_000,
        }),
    ...(token.value === undefined ? {} : { token: tokenOf(token.value, at) }),
  };
}

function tokenOf(
  { position, history, asOf }: NonNullable<ClusterView['token']['value']>,
  at: number,
): NonNullable<Status['token']> {
  return {
    position: String(position),
    history,
    ...(asOf === undefined
      ? {}
      : { asOf: new Date(asOf).toISOString(), ageSeconds: Math.max(0, Math.round(at - asOf) / 1_000) }),
  };
}

function roleText(role: Status['role']): string {
  switch (role) {
    case 'off':
      return 'off: neither collection nor election is switched on';
    case 'candidate':
      return 'candidate: it follows the lock';
    default:
      return 'leader';
  }
}

function tokenText({ position, history, asOf, ageSeconds }: NonNullable<Status['token']>): string {
  return [
    position === '0' ? 'nothing is settled yet' : position,
    ...(ageSeconds === undefined ? [] : [`${seconds(ageSeconds)} old (${asOf})`]),
    ...(history === 0 ? [] : [`history ${history}`]),
  ].join(', ');
}

function windowText({ records, bytes, full }: NonNullable<Status['window']>): string {
  if (records === 0) return 'empty: all that was read is settled';
  return `${count(records)} records, ${count(bytes)} bytes${full ? ', full: reading is paused' : ''}`;
}

function sinkLines(sinks: readonly SinkStatus[]): readonly string[] {
  const widest = Math.max(...sinks.map(({ name }) => name.length));
  return sinks.map(({ name, required, state, delivered, failingSince, lastError }) =>
    [
      name.padEnd(widest),
      `${state}${failingSince === undefined ? '' : ` since ${failingSince}`}, ${count(delivered)} delivered${required ? '' : ', best effort'}`,
      ...(lastError === undefined ? [] : [lastError]),
    ].join('  '),
  );
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, index) => line(index === 0 ? label : '', text));
}

function line(label: string, text: string): string {
  return `${label.padEnd(10)}${text}`;
}

function seconds(value: number): string {
  if (value < 120) return `${Math.round(value * 10) / 10} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3_600)} h`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** JSON writes C0 as escapes; the rest of what acts on a terminal it would let through. */
function inertJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
