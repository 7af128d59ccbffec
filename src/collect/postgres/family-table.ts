import type { Metric, MetricFamily } from '../../model/metric-family.ts'

/** Families of metrics that several servers and databases have their part in. */
export class FamilyTable {
  readonly #families = new Map<string, { family: MetricFamily; metrics: Metric[] }>()

  /** Adds a value. What the first one says of the family holds for all. */
  add(family: Omit<MetricFamily, 'metrics'>, metric: Metric): void {
    let found = this.#families.get(family.name)
    if (found === undefined) {
      const metrics: Metric[] = []
      found = { family: { ...family, metrics }, metrics }
      this.#families.set(family.name, found)
    }
    found.metrics.push(metric)
  }

  /** Adds whole families, except those whose name is among these. */
  addAll(families: readonly MetricFamily[], except: ReadonlySet<string> = new Set()): void {
    for (const { metrics, ...family } of families) {
      if (except.has(family.name)) continue
      for (const metric of metrics) this.add(family, metric)
    }
  }

  families(): MetricFamily[] {
    return [...this.#families.values()].map(({ family }) => family)
  }
}
