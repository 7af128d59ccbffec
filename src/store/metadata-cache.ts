import type { MetricMetadata } from '../model/samples.ts'

const MAX_FAMILIES = 50_000
const MAX_PER_FAMILY = 20

/** What TYPE, HELP and UNIT say of each metric family, the newest last; families of several meanings keep them all. */
export class MetadataCache {
  readonly #families = new Map<string, MetricMetadata[]>()

  /** Returns true when this is news that should be stored. */
  note(entry: MetricMetadata): boolean {
    const known = this.#families.get(entry.family)
    if (known === undefined) {
      if (this.#families.size >= MAX_FAMILIES) return false
      this.#families.set(entry.family, [entry])
      return true
    }
    const same = known.some(
      (other) =>
        other.type === entry.type && other.help === entry.help && other.unit === entry.unit,
    )
    if (same) return false
    if (known.length >= MAX_PER_FAMILY) known.shift()
    known.push(entry)
    return true
  }

  /** `family` '' means all; a limit of 0 or less is no limit. */
  find(
    family: string,
    limit: number,
    limitPerMetric: number,
  ): ReadonlyMap<string, readonly MetricMetadata[]> {
    const out = new Map<string, readonly MetricMetadata[]>()
    const take = (name: string, entries: readonly MetricMetadata[]): void => {
      if (limit > 0 && out.size >= limit) return
      out.set(name, limitPerMetric > 0 ? entries.slice(0, limitPerMetric) : entries)
    }
    if (family !== '') {
      const entries = this.#families.get(family)
      if (entries !== undefined) take(family, entries)
      return out
    }
    for (const [name, entries] of this.#families) take(name, entries)
    return out
  }
}
