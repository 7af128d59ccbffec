import type { Metric, MetricFamily } from '../model/metric-family.ts'

/** A value that only grows. */
export interface Counter {
  /** Adds `by` (default 1); a negative or NaN amount is a fault of the caller and throws. */
  inc(by?: number): void
  readonly value: number
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void
  /** Adds `by` (default 1). */
  inc(by?: number): void
  /** Takes `by` off (default 1). */
  dec(by?: number): void
  readonly value: number
}

/** Counts of observations below ascending bounds, with their sum. */
export interface Histogram {
  observe(value: number): void
  readonly count: number
  readonly sum: number
}

/**
 * The children of one family, by the values of its labels in the order of the names given at registration. A hot path keeps the
 * child that `with` returned. Past `maxChildren` every new combination shares one child whose values are all `other`.
 */
export interface Labelled<Child> {
  with(...values: readonly string[]): Child
  /** Forgets a combination, so that it is no longer exposed. */
  remove(...values: readonly string[]): void
}

/** Values that are read when somebody asks, e.g. from another part's own bookkeeping. */
export type Collect = () => readonly MetricFamily[]

export interface RegistryOptions {
  /** Most combinations of label values a family keeps. */
  readonly maxChildren?: number
}

/** Bounds in seconds for durations of requests; those of Prometheus's own HTTP handlers. */
export const DURATION_BUCKETS_S: readonly number[] = [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120]

/**
 * The program's own metrics. Registering a name again with the same type and labels returns the same family, so that two
 * listeners can count into one; with another shape it throws.
 */
export interface Registry {
  counter(name: string, help: string): Counter
  counterBy(name: string, help: string, labelNames: readonly string[]): Labelled<Counter>
  gauge(name: string, help: string): Gauge
  gaugeBy(name: string, help: string, labelNames: readonly string[]): Labelled<Gauge>
  /** `bounds` are ascending upper limits without `+Inf`. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  histogramBy(
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames: readonly string[],
  ): Labelled<Histogram>
  /** Adds a source of families; families of equal name are joined. */
  collect(source: Collect): void
  /** All families now, sorted by name. */
  families(): MetricFamily[]
}

type Kind = 'counter' | 'gauge' | 'histogram'

interface Family {
  readonly kind: Kind
  readonly shape: string
  readonly handle: unknown
  read(): MetricFamily
}

export function createRegistry(options: RegistryOptions = {}): Registry {
  const maxChildren = options.maxChildren ?? 2000
  const families = new Map<string, Family>()
  const sources: Collect[] = []

  const register = <Child extends Sample>(
    kind: Kind,
    name: string,
    help: string,
    labelNames: readonly string[],
    create: (labels: readonly string[]) => Child,
    extra = '',
  ): Children<Child> => {
    checkNames(name, labelNames)
    const shape = `${kind}(${labelNames.join(',')})${extra}`
    const present = families.get(name)
    if (present) {
      if (present.shape !== shape) {
        throw new Error(`metric ${name} is registered as ${present.shape} and as ${shape}`)
      }
      return present.handle as Children<Child>
    }
    const handle = new Children<Child>(labelNames, create, maxChildren)
    families.set(name, {
      kind,
      shape,
      handle,
      read: () => ({ name, help, type: kind, metrics: handle.lines() }),
    })
    return handle
  }

  const counterBy = (name: string, help: string, labelNames: readonly string[]) =>
    register('counter', name, help, labelNames, (labels) => new CounterCell(labels))
  const gaugeBy = (name: string, help: string, labelNames: readonly string[]) =>
    register('gauge', name, help, labelNames, (labels) => new GaugeCell(labels))
  const histogramBy = (
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames: readonly string[],
  ) => {
    const create = (labels: readonly string[]) => new HistogramCell(labels, bounds)
    return register('histogram', name, help, labelNames, create, `[${bounds.join(',')}]`)
  }

  return {
    counter: (name, help) => counterBy(name, help, []).with(),
    counterBy,
    gauge: (name, help) => gaugeBy(name, help, []).with(),
    gaugeBy,
    histogram: (name, help, bounds) => histogramBy(name, help, bounds, []).with(),
    histogramBy,
    collect: (source) => {
      sources.push(source)
    },
    families: () => {
      const own = [...families.values()].map((family) => family.read())
      return joinByName([...own, ...sources.flatMap((source) => source())])
    },
  }
}

function checkNames(name: string, labelNames: readonly string[]): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`invalid metric name ${name}`)
  for (const label of labelNames) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new Error(`invalid label name ${label}`)
  }
}

/** Families of equal name become one, in the order in which they came; the first help text holds. */
function joinByName(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>()
  for (const family of families) {
    const first = byName.get(family.name)
    const joined = first ? { ...first, metrics: [...first.metrics, ...family.metrics] } : family
    byName.set(family.name, joined)
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

interface Sample {
  lines(): readonly Metric[]
}

class Children<Child extends Sample> implements Labelled<Child> {
  readonly #labelNames: readonly string[]
  readonly #create: (labels: readonly string[]) => Child
  readonly #maxChildren: number
  readonly #byKey = new Map<string, Child>()

  constructor(
    labelNames: readonly string[],
    create: (labels: readonly string[]) => Child,
    maxChildren: number,
  ) {
    this.#labelNames = labelNames
    this.#create = create
    this.#maxChildren = maxChildren
  }

  with(...values: readonly string[]): Child {
    if (values.length !== this.#labelNames.length) {
      throw new Error(`${values.length} values for the labels ${this.#labelNames.join(', ')}`)
    }
    const key = values.join('\uffff')
    const present = this.#byKey.get(key)
    if (present) return present
    if (this.#byKey.size >= this.#maxChildren && values.some((value) => value !== 'other')) {
      return this.with(...values.map(() => 'other'))
    }
    const labels = this.#labelNames.flatMap((name, i) => [name, values[i] ?? ''])
    const child = this.#create(labels)
    this.#byKey.set(key, child)
    return child
  }

  remove(...values: readonly string[]): void {
    this.#byKey.delete(values.join('\uffff'))
  }

  lines(): Metric[] {
    return [...this.#byKey.values()].flatMap((child) => child.lines())
  }
}

class CounterCell implements Counter, Sample {
  readonly #labels: readonly string[]
  value = 0

  constructor(labels: readonly string[]) {
    this.#labels = labels
  }

  inc(by = 1): void {
    if (!(by >= 0)) throw new RangeError(`a counter cannot grow by ${by}`)
    this.value += by
  }

  lines(): readonly Metric[] {
    return [{ labels: this.#labels, value: this.value }]
  }
}

class GaugeCell implements Gauge, Sample {
  readonly #labels: readonly string[]
  value = 0

  constructor(labels: readonly string[]) {
    this.#labels = labels
  }

  set(value: number): void {
    this.value = value
  }

  inc(by = 1): void {
    this.value += by
  }

  dec(by = 1): void {
    this.value -= by
  }

  lines(): readonly Metric[] {
    return [{ labels: this.#labels, value: this.value }]
  }
}

class HistogramCell implements Histogram, Sample {
  readonly #labels: readonly string[]
  readonly #bounds: readonly number[]
  /** Of each bucket alone; the last is above all bounds. */
  readonly #counts: Float64Array
  count = 0
  sum = 0

  constructor(labels: readonly string[], bounds: readonly number[]) {
    for (let i = 1; i < bounds.length; i++) {
      if (!((bounds[i] as number) > (bounds[i - 1] as number))) {
        throw new Error(`histogram bounds are not ascending: ${bounds.join(', ')}`)
      }
    }
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let i = 0
    while (i < bounds.length && value > (bounds[i] as number)) i++
    this.#counts[i] = (this.#counts[i] as number) + 1
    this.count++
    this.sum += value
  }

  lines(): readonly Metric[] {
    const lines: Metric[] = []
    let below = 0
    this.#bounds.forEach((bound, i) => {
      below += this.#counts[i] as number
      const labels = [...this.#labels, 'le', String(bound)]
      lines.push({ labels, value: below, suffix: '_bucket' })
    })
    lines.push({ labels: [...this.#labels, 'le', '+Inf'], value: this.count, suffix: '_bucket' })
    lines.push({ labels: this.#labels, value: this.sum, suffix: '_sum' })
    lines.push({ labels: this.#labels, value: this.count, suffix: '_count' })
    return lines
  }
}
