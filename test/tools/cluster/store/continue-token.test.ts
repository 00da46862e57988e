import { fc } from '../../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { decodeContinue, encodeContinue } from '../../../../tools/cluster/store/continue-token.ts';
import { StatusError } from '../../../../tools/cluster/store/status.ts';

test('a token is read as it was written', () => {
  const revision = fc.oneof(fc.constant(-1), fc.integer({ min: 1 }));
  fc.assert(
    fc.property(revision, fc.string({ minLength: 1 }), (number, start) => {
      const token = { revision: number, start };
      expect(decodeContinue(encodeContinue(token))).toEqual(token);
    }),
  );
});

test('whatever else is sent as a token is refused', () => {
  const wrong = [
    { v: 'meta.k8s.io/v2', rv: 1, start: 'a' },
    { v: 'meta.k8s.io/v1', rv: 0, start: 'a' },
    { v: 'meta.k8s.io/v1', rv: 1, start: '' },
    null,
  ].map((token) => Buffer.from(JSON.stringify(token)).toString('base64url'));
  for (const token of wrong) expect(() => decodeContinue(token)).toThrow(StatusError);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeContinue(text)).toThrow(StatusError);
    }),
  );
});
