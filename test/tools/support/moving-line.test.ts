import { describe, expect, test } from 'vitest';
import { MovingLine } from '../../../tools/support/moving-line.ts';

function shown(columns?: number) {
  let now = 0;
  const written: string[] = [];
  const line = new MovingLine(
    (text) => written.push(text),
    columns,
    () => now,
  );
  return { line, written, pass: (ms: number) => (now += ms) };
}

describe('on a terminal', () => {
  test('each move replaces the moving line, and a line that stays takes its place', () => {
    const { line, written } = shown(80);
    line.move('1 s');
    line.move('2 s');
    line.stay('built\n');
    line.stay('next\n');
    expect(written).toEqual(['\r\u001b[2K1 s', '\r\u001b[2K2 s', '\r\u001b[2Kbuilt\n', 'next\n']);
  });

  test('a text that is too long is cut: a broken line could not be replaced', () => {
    const { line, written } = shown(10);
    line.move('0123456789');
    expect(written).toEqual(['\r\u001b[2K012345678']);
  });
});

describe('elsewhere', () => {
  test('a line comes every 15 s, without control characters', () => {
    const { line, written, pass } = shown();
    for (let second = 0; second < 40; second += 1) {
      line.move(`${second} s`);
      pass(1_000);
    }
    expect(written).toEqual(['15 s\n', '30 s\n']);
  });

  test('what is over within 15 s shows no progress, only its result', () => {
    const { line, written, pass } = shown();
    line.move('0 s');
    pass(14_000);
    line.move('14 s');
    line.stay('built\n');
    expect(written).toEqual(['built\n']);
  });
});
