import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventRecord } from '../../support/records.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';
import { receive, sinkTo } from './receiving.ts';

const never = new AbortController().signal;
const records = [eventRecord(1)];
const accepted = { kind: 'accepted' };

describe('a URL that is a secret', () => {
  test('is read from a file', async () => {
    const receiver = await receive();
    const sink = sinkTo({ file: temporaryFile(`${receiver.url}hooks/T0/s3cret?a=b\n`) });
    expect(await sink.send(records, never)).toEqual(accepted);
    expect(receiver.batches[0]?.path).toBe('/hooks/T0/s3cret?a=b');
  });

  test('is read from a variable', async () => {
    const receiver = await receive();
    const sink = sinkTo({ env: 'HOOK' }, { environment: { HOOK: receiver.url } });
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test('is named by its place where the server refuses, and none of its parts is quoted', async () => {
    const receiver = await receive({
      answer: ({ path, headers }) => ({
        status: 404,
        body: `nothing at ${headers.host}${path.replaceAll('/', '\\/')}`,
      }),
    });
    const file = temporaryFile(`${receiver.url}services/T0/B1/s3cret?sig=x`);
    expect(await sinkTo({ file }).send(records, never)).toEqual({
      kind: 'misconfigured',
      reason: `the server of the URL in the file ${file} answered 404 Not Found: nothing at *** (there is nothing at this URL: see that its path is right)`,
    });
  });

  test('is not in the reason where its host does not exist, refuses or redirects', async () => {
    const elsewhere = await receive({
      answer: () => ({ status: 308, headers: { location: 'https://s3cret.invalid/x' } }),
    });
    const texts = ['https://s3cret.invalid/x', 'http://s3cret.localhost:9/x', `${elsewhere.url}?to=s3cret.invalid`];
    for (const text of texts) {
      const answer = await sinkTo({ file: temporaryFile(text) }).send(records, never);
      expect(answer.kind).not.toBe('accepted');
      expect(JSON.stringify(answer)).not.toContain('s3cret');
    }
  });

  test.each([
    ['something else', 'hooks.example/s3cret', 'must be a URL that begins with http:// or https://'],
    ['user and password', 'https://user:s3cret@hooks.example', 'must not hold user and password'],
    ['nothing', ' \n', 'is empty, or not there'],
  ])('that is %s waits for a person, and heals', async (_, text, problem) => {
    const receiver = await receive();
    const file = temporaryFile(text);
    const sink = sinkTo({ file });
    const answer = await sink.send(records, never);
    expect(answer).toMatchObject({ kind: 'misconfigured', reason: expect.stringContaining(`url: the file ${file} `) });
    expect(answer).toMatchObject({ reason: expect.stringContaining(problem) });
    expect(JSON.stringify(answer)).not.toContain('s3cret');
    writeFileSync(file, receiver.url);
    expect(await sink.send(records, never)).toEqual(accepted);
  });

  test('that a variable lacks refuses the start', () => {
    expect(() => sinkTo({ env: 'HOOK' })).toThrow('url: the environment variable HOOK is empty, or not there');
  });

  test('that was replaced is used after the old one was refused', async () => {
    const [old, now] = [await receive({ answer: () => ({ status: 404 }) }), await receive()];
    const file = temporaryFile(old.url);
    const sink = sinkTo({ file });
    expect(await sink.send(records, never)).toMatchObject({ kind: 'misconfigured' });
    writeFileSync(file, now.url);
    expect(await sink.send(records, never)).toEqual(accepted);
  });
});
