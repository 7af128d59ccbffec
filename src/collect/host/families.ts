import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import type { MetricType } from '../../model/samples.ts'

/** What `# HELP` and `# TYPE` say of a family. Heads are made once, so that adding a line costs one look-up. */
export interface FamilyHead {
  readonly name: string
  readonly help: string
  readonly type: MetricType
}

export function gauge(name: string, help: string): FamilyHead {
  return { name, help, type: 'gauge' }
}

export function counter(name: string, help: string): FamilyHead {
  return { name, help, type: 'counter' }
}

/** What node_exporter calls untyped: a number that may be a counter or a gauge. */
export function untyped(name: string, help: string): FamilyHead {
  return { name, help, type: 'unknown' }
}

const NO_LABELS: readonly string[] = []

interface OpenFamily {
  readonly head: FamilyHead
  readonly metrics: Metric[]
}

/** Gathers the lines of one collection, in families. Several collectors may add to one family; the first head is kept. */
export class FamilyCollection {
  readonly #families = new Map<string, OpenFamily>()

  /** `labels` is `name, value, …` sorted by name; it is kept, not copied. */
  add(head: FamilyHead, value: number, labels: readonly string[] = NO_LABELS): void {
    this.#open(head).metrics.push({ labels, value })
  }

  /** Adds a ready line, e.g. a `_bucket` of a histogram. */
  addMetric(head: FamilyHead, metric: Metric): void {
    this.#open(head).metrics.push(metric)
  }

  /** The family of that name so far, to check what another source wants to add. */
  find(
    name: string,
  ): { readonly head: FamilyHead; readonly metrics: readonly Metric[] } | undefined {
    return this.#families.get(name)
  }

  /** Everything added, ordered by name as client_golang orders a page. */
  toFamilies(): MetricFamily[] {
    const names = [...this.#families.keys()].sort()
    const out: MetricFamily[] = []
    for (const name of names) {
      const family = this.#families.get(name)
      if (family) out.push({ ...family.head, metrics: family.metrics })
    }
    return out
  }

  #open(head: FamilyHead): OpenFamily {
    let family = this.#families.get(head.name)
    if (!family) {
      family = { head, metrics: [] }
      this.#families.set(head.name, family)
    }
    return family
  }
}
