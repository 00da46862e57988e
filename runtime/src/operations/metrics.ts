/**
 * Counters, gauges and histograms in Prometheus' text format, version 0.0.4: as much of it as the collector needs.
 *
 * Not promised: a bound on the number of series. Label values come from settings, the API server and closed lists, never from an event.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels?: Labels, amount?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** One line: what is appended to the family's name, labels, value. */
type Sample = readonly [suffix: string, labels: string, value: number];

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: () => Iterable<Sample>;
}

export class MetricRegistry {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string): Counter {
    const series = new Map<string, number>();
    this.#declare({ name, help, type: 'counter', samples: () => samplesOf(series) });
    return {
      add(labels = {}, amount = 1) {
        const key = labelText(labels);
        series.set(key, (series.get(key) ?? 0) + amount);
      },
    };
  }

  gauge(name: string, help: string): Gauge {
    const series = new Map<string, number>();
    this.#declare({ name, help, type: 'gauge', samples: () => samplesOf(series) });
    return {
      set(value, labels = {}) {
        series.set(labelText(labels), value);
      },
    };
  }

  /** A value that is asked for when the page is read; left out while it is undefined. Names that end in `_total` are counters. */
  derived(name: string, help: string, read: () => number | undefined, labels: Labels = {}): void {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    const samples = (): Sample[] => {
      const value = read();
      return value === undefined ? [] : [['', labelText(labels), value]];
    };
    this.#declare({ name, help, type, samples });
  }

  /** Values that are asked for when the page is read, one for each of the labels. */
  derivedEach(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    const samples = () => [...read()].map(([labels, value]): Sample => ['', labelText(labels), value]);
    this.#declare({ name, help, type: 'gauge', samples });
  }

  /** @param bounds upper bounds of the buckets, ascending, without the infinite one */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const series = new Map<string, Distribution>();
    const samples = () =>
      [...series].flatMap(([labels, distribution]) => distributionSamples(labels, bounds, distribution));
    this.#declare({ name, help, type: 'histogram', samples });
    return {
      observe(value, labels = {}) {
        const key = labelText(labels);
        const distribution = series.get(key) ?? { counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 };
        series.set(key, distribution);
        record(distribution, bounds, value);
      },
    };
  }

  /** The whole page, in the order of declaration. */
  render(): string {
    return [...this.#families.values()].map(familyText).join('');
  }

  #declare(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`the metric ${family.name} is declared twice`);
    this.#families.set(family.name, family);
  }
}

interface Distribution {
  /** Per bucket, not summed up; the last is the one without a bound. */
  readonly counts: number[];
  sum: number;
}

function record(distribution: Distribution, bounds: readonly number[], value: number): void {
  const found = bounds.findIndex((bound) => value <= bound);
  const bucket = found === -1 ? bounds.length : found;
  distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
  distribution.sum += value;
}

function distributionSamples(
  labels: string,
  bounds: readonly number[],
  { counts, sum }: Distribution,
): readonly Sample[] {
  let total = 0;
  const buckets = counts.map((count, bucket): Sample => {
    total += count;
    const bound = `le="${bounds[bucket] ?? '+Inf'}"`;
    return ['_bucket', labels === '' ? bound : `${labels},${bound}`, total];
  });
  return [...buckets, ['_sum', labels, sum], ['_count', labels, total]];
}

function samplesOf(series: ReadonlyMap<string, number>): readonly Sample[] {
  return [...series].map(([labels, value]) => ['', labels, value]);
}

function familyText({ name, help, type, samples }: Family): string {
  const lines = [...samples()].map(
    ([suffix, labels, value]) => `${name}${suffix}${labels === '' ? '' : `{${labels}}`} ${value}`,
  );
  const heading = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
  return lines.length === 0 ? '' : `${[...heading, ...lines].join('\n')}\n`;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`)
    .join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
