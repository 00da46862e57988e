import { fc } from '../../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { FieldSelector } from '../../../../tools/cluster/store/field-selector.ts';
import { kindNamed } from '../../../../tools/cluster/store/kinds.ts';

const kind = kindNamed('Event');

test('a value may hold every character, those of the syntax behind a backslash', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (reason, other) => {
      const escaped = reason.replace(/[\\,=]/g, '\\$&');
      const selector = FieldSelector.parse(`type=Normal,reason=${escaped}`, kind);
      const matches = (value: string) => selector.matches({ metadata: {}, type: 'Normal', reason: value });
      expect(matches(reason)).toBe(true);
      expect(matches(other)).toBe(other === reason);
    }),
  );
});

test('what is empty selects everything', () => {
  for (const text of ['', ',']) expect(FieldSelector.parse(text, kind).isEmpty).toBe(true);
});

test('a missing field is an empty one', () => {
  expect(FieldSelector.parse('involvedObject.uid=', kind).matches({ metadata: {} })).toBe(true);
  expect(FieldSelector.parse('involvedObject.uid!=', kind).matches({ metadata: {} })).toBe(false);
});
