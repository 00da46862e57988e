import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../runtime/src/contract/read-settings.ts';

function warningsFor(sink: object): readonly string[] {
  const sinks = JSON.stringify([{ type: 'http', name: 'logs', ...sink }]);
  const result = readSettings({ DD_COLLECT_KUBERNETES_EVENTS: 'true', EVENTBATON_SINKS: sinks });
  return 'warnings' in result ? result.warnings : result.problems;
}

describe('a secret header', () => {
  const headers = { Authorization: { file: '/secrets/token' }, 'X-Tenant': 'shop', Cookie: { env: 'COOKIE' } };

  test('to an http:// URL: one warning names the sink and the headers, not the URL', () => {
    expect(warningsFor({ url: 'HTTP://logs.example/in?token=s3cret', headers })).toEqual([
      'EVENTBATON_SINKS: sink logs sends a secret without encryption (Authorization, Cookie): anyone on the way to http:// can read it; use https://',
    ]);
  });

  test('to an https:// URL: no warning', () => {
    expect(warningsFor({ url: 'https://logs.example/in', headers })).toEqual([]);
  });
});

test('basic to an http:// URL: a warning', () => {
  const basic = { username: 'hunter', password: { env: 'WORD' } };
  expect(warningsFor({ url: 'http://logs.example/in', basic })).toEqual([
    expect.stringContaining('sink logs sends a secret without encryption (basic)'),
  ]);
});

test('an http:// URL without secret headers: no warning', () => {
  expect(warningsFor({ url: 'http://logs.example/in', headers: { 'X-Tenant': 'shop' } })).toEqual([]);
});
