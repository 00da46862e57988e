import { describe, expect, test } from 'vitest';
import { LogOutput } from '../../../runtime/src/operations/log-output.ts';
import { settled } from '../../support/manual-clock.ts';

/** An output whose reader takes what it is given when it is told to. */
function scene() {
  const taken: string[] = [];
  const reader = { isStuck: false, isGone: false, resume: () => undefined as void };
  const output = new LogOutput({
    open: () =>
      Promise.resolve({
        async write(lines: Uint8Array) {
          if (reader.isGone) throw new Error('EPIPE');
          if (reader.isStuck)
            await new Promise<void>((resolve) => {
              reader.resume = () => {
                reader.isStuck = false;
                resolve();
              };
            });
          taken.push(Buffer.from(lines).toString());
        },
      }),
    notice: (lines) => `dropped ${lines}\n`,
  });
  return { output, reader, taken, text: () => taken.join('') };
}

const line = `${'x'.repeat(1_023)}\n`;

describe('the output of the log', () => {
  test('writes lines in order, and knows when all are written', async () => {
    const { output, text } = scene();
    output.write('one\n');
    output.write('two\n');
    await output.flushed();
    output.write('three\n');
    await output.flushed();
    expect(text()).toBe('one\ntwo\nthree\n');
    expect(output.droppedLines).toBe(0);
  });

  test('keeps a mebibyte for a reader that is stuck, drops and counts the rest, and says so once it is read', async () => {
    const { output, reader, taken, text } = scene();
    reader.isStuck = true;
    output.write('first\n');
    await settled();
    for (let written = 0; written < 3_000; written += 1) output.write(line);
    expect(output.droppedLines).toBe(3_000 - 1_024);
    reader.resume();
    await output.flushed();
    expect(text().length).toBeLessThan(1_048_576 + 100);
    expect(taken.at(-1)).toMatch(/\ndropped 1976\n$/);
    output.write('later\n');
    await output.flushed();
    expect(taken.at(-1)).toBe('later\n');
  });

  test('a reader is gone: lines are dropped and counted, and nothing fails', async () => {
    const { output, reader, text } = scene();
    reader.isGone = true;
    output.write('one\n');
    await output.flushed();
    output.write('two\n');
    await output.flushed();
    expect([output.droppedLines, text()]).toEqual([2, '']);
  });

  test('a reader comes back: the next line is written, with the number of all that were dropped', async () => {
    const { output, reader, text } = scene();
    reader.isGone = true;
    output.write('one\n');
    await output.flushed();
    output.write('two\n');
    output.write('three\n');
    await output.flushed();
    reader.isGone = false;
    output.write('four\n');
    output.write('five\n');
    await output.flushed();
    expect([output.droppedLines, text()]).toEqual([3, 'four\ndropped 3\nfive\n']);
  });

  test('an output that cannot be opened: the next line opens it again', async () => {
    let tries = 0;
    let text = '';
    const output = new LogOutput({
      async open() {
        tries += 1;
        if (tries === 1) throw new Error('EIO');
        return { write: (lines) => Promise.resolve(void (text += Buffer.from(lines).toString())) };
      },
      notice: (lines) => `dropped ${lines}\n`,
    });
    output.write('one\n');
    await output.flushed();
    output.write('two\n');
    await output.flushed();
    expect([output.droppedLines, text]).toEqual([1, 'two\ndropped 1\n']);
  });
});
