import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FrameSplitter } from '../../../runtime/src/kube/frames.ts';

/** The frames of these chunks, then 'broken' where the splitter gave up. */
function split(chunks: readonly Buffer[], capBytes?: number): readonly string[] {
  const splitter = new FrameSplitter(capBytes);
  const frames: string[] = [];
  try {
    for (const chunk of chunks) {
      splitter.push(chunk);
      for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) frames.push(frame.toString());
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'API_BROKEN' });
    return [...frames, 'broken'];
  }
  return splitter.hasPending ? [...frames, 'unfinished'] : frames;
}

function cut(bytes: Buffer, at: readonly number[]): readonly Buffer[] {
  const places = [...new Set([0, ...at.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => Buffer.from(bytes.subarray(places[index], end)));
}

describe('a stream of frames', () => {
  const line = fc.stringMatching(/^[a-c\r\u00fc\u{1f389}\u2028\u2029"]{0,12}$/u);

  test('gives the same frames however its bytes were cut into chunks, with a frame over the cap as well', () => {
    const stream = fc.array(line).map((lines) => Buffer.from(lines.join('\n')));
    const cap = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), cap, (bytes, at, capBytes) => {
        expect(split(cut(bytes, at), capBytes)).toEqual(split([bytes], capBytes));
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('gives back every line, whatever characters it holds', () => {
    const anyLine = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !text.includes('\n') && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(anyLine), fc.array(fc.nat()), (lines, at) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        expect(split(cut(bytes, at))).toEqual(lines);
      }),
    );
  });

  test('is cut at 0x0A alone: not at a carriage return, nor at a line or paragraph separator', () => {
    expect(split([Buffer.from('a\rb\u2028c\u2029d\u0085e\n')])).toEqual(['a\rb\u2028c\u2029d\u0085e']);
  });

  test('admits a frame of exactly the cap and no byte more', () => {
    expect(split([Buffer.from('aaaa\n')], 4)).toEqual(['aaaa']);
    expect(split([Buffer.from('aaaaa\n')], 4)).toEqual(['broken']);
    expect(split([Buffer.from('b\naa'), Buffer.from('aaa')], 4)).toEqual(['b', 'broken']);
  });

  test('that comes in many small pieces is put together in a few growing buffers, not in one per piece', () => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
    onTestFinished(() => allocate.mockRestore());
    const pieces = 4_096;
    const splitter = new FrameSplitter();
    for (let piece = 0; piece < pieces; piece += 1) {
      splitter.push(Buffer.alloc(1_024, 'x'));
      expect(splitter.next()).toBeUndefined();
    }
    splitter.push(Buffer.from('\n'));
    expect(splitter.next()).toHaveLength(pieces * 1_024);
    expect(allocate.mock.calls.length).toBeLessThan(16);
  });
});
