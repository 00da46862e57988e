import { describe, expect, test } from 'vitest';
import { isLive, isReady, type Vitals } from '../../../runtime/src/operations/health.ts';

const follower: Vitals = { heartbeatAt: 100_000, termValidUntil: undefined, electing: true, lockSeen: true };

describe('liveness', () => {
  test('holds while the event loop turns, for followers and leaders', () => {
    expect(isLive(follower, 101_000).ok).toBe(true);
    expect(isLive({ ...follower, termValidUntil: 140_000 }, 101_000).ok).toBe(true);
  });

  test('ends when the event loop has stood still for more than 30 s', () => {
    expect(isLive(follower, 130_000).ok).toBe(true);
    expect(isLive(follower, 130_001)).toMatchObject({ ok: false, reason: expect.stringContaining('event loop') });
  });

  test('ends when a process still leads 30 s after its lease has lapsed', () => {
    const leader = { ...follower, termValidUntil: 70_000 };
    expect(isLive(leader, 100_000).ok).toBe(true);
    expect(isLive(leader, 100_001)).toMatchObject({ ok: false, reason: expect.stringContaining('lease') });
  });
});

describe('readiness', () => {
  test('comes with the first sight of the lock, and followers have it', () => {
    expect(isReady({ ...follower, lockSeen: false }).ok).toBe(false);
    expect(isReady(follower).ok).toBe(true);
  });

  test('is there at once where nothing is switched on', () => {
    expect(isReady({ ...follower, electing: false, lockSeen: false }).ok).toBe(true);
  });
});
