import { ApiObject, App, Chart } from 'cdk8s';
import { expect, test } from 'vitest';
import { Emitter } from '../../../src/helm/emitter.ts';
import { MarkingResolver } from '../../../src/helm/marking-resolver.ts';
import {
  each,
  entries,
  items,
  itemsWhen,
  keyed,
  merged,
  named,
  orOmit,
  text,
  when,
} from '../../../src/symbolic/combine.ts';
import { Expression, type Val } from '../../../src/symbolic/expression.ts';

const string = new Expression<string>('.Values.text', 'string');
const flag = new Expression<boolean>('.Values.on', 'flag');
const list = new Expression<readonly object[]>('.Values.list', 'list');
const map = new Expression<Record<string, unknown>>('.Values.map', 'map') as Val<Record<string, unknown>>;

function emitted(spec: unknown, condition?: Expression): { text: string; emitter: Emitter } {
  const resolver = new MarkingResolver();
  const chart = new Chart(new App({ resolvers: [resolver] }), 'chart');
  const { spec: resolved } = new ApiObject(chart, 'object', { apiVersion: 'v1', kind: 'Thing', spec }).toJson();
  const emitter = new Emitter(resolver.marked, 'x');
  return { text: emitter.object({ spec: resolved }, condition), emitter };
}

const lines = (spec: unknown) =>
  emitted(spec)
    .text.trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(2));

test('scalars go through the function of their kind', () => {
  const number = new Expression<number>('.Values.n', 'integer');
  expect(lines({ a: string, b: number, c: flag, d: text`${string}!` })).toEqual([
    'a: {{ .Values.text | quote }}',
    'b: {{ int64 .Values.n }}',
    'c: {{ .Values.on }}',
    'd: {{ printf "%v!" .Values.text | quote }}',
  ]);
});

test('what is empty leaves no key behind', () => {
  expect(lines({ z: 1, a: orOmit(map) })).toEqual([
    '{{- with .Values.map }}',
    'a:',
    '  {{- toYaml . | nindent 4 }}',
    '{{- end }}',
    'z: 1',
  ]);
  expect(lines({ z: 1, a: { ...entries(map) } })).toEqual(lines({ z: 1, a: orOmit(map) }));
  expect(lines({ z: 1, a: { b: when(flag, 1), ...entries(map) } })[0]).toBe('{{- if or .Values.map .Values.on }}');
});

test('conditions stand around entries and items', () => {
  expect(lines({ z: 1, a: when(flag, 'yes', 'other') })).toEqual([
    '{{- if .Values.on }}',
    'a: "yes"',
    '{{- else }}',
    'a: other',
    '{{- end }}',
    'z: 1',
  ]);
  expect(lines({ a: [1, ...itemsWhen(flag, [{ b: 1 }]), ...items(list)] })).toEqual([
    'a:',
    '  - 1',
    '  {{- if .Values.on }}',
    '  - b: 1',
    '  {{- end }}',
    '  {{- with .Values.list }}',
    '  {{- toYaml . | nindent 4 }}',
    '  {{- end }}',
  ]);
});

test('a node for each item names the fields of the item', () => {
  const refs = new Expression<readonly { name: string }[]>('.Values.refs', 'list');
  expect(lines({ a: each(refs, 'ref', (field) => ({ b: field('name') })) })).toEqual([
    'a:',
    '  {{- range $ref := .Values.refs }}',
    '  - b: {{ $ref.name | quote }}',
    '  {{- end }}',
  ]);
});

test('names, keys and texts that look like an action, or like another type, are none', () => {
  expect(lines({ '{{ a }}': '{{ .Values.b }}', on: 'no', c: '012', ...keyed(string, string) })).toEqual(
    expect.arrayContaining([
      '"{{ "{{" }} a }}": "{{ "{{" }} .Values.b }}"',
      '"on": "no"',
      'c: "012"',
      '{{ .Values.text | quote }}: {{ .Values.text | quote }}',
    ]),
  );
});

test('what several places share is defined once, and two different things of one name are an error', () => {
  const { text: template, emitter } = emitted({ a: named('labels', { b: string }), c: named('labels', { b: string }) });
  expect(template.match(/include "x\.labels" \. \| nindent 4/g)).toHaveLength(2);
  expect(emitter.named.get('x.labels')).toEqual(['b: {{ .Values.text | quote }}']);
  expect(() => emitted({ a: named('labels', { b: string }), c: named('labels', { d: string }) })).toThrow(
    /two different maps are both named "labels"/,
  );
});

test('an item cannot begin with an action, for its dash would stand on a line of its own', () => {
  expect(() => emitted({ a: [{ b: when(flag, 1), c: 2 }] })).toThrow(/begins with an action/);
});

test('an object stands under its condition', () => {
  expect(emitted({ a: 1 }, flag).text).toBe('{{- if .Values.on }}\nspec:\n  a: 1\n{{- end }}\n');
  expect(emitted({ a: merged({ a: 'x' }, map) as object }).text).toContain(
    'merge (dict) (dict "a" "x") (default dict .Values.map)',
  );
});
