import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Label values of one measurement; the names are fixed when the metric is made. */
type Labels = Readonly<Record<string, string>>;

interface CounterMetric {
  add(amount: number, labels?: Labels): void;
  /** Adds to the series of these labels, without looking for it each time. */
  adding(labels: Labels): (amount: number) => void;
}

interface GaugeMetric {
  set(value: number, labels?: Labels): void;
}

interface HistogramMetric {
  observe(value: number, labels?: Labels): void;
}

interface MetricOptions {
  /** Snake case. Written with our prefix, or as it is where `foreign` is true. */
  readonly name: string;
  /** One sentence, with the unit. */
  readonly help: string;
  readonly labels?: readonly string[];
  /** True for a name that others chose, falcosidekick's. */
  readonly foreign?: boolean;
  /** Of a counter: how many combinations of its labels are told apart, 2,000 by default. */
  readonly maxSeries?: number;
}

interface CounterOptions extends MetricOptions {
  /**
   * Series that are shown as 0 before anything was counted, asked at each scrape: Prometheus sees no increase in a series
   * that begins with 1.
   */
  readonly expected?: () => Iterable<Labels>;
}

interface HistogramOptions extends MetricOptions {
  readonly buckets: readonly number[];
}

interface GaugeOptions extends MetricOptions {
  readonly read?: () => Iterable<readonly [number, Labels]>;
}

/**
 * The service's metrics, one registry for each service: nothing is global. A metric that is made again is the one that is there,
 * with the new `read`: parts of the service are built anew when the config is read again.
 */
export interface Metrics {
  counter(options: CounterOptions): CounterMetric;
  /** With `read`, the gauge is set at each scrape by what `read` yields: `[value, labels]`. */
  gauge(options: GaugeOptions): GaugeMetric;
  histogram(options: HistogramOptions): HistogramMetric;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const prefix = 'elb_sidekick_';

/** Rule names and hosts come from outside: past this many combinations of a metric's labels the rest counts as `(other)`. */
export const defaultMaxSeries = 2_000;
/** Stands for the values that are not told apart. */
export const otherLabel = '(other)';

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = new Map<string, CounterMetric>();
  const gauges = new Map<string, GaugeMetric>();
  const histograms = new Map<string, HistogramMetric>();
  const settings = ({ name, help, labels = [], foreign = false }: MetricOptions) => ({
    name: foreign ? name : prefix + name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const counterOf = (options: CounterOptions): CounterMetric => {
    // prom-client sorts and joins the labels at each increment, 1 µs; so what was counted goes there at each scrape.
    const counted = new SeriesMap((labels) => ({ labels, amount: 0 }), options.maxSeries);
    const counter = new Counter({
      ...settings(options),
      registers: [],
      collect() {
        for (const labels of options.expected?.() ?? []) counted.of(labels);
        for (const series of counted.all()) {
          this.inc(series.labels, series.amount);
          series.amount = 0;
        }
      },
    });
    registry.registerMetric(counter);
    return {
      add(amount, labels = {}) {
        counted.of(labels).amount += amount;
      },
      adding(labels) {
        const series = counted.of(labels);
        return (amount) => {
          series.amount += amount;
        };
      },
    };
  };
  const gaugeOf = ({ read, ...options }: GaugeOptions): GaugeMetric => {
    const { name } = settings(options);
    registry.removeSingleMetric(name);
    const gauge = new Gauge({
      ...settings(options),
      ...(read === undefined
        ? {}
        : {
            collect() {
              this.reset();
              for (const [value, labels] of read()) this.set({ ...labels }, value);
            },
          }),
    });
    const bounded = new SeriesMap((labels) => labels);
    return { set: (value, labels = {}) => gauge.set(bounded.of(labels), value) };
  };
  const histogramOf = (options: HistogramOptions): HistogramMetric => {
    const histogram = new Histogram({ ...settings(options), buckets: [...options.buckets] });
    const bounded = new SeriesMap((labels) => labels);
    return { observe: (value, labels = {}) => histogram.observe(bounded.of(labels), value) };
  };
  return {
    counter: (options) => once(counters, options.name, () => counterOf(options)),
    gauge: (options) =>
      options.read === undefined ? once(gauges, options.name, () => gaugeOf(options)) : gaugeOf(options),
    histogram: (options) => once(histograms, options.name, () => histogramOf(options)),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function once<M>(there: Map<string, M>, name: string, make: () => M): M {
  const known = there.get(name);
  if (known !== undefined) return known;
  const metric = make();
  there.set(name, metric);
  return metric;
}

/** What belongs to each combination of label values, at most `maxSeries` of them and one for all others. */
class SeriesMap<S> {
  readonly #make: (labels: Record<string, string>) => S;
  readonly #maxSeries: number;
  readonly #series = new Map<string, S>();
  #others: S | undefined;

  constructor(make: (labels: Record<string, string>) => S, maxSeries = defaultMaxSeries) {
    this.#make = make;
    this.#maxSeries = maxSeries;
  }

  of(labels: Labels): S {
    const key = Object.values(labels).join('\0');
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= this.#maxSeries) {
      this.#others ??= this.#make(Object.fromEntries(Object.keys(labels).map((name) => [name, otherLabel])));
      return this.#others;
    }
    const made = this.#make({ ...labels });
    this.#series.set(key, made);
    return made;
  }

  all(): readonly S[] {
    return this.#others === undefined ? [...this.#series.values()] : [...this.#series.values(), this.#others];
  }
}
