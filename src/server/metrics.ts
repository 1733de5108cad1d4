/** What the server measures of itself, for Prometheus. Calls are counted by the names of routes, never by paths: few series. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type MetricName = `holdfast_${string}`

export type GaugeSpec = {
  readonly name: MetricName
  readonly help: string
  readonly labels?: readonly string[]
}

export type GaugeReading = {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

export type Metrics = {
  /** Asked whenever somebody reads the metrics; keep it cheap. */
  addGauge(
    spec: GaugeSpec,
    read: () => readonly GaugeReading[] | Promise<readonly GaugeReading[]>,
  ): void
  addCounter(spec: GaugeSpec): {
    add(value: number, labels?: Readonly<Record<string, string>>): void
  }
  /** @param route its name in the table, or `unknown` */
  observeCall(route: string, status: number, seconds: number): void
  readonly media: string
  text(): Promise<string>
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

export function openMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'holdfast_' })
  new Gauge({
    name: 'holdfast_build',
    help: 'The version that runs; always 1.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)
  const calls = new Counter({
    name: 'holdfast_http_calls_total',
    help: 'Calls answered, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'holdfast_http_call_seconds',
    help: 'From the head of a call to the end of its answer.',
    labelNames: ['route'],
    buckets: secondsBuckets,
    registers,
  })
  return {
    addGauge: (spec, read) => addGauge(registry, spec, read),
    addCounter({ name, help, labels = [] }) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers })
      return { add: (value, of = {}) => counter.inc({ ...of }, value) }
    },
    observeCall(route, status, took) {
      calls.inc({ route, status })
      seconds.observe({ route }, took)
    },
    media: registry.contentType,
    text: () => registry.metrics(),
  }
}

function addGauge(
  registry: Registry,
  { name, help, labels = [] }: GaugeSpec,
  read: () => readonly GaugeReading[] | Promise<readonly GaugeReading[]>,
): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      const readings = await read()
      // Series that are no more must not stand still at their last value.
      gauge.reset()
      for (const { value, labels: of = {} } of readings) gauge.set({ ...of }, value)
    },
  })
}
