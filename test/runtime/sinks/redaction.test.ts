import { describe, expect, test } from 'vitest';
import { quotable, secretPartsOf, secretsOf } from '../../../runtime/src/sinks/redaction.ts';
import { fc } from '../../support/fast-check.ts';

const hex = (code: number, length: number) => code.toString(16).padStart(length, '0');

/** Each encodes one character, in a way that the number picks. */
const encodings: Readonly<Record<string, (character: string, way: number) => string>> = {
  json(character, way) {
    const escape = `\\u${hex(character.charCodeAt(0), 4)}`;
    const must = '"\\'.includes(character);
    if (way % 3 === 1) return way % 2 === 0 ? escape : `\\u${escape.slice(2).toUpperCase()}`;
    return must || (character === '/' && way % 3 === 2) ? `\\${character}` : character;
  },
  html(character, way) {
    const code = character.charCodeAt(0);
    const named = {
      '&': 'amp',
      '<': 'lt',
      '>': 'gt',
      '"': 'quot',
      "'": 'apos',
      '/': 'sol',
      é: 'eacute',
      '=': 'equals',
    };
    const name = named[character as keyof typeof named];
    const forms = [`&#${code};`, `&#x${hex(code, 2)};`, `&#X${hex(code, 4).toUpperCase()};`, `&#0${code};`];
    if (name !== undefined && way % 2 === 0) return `&${name};`;
    return character === '&' || way % 3 > 0 ? (forms[way % 4] ?? '') : character;
  },
  percent(character, way) {
    if (way % 3 === 0 && /[-\w.~]/.test(character)) return character;
    const escaped = Array.from(Buffer.from(character), (byte) => `%${hex(byte, 2)}`).join('');
    return way % 2 === 0 ? escaped : escaped.toUpperCase();
  },
};

const inner: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
};

const character = fc.oneof(
  fc.constantFrom(...Array.from('"\\/&<>\'%+=é:@')),
  fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
);
const anySecret = fc.string({ unit: character, minLength: 1, maxLength: 24 });
const ways = fc.array(fc.nat(11), { minLength: 1, maxLength: 30 });

function encoded(text: string, encoding: string, picked: readonly number[]): string {
  const encode = encodings[encoding];
  return Array.from(text, (one, index) => encode?.(one, picked[index % picked.length] ?? 0)).join('');
}

describe('a secret in an answer', () => {
  test('is hidden however it is escaped, up to three times over', () => {
    const outer = fc.array(fc.constantFrom(...Object.keys(encodings)), { maxLength: 3 });
    fc.assert(
      fc.property(anySecret, fc.constantFrom(...Object.keys(inner)), outer, ways, (secret, base, names, picked) => {
        const said = names.reduce((text, name) => encoded(text, name, picked), inner[base]?.(secret) ?? '');
        expect(quotable(`あ${said}い`, [secret], false)).toBe('あ***い');
      }),
    );
  });

  test.each([
    ['JSON', '{"error":"bad key a\\/b\\u002Bc\\u003d"}'],
    ['JSON in JSON', '{"error":"{\\"key\\":\\"a\\\\/b\\\\u002bc=\\"}"}'],
    ['HTML', '<p>bad key a&#x2F;b&plus;c&#61;</p>'],
    ['a URL', 'GET /in?key=a%2fb%2Bc%3D'],
    ['base64', 'token YS9iK2M9'],
    ['base64 of a URL', 'token YS9iK2M9.'],
  ])('is hidden in %s', (_, said) => {
    const quoted = quotable(said, ['a/b+c='], false);
    expect(quoted).toContain('***');
    expect(quoted).not.toMatch(/b.{0,8}c|YS9i/);
  });

  test('is hidden as bytes of a header that are not UTF-8, and as those that happen to be', () => {
    const [odd, fitting] = ['pässword', 'pÃ¤ssword'];
    const echoed = (secret: string) => Buffer.from(`no: ${secret}.`, 'latin1').toString('utf8');
    expect(quotable(echoed(odd), [odd], false)).toBe('no: ***.');
    expect(quotable(echoed(fitting), [fitting], false)).toBe('no: ***.');
  });

  test('of Basic authentication is hidden also when the server decodes it', () => {
    const secret = Buffer.from('hunter:s3cret').toString('base64');
    expect(quotable('user hunter:s3cret, password s3cret', [secret], false)).toBe('user ***, password ***');
  });

  test.each(['x', 'ab', 'a1:'])('is hidden even if it is as short as %j', (secret) => {
    expect(quotable(`+${secret}+`, [secret], false)).toBe('+***+');
  });

  test('that contains another is hidden whole', () => {
    expect(quotable('key abcdef', ['abc', 'abcdef'], false)).toBe('key ***');
  });

  test('is never quoted, wherever the answer is cut off', () => {
    const secret = fc.string({ minLength: 4, maxLength: 20, unit: fc.constantFrom('a', 'b', '/') });
    const around = fc.string({ maxLength: 20, unit: fc.constantFrom('x', 'y', ' ', '\u009b') });
    const encoding = fc.constantFrom('none', ...Object.keys(encodings));
    fc.assert(
      fc.property(secret, around, around, fc.nat(160), encoding, ways, (hiding, before, after, cut, name, picked) => {
        const shown = name === 'none' ? hiding : encoded(hiding, name, picked);
        const quoted = quotable(`${before}${shown}${after}${shown}${after}`.slice(0, cut), [hiding], true);
        expect(quoted).not.toContain(hiding);
        for (const length of [hiding.length - 1, 3]) expect(quoted.endsWith(shown.slice(0, length))).toBe(false);
      }),
    );
  });

  test('costs no more than a moment, whatever the server makes of it', () => {
    const secret = '\\/%&+'.repeat(40);
    for (const said of ['\\'.repeat(2_048), '%25'.repeat(680), '&amp;'.repeat(400), secret.repeat(10)])
      expect(quotable(said, [secret], true).length).toBeLessThanOrEqual(301);
  });
});

describe('secrets of a URL', () => {
  test('are none where path and query are usual', () => {
    expect(secretsOf(new URL('https://sink.example/v1/events/in'))).toEqual([]);
    expect(secretsOf(new URL('https://sink.example/loki/api/v1/push'))).toEqual([]);
  });

  test('are the values of its query and the unusual steps of its path, short ones with their names', () => {
    const url = new URL('https://sink.example/hooks/T0/B0123/0123456789abcdef?key=a%2Fbcd&sig=x1&token=y');
    const said = `/hooks/T0/B0123/0123456789abcdef, T0 B0123, a/bcd a%2Fbcd sig=x1 y`;
    expect(quotable(said, secretsOf(url), false)).toBe('/hooks***/***/***, T0 ***, *** *** *** ***');
  });

  test('are all its parts, host included, where the URL is a secret', () => {
    const url = new URL('https://tenant.example:8443/hooks/T0?a=b');
    const said = 'connect tenant.example:8443 for /hooks/T0?a=b and HOOKS';
    expect(quotable(said, secretPartsOf(url), false)).toBe('connect *** for *** and HOOKS');
  });
});
