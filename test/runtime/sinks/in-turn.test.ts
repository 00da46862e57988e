import { expect, test } from 'vitest';
import type { Answer } from '../../../runtime/src/delivery/sink.ts';
import { createInTurn } from '../../../runtime/src/sinks/in-turn.ts';

const accepted: Answer = { kind: 'accepted' };
const untilNext = () => new Promise<void>((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

test('what was given up is answered at once, and what follows waits until it has really ended', async () => {
  const inTurn = createInTurn();
  const first = Promise.withResolvers<Answer>();
  const stop = new AbortController();
  const order: string[] = [];

  const given = inTurn.answer(() => first.promise.finally(() => order.push('first ended')), stop.signal);
  await untilNext();
  stop.abort();
  expect(await given).toMatchObject({ kind: 'retry' });

  const second = inTurn.answer(async () => {
    order.push('second began');
    return accepted;
  }, never);
  await untilNext();
  expect(order).toEqual([]);

  first.resolve(accepted);
  expect(await second).toEqual(accepted);
  expect(order).toEqual(['first ended', 'second began']);
});

test('work whose signal has aborted before its turn is never begun', async () => {
  const inTurn = createInTurn();
  let begun = false;
  const answer = await inTurn.answer(async () => {
    begun = true;
    return accepted;
  }, AbortSignal.abort());
  await inTurn.run(async () => undefined);
  expect({ kind: answer.kind, begun }).toEqual({ kind: 'retry', begun: false });
});

test('a defect that came after an abort is thrown to whoever comes next', async () => {
  const inTurn = createInTurn();
  const defect = Promise.withResolvers<Answer>();
  const stop = new AbortController();
  const given = inTurn.answer(() => defect.promise, stop.signal);
  await untilNext();
  stop.abort();
  await given;
  defect.reject(new Error('a defect'));
  await expect(inTurn.answer(async () => accepted, never)).rejects.toThrow('a defect');
});

test('a signal that has already aborted is answered without waiting for what is under way', async () => {
  const inTurn = createInTurn();
  const stuck = Promise.withResolvers<Answer>();
  const first = inTurn.answer(() => stuck.promise, never);
  expect(await inTurn.answer(async () => accepted, AbortSignal.abort())).toMatchObject({ kind: 'retry' });
  stuck.resolve(accepted);
  expect(await first).toEqual(accepted);
});
