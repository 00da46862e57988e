import { describe, expect, test } from 'vitest';
import { MetricRegistry } from '../../../runtime/src/operations/metrics.ts';

describe('the metrics page', () => {
  test('tells each family once, with help and type, in the order of declaration', () => {
    const registry = new MetricRegistry();
    const sent = registry.counter('sent_total', 'What was sent.');
    const full = registry.gauge('full', 'Whether it is full.');
    sent.add({ sink: 'a', result: 'ok' });
    sent.add({ sink: 'a', result: 'ok' }, 2);
    sent.add({ sink: 'b', result: 'ok' }, 0);
    full.set(1);
    full.set(0);
    expect(registry.render()).toBe(
      [
        '# HELP sent_total What was sent.',
        '# TYPE sent_total counter',
        'sent_total{sink="a",result="ok"} 3',
        'sent_total{sink="b",result="ok"} 0',
        '# HELP full Whether it is full.',
        '# TYPE full gauge',
        'full 0',
        '',
      ].join('\n'),
    );
  });

  test('sums a histogram up over its buckets: a value on a bound is within it, one above all is only in the infinite one', () => {
    const registry = new MetricRegistry();
    const seconds = registry.histogram('seconds', 'How long.', [0.5, 1]);
    for (const value of [0.25, 0.5, 1, 4]) seconds.observe(value, { verb: 'GET' });
    expect(registry.render().split('\n').slice(2, -1)).toEqual([
      'seconds_bucket{verb="GET",le="0.5"} 2',
      'seconds_bucket{verb="GET",le="1"} 3',
      'seconds_bucket{verb="GET",le="+Inf"} 4',
      'seconds_sum{verb="GET"} 5.75',
      'seconds_count{verb="GET"} 4',
    ]);
  });

  test('asks for a derived value when it is read, and leaves it out while there is none', () => {
    const registry = new MetricRegistry();
    let age: number | undefined;
    registry.derived('age_seconds', 'Age.', () => age, { of: 'token' });
    expect(registry.render()).toBe('');
    age = 1.5;
    expect(registry.render()).toContain('\nage_seconds{of="token"} 1.5\n');
    age = 2;
    expect(registry.render()).toContain('\nage_seconds{of="token"} 2\n');
  });

  test('keeps a page readable whatever a label or a help text holds', () => {
    const registry = new MetricRegistry();
    registry.counter('odd_total', 'a\\b\nc').add({ host: 'a"b\\c\nd' });
    expect(registry.render().split('\n')).toEqual([
      '# HELP odd_total a\\\\b\\nc',
      '# TYPE odd_total counter',
      'odd_total{host="a\\"b\\\\c\\nd"} 1',
      '',
    ]);
  });

  test('refuses two metrics of one name', () => {
    const registry = new MetricRegistry();
    registry.gauge('x', 'x');
    expect(() => registry.counter('x', 'x')).toThrow('declared twice');
  });
});
