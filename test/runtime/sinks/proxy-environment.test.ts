import { expect, test } from 'vitest';
import { proxyVariable } from '../../../runtime/src/sinks/proxy-environment.ts';

const proxyFor = (url: string, environment: Readonly<Record<string, string>>) =>
  proxyVariable(new URL(url), environment)?.text;

test('each scheme has its own variable; small letters count before capitals', () => {
  const environment = { HTTP_PROXY: 'a', HTTPS_PROXY: 'b', https_proxy: 'c', ALL_PROXY: 'd' };
  expect(proxyFor('http://logs.example', environment)).toBe('a');
  expect(proxyFor('https://logs.example', environment)).toBe('c');
});

test('an empty variable: no proxy, even if there is one in capitals', () => {
  expect(proxyFor('http://logs.example', { http_proxy: '', HTTP_PROXY: 'a' })).toBeUndefined();
});

test.each([
  ['*', 'http://logs.example', true],
  ['logs.example', 'http://logs.example', true],
  ['LOGS.example.', 'http://logs.example', true],
  ['example', 'http://logs.example', true],
  ['.example', 'http://logs.example', true],
  ['*.example', 'http://logs.example', true],
  ['ogs.example', 'http://logs.example', false],
  ['logs.example.com', 'http://logs.example', false],
  ['logs.example', 'http://logs.example.', true],
  ['a, logs.example', 'http://logs.example', true],
  ['a logs.example', 'http://logs.example', true],
  ['logs.example:80', 'http://logs.example', true],
  ['logs.example:443', 'https://logs.example', true],
  ['logs.example:80', 'http://logs.example:8080', false],
  ['.svc,.cluster.local', 'http://logs.monitoring.svc', true],
  ['10.0.0.0/8', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.1.2.3', 'http://10.1.2.3:8080', true],
  ['10.1.2.3:80', 'http://10.1.2.3:8080', false],
  ['3', 'http://10.1.2.3', false],
  ['10.0.0.0/99', 'http://10.1.2.3', false],
  ['10.0.0.0/x', 'http://10.1.2.3', false],
  ['fd00::/8', 'http://[fd12::1]:4318', true],
  ['::1', 'http://[::1]', true],
  ['[::1]:80', 'http://[::1]', true],
  ['[::1]:81', 'http://[::1]', false],
  ['10.0.0.0/8', 'http://[::1]', false],
  ['', 'http://logs.example', false],
  [' , ', 'http://logs.example', false],
])('NO_PROXY=%s, %s: direct is %s', (exceptions, url, isDirect) => {
  const environment = { HTTP_PROXY: 'p', HTTPS_PROXY: 'p', NO_PROXY: exceptions };
  expect(proxyFor(url, environment)).toBe(isDirect ? undefined : 'p');
});
