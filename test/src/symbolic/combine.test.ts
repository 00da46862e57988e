import { describe, expect, test } from 'vitest';
import {
  and,
  ceilingPlus,
  each,
  equal,
  given,
  isSet,
  merged,
  named,
  not,
  or,
  orElse,
  orOmit,
  text,
  when,
} from '../../../src/symbolic/combine.ts';
import { Expression, type Val } from '../../../src/symbolic/expression.ts';
import { Conditional, Named, OmittedWhenEmpty } from '../../../src/symbolic/nodes.ts';

const name = new Expression<string>('.Values.name', 'string');
const on = new Expression<boolean>('.Values.on', 'flag');
const go = (value: unknown) => (value instanceof Expression ? value.go : value);

describe('with literals a combinator decides at once:', () => {
  test.each([
    ['text', text`a-${'b'}-${1}`, 'a-b-1'],
    [
      'given',
      [given(''), given([]), given({}), given(undefined), given('x'), given([0])],
      [false, false, false, false, true, true],
    ],
    ['isSet', [isSet(null), isSet(undefined), isSet(0), isSet('')], [false, false, true, true]],
    [
      'and, or, not',
      [and(true, false), and(true), or(false, true), or(false), not(false)],
      [false, true, true, false, true],
    ],
    ['orElse', [orElse('', 'b'), orElse('a', 'b'), orElse(undefined, 'b')], ['b', 'a', 'b']],
    ['ceilingPlus', ceilingPlus(0.5, 20), 21],
    ['when', [when(true, 'a', 'b'), when(false, 'a', 'b'), when(false, 'a')], ['a', 'b', undefined]],
    ['orOmit', [orOmit({}), orOmit({ a: 1 }), orOmit([])], [undefined, { a: 1 }, undefined]],
    ['merged', merged({ a: '1', b: '' }, { a: '2', b: '3', c: '4' }), { a: '1', b: '3', c: '4' }],
    ['each', each([{ port: 1 }, { port: 2 }], 'p', (field) => field('port')), [1, 2]],
    ['named', named('x', { a: 1 }), { a: 1 }],
  ])('%s', (_what, result, expected) => {
    expect(result).toEqual(expected);
  });
});

describe('with an expression it leaves the decision to the installation:', () => {
  test.each([
    ['text', text`%a-${name}`, 'printf "%%a-%v" .Values.name'],
    ['nested text', text`${text`${name}`}-b`, 'printf "%v-b" (printf "%v" .Values.name)'],
    ['given', given(name), '.Values.name'],
    ['isSet', isSet(name), 'not (kindIs "invalid" .Values.name)'],
    ['equal', equal(name as Val<string>, 'a"b'), 'eq .Values.name "a\\"b"'],
    ['and with what holds anyway', and(true, on), '.Values.on'],
    ['and', and(on, not(on)), 'and .Values.on (not .Values.on)'],
    ['and with what never holds', and(on, false), false],
    ['or', or(on, given(name)), 'or .Values.on .Values.name'],
    ['orElse', orElse(name, 'x'), 'default "x" .Values.name'],
    ['ceilingPlus', ceilingPlus(new Expression<number>('.Values.n', 'scalar'), 20), 'add (ceil .Values.n) 20'],
  ])('%s', (_what, result, expected) => {
    expect(go(result)).toBe(expected);
  });

  test('what is there whatever people install needs no condition', () => {
    const present = new Expression<string>('.Release.Name', 'string', true);
    expect([given(present), isSet(present)]).toEqual([true, true]);
  });

  test('nodes stand for it', () => {
    expect(when(on, 1)).toBeInstanceOf(Conditional);
    expect(orOmit(new Expression<object>('.Values.map', 'map') as Val<Record<string, unknown>>)).toBeInstanceOf(
      OmittedWhenEmpty,
    );
    expect(Object.values(named('x', { a: name }))[0]).toBeInstanceOf(Named);
  });
});

describe('an expression that is taken for a value of now', () => {
  test('fails loudly, and says what to use instead', () => {
    expect(() => `name: ${name as unknown as string}`).toThrow(/\.Values\.name.*only at installation.*text/);
    expect(() => Number(name)).toThrow(/only at installation/);
    expect(() => JSON.stringify({ name })).toThrow(/only at installation/);
    expect(() => JSON.stringify({ part: when(on, 1) })).toThrow(/Conditional.*only at installation/);
  });
});
