import type { Metric, MetricFamily } from '../../model/metric-family.ts'

/** What is said of a family, and its series by who brought them. */
interface Gathered {
  readonly family: Omit<MetricFamily, 'metrics'>
  readonly parts: (readonly Metric[])[]
}

/** Families of metrics that several servers and databases have their part in. */
export class FamilyTable {
  readonly #families = new Map<string, Gathered>()

  /** Adds a series. What the first one says of the family holds for all. */
  add(family: Omit<MetricFamily, 'metrics'>, metric: Metric): void {
    this.#of(family).parts.push([metric])
  }

  /** Adds whole families, except those whose name is among these. Their series are used as they are, not copied. */
  addAll(families: readonly MetricFamily[], except: ReadonlySet<string> = new Set()): void {
    for (const family of families)
      if (!except.has(family.name)) this.#of(family).parts.push(family.metrics)
  }

  families(): MetricFamily[] {
    return [...this.#families.values()].map(({ family, parts }) => {
      const metrics = parts.length === 1 ? (parts[0] ?? []) : parts.flat()
      return { name: family.name, help: family.help, type: family.type, metrics }
    })
  }

  #of(family: Omit<MetricFamily, 'metrics'>): Gathered {
    const found = this.#families.get(family.name)
    if (found !== undefined) return found
    const made = { family, parts: [] }
    this.#families.set(family.name, made)
    return made
  }
}
