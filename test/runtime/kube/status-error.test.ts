import { describe, expect, test } from 'vitest';
import { frameError, noAnswer, plain, statusError } from '../../../runtime/src/kube/status-error.ts';
import { leaseOf, probing } from './api-server.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const refuse = (status: number, body?: unknown, retryAfter?: string) =>
  statusError(leaseOf('update'), { status, body, retryAfter, time: now });

describe('a refusal', () => {
  test('says what was tried, what the server answered and which rule is missing', () => {
    const error = refuse(403, { kind: 'Status', message: 'leases "lock" is forbidden' });
    expect(error.message).toBe(
      'update leases "lock" in namespace "monitoring": 403 Forbidden: leases "lock" is forbidden',
    );
    expect(error.details.hint).toContain('update');
    expect(error.details.hint).toContain('resourceName "lock"');
  });

  test('names no object in the rule for `create`, which cannot be limited to one', () => {
    const error = statusError(leaseOf('create'), { status: 403, body: {}, time: now });
    expect(error.details.hint).toContain('create');
    expect(error.details.hint).not.toContain('lock');
  });

  test.each([
    [400, 'API_REFUSED'],
    [401, 'API_FORBIDDEN'],
    [403, 'API_FORBIDDEN'],
    [404, 'API_NOT_FOUND'],
    [408, 'API_UNAVAILABLE'],
    [409, 'API_CONFLICT'],
    [410, 'API_EXPIRED'],
    [413, 'API_REFUSED'],
    [422, 'API_REFUSED'],
    [429, 'API_THROTTLED'],
    [500, 'API_UNAVAILABLE'],
    [504, 'API_UNAVAILABLE'],
  ])('of status %i is %s', (status, code) => {
    expect(refuse(status)).toMatchObject({ code, details: { status } });
  });

  test('with Retry-After says how long to wait, given in seconds or as a date, and for a minute at most', () => {
    expect(refuse(429, {}, '7').details.retryAfterMs).toBe(7_000);
    expect(refuse(503, {}, 'Tue, 01 Jan 2030 00:00:20 GMT').details.retryAfterMs).toBe(20_000);
    expect(refuse(429, {}, '86400').details.retryAfterMs).toBe(60_000);
    for (const nothing of ['0', 'soon', 'Mon, 31 Dec 2029 00:00:00 GMT'])
      expect(refuse(429, {}, nothing).details).not.toHaveProperty('retryAfterMs');
  });

  test('of an expired page hands on the token for the rest', () => {
    expect(refuse(410, { metadata: { continue: 'rest' } }).details.continueToken).toBe('rest');
    expect(refuse(410, { metadata: { continue: '' } }).details).not.toHaveProperty('continueToken');
  });

  test('takes a body of any shape', () => {
    for (const body of [undefined, null, 7, 'text', [], {}, { message: {} }, { metadata: null }])
      expect(refuse(500, body).message).toBe(
        'update leases "lock" in namespace "monitoring": 500 Internal Server Error',
      );
  });
});

test('what a server says is shortened to 500 characters and rid of what acts on a terminal', () => {
  expect(plain('a\u001b[31mb\r\nc\u2028d\u009be\u0000')).toBe('a [31mb c d e');
  expect(plain('x'.repeat(5_000))).toHaveLength(500);
  expect(refuse(500, { message: `\u001b${'x'.repeat(5_000)}` }).message.length).toBeLessThan(600);
});

test('an ERROR frame of code 410 or of reason Expired is an expired position, any other a broken stream', () => {
  expect(frameError(probing, { code: 410, message: 'too old' })).toMatchObject({ code: 'API_EXPIRED' });
  expect(frameError(probing, { reason: 'Expired' })).toMatchObject({ code: 'API_EXPIRED' });
  const other = frameError(probing, { code: 500, reason: 'InternalError', message: 'decode' });
  expect(other.code).toBe('API_BROKEN');
  expect(other.message).toBe(
    'list events in namespace "monitoring": the stream said 500 Internal Server Error: decode',
  );
  expect(frameError(probing, null)).toMatchObject({ code: 'API_BROKEN' });
});

test.each([400, 403, 404, 409, 429, 500, 503, 504])(
  'an ERROR frame of code %i is a broken stream: the position can still be read',
  (code) => {
    expect(frameError(probing, { code, reason: 'Timeout', message: 'Too large resource version' })).toMatchObject({
      code: 'API_BROKEN',
    });
  },
);

test('a missing answer names the server, and gives a reason where the error has no message', () => {
  const server = { host: 'api', port: 6443 };
  const error = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
  expect(noAnswer(probing, server, error).message).toBe(
    'list events in namespace "monitoring": no answer from api port 6443: ECONNREFUSED',
  );
});
