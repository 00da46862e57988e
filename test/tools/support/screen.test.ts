import { expect, test } from 'vitest';
import { plainPaint } from '../../../tools/support/line.ts';
import { Screen } from '../../../tools/support/screen.ts';

test('lines tell the time since the screen began, and outside a terminal nothing moves the cursor', () => {
  let now = 500;
  let shown = '';
  const screen = new Screen(
    (text) => (shown += text),
    plainPaint,
    undefined,
    () => now,
  );
  screen.say('cluster', 'starts');
  now = 2_750;
  screen.line({ label: 'leader', text: 'collector-0, term 1' });
  screen.more('for as long as it renews');
  screen.title('The end');
  screen.progress('cluster').move('building');
  expect(shown).toBe(
    [
      '  0.0 s  cluster    starts',
      '  2.3 s  leader     collector-0, term 1',
      '                    for as long as it renews',
      '',
      'The end',
      '',
    ].join('\n'),
  );
});
