import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { type Edit, FrameEditor } from '../../../tools/faults/frame-editor.ts';

const frames = Array.from({ length: 4 }, (_, index) => `{"type":"ADDED","object":{"number":${index}}}\n`);
const stream = Buffer.from(frames.join(''));

describe('a stream of frames', () => {
  test('passes byte for byte where there is nothing to do', () => {
    fc.assert(
      fc.property(cuts(), (at) => {
        expect(edited([], at)).toEqual({ text: stream.toString(), stop: undefined });
      }),
    );
  });

  test('that is cut ends in the middle of the frame after the counted ones, however it comes', () => {
    fc.assert(
      fc.property(cuts(), fc.nat(3), (at, afterFrames) => {
        const { text, stop } = edited([{ kind: 'cut', afterFrames }], at);
        expect(stop).toBe('cut');
        const whole = frames.slice(0, afterFrames).join('');
        expect(text.startsWith(whole)).toBe(true);
        const rest = text.slice(whole.length);
        expect(rest).not.toBe('');
        expect(rest).not.toContain('\n');
        expect(frames[afterFrames]?.startsWith(rest)).toBe(true);
      }),
    );
  });

  test('that is cut after bytes has exactly so many', () => {
    fc.assert(
      fc.property(cuts(), fc.nat(stream.length), (at, afterBytes) => {
        expect(edited([{ kind: 'cut', afterBytes }], at).text).toBe(stream.toString('utf8', 0, afterBytes));
      }),
    );
  });

  test('gets garbage between two frames, and every frame stays whole', () => {
    fc.assert(
      fc.property(cuts(), fc.nat(3), (at, afterFrames) => {
        const { text } = edited([{ kind: 'malformed', line: 'garbage', afterFrames }], at);
        const lines = frames.map((frame) => frame.trimEnd());
        expect(text).toBe([...lines.toSpliced(afterFrames, 0, 'garbage'), ''].join('\n'));
      }),
    );
  });

  test('loses the rest of one frame, and of no other', () => {
    fc.assert(
      fc.property(cuts(), fc.nat(3), (at, afterFrames) => {
        const lines = edited([{ kind: 'malformed', afterFrames }], at)
          .text.trimEnd()
          .split('\n');
        const whole = frames.map((frame) => frame.trimEnd());
        expect(lines.toSpliced(afterFrames, 1)).toEqual(whole.toSpliced(afterFrames, 1));
        expect(() => JSON.parse(lines[afterFrames] ?? '')).toThrow(SyntaxError);
      }),
    );
  });

  test('that gets an ERROR frame ends in order behind it', () => {
    fc.assert(
      fc.property(cuts(), fc.nat(3), (at, afterFrames) => {
        const { text, stop } = edited([{ kind: 'error frame', code: 410, afterFrames }], at);
        expect(stop).toBe('in order');
        const lines = text.trimEnd().split('\n');
        expect(lines).toHaveLength(afterFrames + 1);
        expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
      }),
    );
  });

  test('that stands still between two frames gets the line at once, and within a frame not before its end', () => {
    const editor = new FrameEditor();
    editor.push(Buffer.from('{"half":'));
    editor.add({ kind: 'malformed', line: 'garbage' });
    expect(editor.idle()).toEqual([]);
    expect(editor.push(Buffer.from('true}\n'))).toEqual([{ send: Buffer.from('true}\n') }]);
    editor.add({ kind: 'malformed', line: 'more' });
    expect(editor.idle()).toEqual([{ send: Buffer.from('garbage\n') }, { send: Buffer.from('more\n') }]);
    expect(editor.idle()).toEqual([]);
  });
});

/** Where the stream is cut into the pieces in which it comes. */
function cuts(): fc.Arbitrary<readonly number[]> {
  return fc
    .array(fc.nat(stream.length), { maxLength: 12 })
    .map((at) => [0, ...at.sort((a, b) => a - b), stream.length]);
}

function edited(edits: readonly Edit[], at: readonly number[]) {
  const editor = new FrameEditor();
  for (const edit of edits) editor.add(edit);
  const steps = at.slice(1).flatMap((end, index) => editor.push(stream.subarray(at[index], end)));
  steps.push(...editor.idle());
  const sent = steps.flatMap((step) => ('send' in step ? [step.send] : []));
  return {
    text: Buffer.concat(sent).toString(),
    stop: steps.flatMap((step) => ('stop' in step ? [step.stop] : []))[0],
  };
}
