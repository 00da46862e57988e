import { expect, test } from 'vitest';
import { ApiTime } from '../../../runtime/src/kube/api-time.ts';
import { manualClock } from '../../support/manual-clock.ts';

const date = 'Wed, 01 Jan 2025 00:00:00 GMT';

test('API-server time is the last Date header and the monotonic time since, whatever the wall clock says', () => {
  const clock = manualClock();
  const time = new ApiTime(clock);
  expect(time.hear(date)).toBe(Date.parse(date));
  clock.advance(2_500);
  expect(time.now()).toBe(Date.parse(date) + 2_500);
});

test('a missing or unreadable Date header leaves the estimate as it was', () => {
  const clock = manualClock();
  const time = new ApiTime(clock);
  time.hear(date);
  clock.advance(1_000);
  expect(time.hear(undefined)).toBe(Date.parse(date) + 1_000);
  expect(time.hear('yesterday')).toBe(Date.parse(date) + 1_000);
});

test('before the server was heard it is the wall clock', () => {
  const clock = manualClock();
  expect(new ApiTime(clock).now()).toBe(clock.wallTime());
});
