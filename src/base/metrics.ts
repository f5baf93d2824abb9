import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Label values of one measurement; the names are fixed when the metric is made. */
export type Labels = Readonly<Record<string, string>>;

export interface CounterMetric {
  add(amount: number, labels?: Labels): void;
}

export interface GaugeMetric {
  set(value: number, labels?: Labels): void;
}

export interface HistogramMetric {
  observe(value: number, labels?: Labels): void;
}

export interface MetricOptions {
  /** Snake case. Written with our prefix, or as it is where `foreign` is true. */
  readonly name: string;
  /** One sentence, with the unit. */
  readonly help: string;
  readonly labels?: readonly string[];
  /** True for a name that others chose, falcosidekick's. */
  readonly foreign?: boolean;
}

/** The service's metrics, one registry for each service: nothing is global. */
export interface Metrics {
  counter(options: MetricOptions): CounterMetric;
  /** With `read`, the gauge is set at each scrape by what `read` yields: `[value, labels]`. */
  gauge(options: MetricOptions & { readonly read?: () => Iterable<readonly [number, Labels]> }): GaugeMetric;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): HistogramMetric;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const prefix = 'elb_sidekick_';

/** Rule names and hosts come from outside: past this many combinations of a metric's labels the rest counts as `(other)`. */
const maxSeries = 2_000;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const settings = ({ name, help, labels = [], foreign = false }: MetricOptions) => ({
    name: foreign ? name : prefix + name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter(options) {
      const counter = new Counter(settings(options));
      const bounded = boundedLabels();
      return { add: (amount, labels = {}) => counter.inc(bounded(labels), amount) };
    },
    gauge(options) {
      const { read } = options;
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
      const bounded = boundedLabels();
      return { set: (value, labels = {}) => gauge.set(bounded(labels), value) };
    },
    histogram(options) {
      const histogram = new Histogram({ ...settings(options), buckets: [...options.buckets] });
      const bounded = boundedLabels();
      return { observe: (value, labels = {}) => histogram.observe(bounded(labels), value) };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function boundedLabels(): (labels: Labels) => Record<string, string> {
  const seen = new Set<string>();
  return (labels) => {
    const values = Object.values(labels);
    if (values.length === 0) return {};
    const series = values.join('\0');
    if (!seen.has(series)) {
      if (seen.size >= maxSeries) return Object.fromEntries(Object.keys(labels).map((name) => [name, '(other)']));
      seen.add(series);
    }
    return { ...labels };
  };
}
