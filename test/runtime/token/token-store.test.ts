import { describe, expect, test } from 'vitest';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { Term } from '../../../runtime/src/term.ts';
import type { ConfigMap } from '../../../runtime/src/token/token-config-map.ts';
import { TokenStore } from '../../../runtime/src/token/token-store.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { failure, gate, lostAnswer, NamedObjectStore, refusal } from '../../support/named-object.ts';
import { tokenAt } from './tokens.ts';

const { signal } = new AbortController();
const brought: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap' };

interface Lock {
  /** What the lock answers; or it does not. */
  answer: boolean | 'nothing';
  asked: number;
}

/** A ConfigMap, the lock, and the stores of the terms that held it one after the other. */
function scene(object: ConfigMap | undefined = brought) {
  const clock = manualClock();
  const configMaps = new NamedObjectStore<ConfigMap>({
    resource: 'configmaps',
    name: 'datadogtoken',
    ...(object === undefined ? {} : { object }),
  });
  const happenings: Happening[] = [];
  const storeOf = (holder: string, number: number) => {
    const term = new Term({ number, holder, startedAt: clock.now(), renewDeadlineMs: 40_000, clock });
    const lock: Lock = { answer: true, asked: 0 };
    const store = new TokenStore({
      configMap: configMaps.client({ name: holder, clock }),
      term,
      lock: 'leases/the-lock',
      claimLastsMs: 660_000,
      clock,
      lockNamesUs: () => {
        lock.asked += 1;
        return lock.answer === 'nothing'
          ? Promise.reject(failure('API_UNAVAILABLE', 'no answer'))
          : Promise.resolve(lock.answer);
      },
      report: (happening) => void happenings.push(happening),
    });
    return { store, term, lock };
  };
  const told = (what: Happening['what']) => happenings.filter((happening) => happening.what === what);
  return { clock, configMaps, storeOf, told };
}

/** The first leader has claimed at 100; the log of requests begins then. */
async function claimedScene(object?: ConfigMap) {
  const stage = scene(object);
  const ours = stage.storeOf('collector-a', 7);
  await ours.store.read(signal);
  expect(await ours.store.claim(tokenAt(100n), signal)).toBe('claimed');
  stage.configMaps.requests.length = 0;
  const claimAnew = async () => {
    const next = stage.storeOf('collector-b', 8);
    await next.store.read(signal);
    await next.store.claim(tokenAt(150n), signal);
    stage.configMaps.requests.length = 0;
    return next;
  };
  const key = () => stage.configMaps.object?.data?.['event.tokenKey'];
  return { ...stage, ...ours, claimAnew, key };
}

describe('the store of the token', () => {
  test('claims with one GET and one PUT', async () => {
    const { configMaps, storeOf } = scene();
    const { store, lock } = storeOf('collector-a', 7);
    await store.read(signal);
    expect(await store.claim(tokenAt(100n), signal)).toBe('claimed');
    expect(configMaps.verbs).toEqual(['get', 'update']);
    expect(configMaps.object?.metadata?.annotations?.['eventbaton.io/claim']).toBe('collector-a/7');
    expect(lock.asked).toBe(0);
  });

  test('claims with one GET and one POST where there is no ConfigMap', async () => {
    const { configMaps, storeOf } = scene();
    configMaps.remove();
    const { store } = storeOf('collector-a', 7);
    await store.read(signal);
    expect(await store.claim(tokenAt(100n), signal)).toBe('claimed');
    expect(configMaps.verbs).toEqual(['get', 'create']);
  });

  test('in the steady state sends one PUT for each write and nothing else', async () => {
    const { store, configMaps, lock } = await claimedScene();
    for (let position = 101n; position <= 110n; position += 1n)
      expect(await store.write(tokenAt(position), signal)).toBe(true);
    expect(configMaps.verbs).toEqual(Array(10).fill('update'));
    expect(lock.asked).toBe(0);
  });

  test('keeps what others have written on the ConfigMap meanwhile, and calls no change of theirs an overwrite of ours', async () => {
    const { store, configMaps, told, key } = await claimedScene();
    const labelled = {
      ...configMaps.object,
      metadata: { ...configMaps.object?.metadata, labels: { team: 'platform' } },
    };
    configMaps.write(labelled);
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(configMaps.verbs).toEqual(['update', 'get', 'update']);
    expect(configMaps.object?.metadata).toMatchObject({ labels: { team: 'platform' } });
    expect(key()).toBe('120');
    expect(told('token overwritten')).toEqual([]);
  });

  test('overwrites what somebody made of the key while we lead, and says so', async () => {
    const { store, configMaps, told, key } = await claimedScene();
    configMaps.write({ ...configMaps.object, data: { 'event.tokenKey': '5' } });
    await store.write(tokenAt(120n), signal);
    expect(key()).toBe('120');
    expect(told('token overwritten')).toEqual([{ what: 'token overwritten', found: '5', position: '120' }]);
  });

  test('knows a key that it wrote itself, but not any more after the next one', async () => {
    const { store, configMaps, told } = await claimedScene();
    await store.write(tokenAt(110n), signal);
    configMaps.write({ ...configMaps.object, data: { 'event.tokenKey': '100' } });
    await store.write(tokenAt(120n), signal);
    expect(told('token overwritten')).toEqual([{ what: 'token overwritten', found: '100', position: '120' }]);
  });

  test('writes nothing more once its term has lapsed', async () => {
    const { store, clock, configMaps } = await claimedScene();
    clock.advance(40_000);
    await expect(store.write(tokenAt(120n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(configMaps.verbs).toEqual([]);
  });

  test('writes nothing where its term lapses while it looks at what somebody else wrote', async () => {
    const { store, clock, configMaps, key } = await claimedScene();
    configMaps.write({ ...configMaps.object, data: { 'event.tokenKey': '5' } });
    configMaps.next('get', (apply) => {
      clock.advance(40_000);
      return apply();
    });
    await expect(store.write(tokenAt(120n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(key()).toBe('5');
  });
});

describe('a claim', () => {
  test('makes every resourceVersion of the leader before it useless', async () => {
    const { store, claimAnew, configMaps, key, lock } = await claimedScene();
    await claimAnew();
    lock.answer = false;
    await expect(store.write(tokenAt(120n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(key()).toBe('150');
    expect(configMaps.verbs).toEqual(['update', 'get']);
  });

  test('is decided anew where a deposed leader wrote once more before it, which is no failure', async () => {
    const { store: deposed, storeOf, configMaps, told } = await claimedScene();
    const next = storeOf('collector-b', 8);
    await next.store.read(signal);
    await deposed.write(tokenAt(120n), signal);
    expect(await next.store.claim(tokenAt(100n), signal)).toBe('again');
    expect(next.lock.asked).toBe(1);
    expect((await next.store.read(signal)).key).toBe('120');
    expect(await next.store.claim(tokenAt(120n), signal)).toBe('claimed');
    expect(configMaps.object?.metadata?.annotations?.['eventbaton.io/claim']).toBe('collector-b/8');
    expect(told('token write failed')).toEqual([]);
  });

  test('is given up where the lock names somebody else', async () => {
    const { store: deposed, storeOf, key } = await claimedScene();
    const next = storeOf('collector-b', 8);
    await next.store.read(signal);
    await deposed.write(tokenAt(120n), signal);
    next.lock.answer = false;
    await expect(next.store.claim(tokenAt(100n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(key()).toBe('120');
  });

  test('stands where it was applied late, after it had been given up', async () => {
    const { configMaps, storeOf, clock } = scene();
    const { store, lock } = storeOf('collector-a', 7);
    await store.read(signal);
    const late = gate();
    configMaps.next('update', late.passage);
    const first = store.claim(tokenAt(100n), signal);
    await clock.pass(10_000);
    expect(await first).toBe('failed');
    await store.read(signal);
    late.open();
    await settled();
    expect(await store.claim(tokenAt(100n), signal)).toBe('claimed');
    expect(lock.asked).toBe(0);
    expect(await store.write(tokenAt(101n), signal)).toBe(true);
  });

  test.each(['API_UNAVAILABLE', 'API_THROTTLED', 'API_REFUSED', 'API_BROKEN'] as const)(
    'that is answered with %s has failed, and is tried again by whoever asked for it',
    async (code) => {
      const { configMaps, storeOf, told } = scene();
      const { store } = storeOf('collector-a', 7);
      await store.read(signal);
      configMaps.next('update', refusal(code));
      expect(await store.claim(tokenAt(100n), signal)).toBe('failed');
      expect(told('token write failed')).toHaveLength(1);
    },
  );

  test('never stands on a ConfigMap that appeared after it was found missing: what is in it is read first', async () => {
    const { configMaps, storeOf } = scene();
    configMaps.remove();
    const { store } = storeOf('collector-a', 7);
    await store.read(signal);
    configMaps.write({ ...brought, data: { 'event.tokenKey': '700' } });
    expect(await store.claim(tokenAt(0n), signal)).toBe('again');
    expect((await store.read(signal)).key).toBe('700');
  });

  test.each(['create', 'update'] as const)(
    'where %s is forbidden leaves the copy on the lock as the only token, and says so once',
    async (verb) => {
      const { configMaps, storeOf, told } = scene();
      if (verb === 'create') configMaps.remove();
      configMaps.forbid(verb);
      const { store } = storeOf('collector-a', 7);
      await store.read(signal);
      expect(await store.claim(tokenAt(100n), signal)).toBe('lock only');
      for (let position = 101n; position < 105n; position += 1n)
        expect(await store.write(tokenAt(position), signal)).toBe(false);
      expect(told('token only on the lock')).toHaveLength(1);
      configMaps.allow(verb);
      expect(await store.write(tokenAt(105n), signal)).toBe(true);
    },
  );
});

test('a write that was refused for certain is not taken for ours when somebody else writes the same', async () => {
  const { store, configMaps, told } = await claimedScene();
  configMaps.forbid('update');
  await store.write(tokenAt(120n), signal);
  configMaps.allow('update');
  configMaps.write({ ...configMaps.object, data: { 'event.tokenKey': '120' } });
  await store.write(tokenAt(121n), signal);
  expect(told('token overwritten')).toEqual([{ what: 'token overwritten', found: '120', position: '121' }]);
});

test('what an earlier write left there stays ours, though the same was refused afterwards', async () => {
  const { store, configMaps, told } = await claimedScene();
  await store.write(tokenAt(120n), signal);
  configMaps.forbid('update');
  await store.write(tokenAt(120n), signal);
  configMaps.allow('update');
  configMaps.write({ ...configMaps.object, metadata: { ...configMaps.object?.metadata, labels: { team: 'a' } } });
  expect(await store.write(tokenAt(121n), signal)).toBe(true);
  expect(told('token overwritten')).toEqual([]);
});

describe('a conflict', () => {
  test('with an object that carries our own claim is no matter for the lock', async () => {
    const { store, configMaps, lock, key } = await claimedScene();
    configMaps.write({ ...configMaps.object, data: { ...configMaps.object?.data, note: 'x' } });
    await store.write(tokenAt(120n), signal);
    expect(lock.asked).toBe(0);
    expect(key()).toBe('120');
  });

  test('is no failure before the fifth in a row: a GitOps tool may write several times at once', async () => {
    const { store, configMaps, told, key } = await claimedScene();
    for (let conflict = 0; conflict < 4; conflict += 1) configMaps.next('update', refusal('API_CONFLICT'));
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(key()).toBe('120');
    expect([told('token write failed'), told('token overwritten')]).toEqual([[], []]);
    for (let conflict = 0; conflict < 5; conflict += 1) configMaps.next('update', refusal('API_CONFLICT'));
    expect(await store.write(tokenAt(121n), signal)).toBe(false);
    expect(told('token write failed')).toHaveLength(1);
  });

  test('with another claim is decided by the lock: where it names us, we write from memory', async () => {
    const { store, claimAnew, configMaps, lock, key } = await claimedScene();
    await claimAnew();
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(lock.asked).toBe(1);
    expect(configMaps.verbs).toEqual(['update', 'get', 'update']);
    expect(key()).toBe('120');
    expect(configMaps.object?.metadata?.annotations?.['eventbaton.io/claim']).toBe('collector-a/7');
  });

  test('with another claim is not settled while the lock gives no answer: nothing of theirs is overwritten', async () => {
    const { store, claimAnew, lock, key } = await claimedScene();
    await claimAnew();
    lock.answer = 'nothing';
    expect(await store.write(tokenAt(120n), signal)).toBe(false);
    expect(await store.write(tokenAt(121n), signal)).toBe(false);
    expect(key()).toBe('150');
    lock.answer = false;
    await expect(store.write(tokenAt(122n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(key()).toBe('150');
  });

  test.each(['API_THROTTLED', 'API_FORBIDDEN', 'API_REFUSED', 'API_UNAVAILABLE', 'API_BROKEN'] as const)(
    'is not got round by a write that failed with %s before it: the lock is asked all the same',
    async (code) => {
      const { store, claimAnew, configMaps, lock, key } = await claimedScene();
      configMaps.next('update', refusal(code));
      expect(await store.write(tokenAt(110n), signal)).toBe(false);
      await claimAnew();
      lock.answer = false;
      await expect(store.write(tokenAt(120n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
      expect(key()).toBe('150');
    },
  );
});

describe('a ConfigMap that was deleted while we lead', () => {
  test('is made anew at the next write, with a POST', async () => {
    const { store, configMaps, key } = await claimedScene();
    configMaps.remove();
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(configMaps.verbs).toEqual(['update', 'create']);
    expect(key()).toBe('120');
    expect(await store.write(tokenAt(121n), signal)).toBe(true);
  });

  test('and may not be made by us leaves the copy on the lock, said once, until somebody brings it back', async () => {
    const { store, configMaps, told, lock, key } = await claimedScene();
    configMaps.remove();
    configMaps.forbid('create');
    for (let position = 111n; position < 115n; position += 1n)
      expect(await store.write(tokenAt(position), signal)).toBe(false);
    expect(told('token only on the lock')).toHaveLength(1);
    expect(told('token write failed')).toEqual([]);
    expect(lock.asked).toBe(0);
    configMaps.write({ ...brought, data: { 'event.tokenKey': '5' } });
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(lock.asked).toBe(1);
    expect(key()).toBe('120');
    configMaps.remove();
    expect(await store.write(tokenAt(121n), signal)).toBe(false);
    expect(told('token only on the lock')).toHaveLength(2);
  });

  test('and made anew by another leader is not taken without asking the lock', async () => {
    const { store, configMaps, claimAnew, lock, key } = await claimedScene();
    configMaps.remove();
    configMaps.next('create', refusal('API_UNAVAILABLE'));
    expect(await store.write(tokenAt(110n), signal)).toBe(false);
    await claimAnew();
    lock.answer = false;
    await expect(store.write(tokenAt(120n), signal)).rejects.toMatchObject({ code: 'TERM_OVER' });
    expect(key()).toBe('150');
  });
});

describe('a write whose answer was lost', () => {
  test('and that was applied is no change by somebody else', async () => {
    const { store, configMaps, told, lock, key } = await claimedScene();
    configMaps.next('update', lostAnswer());
    expect(await store.write(tokenAt(110n), signal)).toBe(false);
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(configMaps.verbs).toEqual(['update', 'update', 'get', 'update']);
    expect(key()).toBe('120');
    expect(lock.asked).toBe(0);
    expect(told('token overwritten')).toEqual([]);
  });

  test('is no change by somebody else however long the API server stays away after it', async () => {
    const { store, configMaps, told, key } = await claimedScene();
    configMaps.next('update', lostAnswer());
    await store.write(tokenAt(110n), signal);
    for (let position = 111n; position < 120n; position += 1n) {
      configMaps.next('update', refusal('API_UNAVAILABLE'));
      await store.write(tokenAt(position), signal);
    }
    expect(await store.write(tokenAt(120n), signal)).toBe(true);
    expect(key()).toBe('120');
    expect(told('token overwritten')).toEqual([]);
  });

  test('and that was not applied is simply written again', async () => {
    const { store, configMaps, key } = await claimedScene();
    configMaps.next('update', refusal('API_UNAVAILABLE'));
    expect(await store.write(tokenAt(110n), signal)).toBe(false);
    expect(await store.write(tokenAt(110n), signal)).toBe(true);
    expect(configMaps.verbs).toEqual(['update', 'update']);
    expect(key()).toBe('110');
  });

  test('through an abort tells nothing and throws the reason', async () => {
    const { store, configMaps, told } = await claimedScene();
    const abort = new AbortController();
    configMaps.next('update', gate().passage);
    const writing = store.write(tokenAt(110n), abort.signal);
    abort.abort(new Error('stopped'));
    await expect(writing).rejects.toThrow('stopped');
    expect(told('token write failed')).toEqual([]);
  });
});
