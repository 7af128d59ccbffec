import type { PageExemplar, ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Labels } from '../../model/labels.ts'
import type { Exemplar } from '../../model/samples.ts'
import type { SeriesResolver } from './series-resolver.ts'

/**
 * The exemplars of a page that were not in the page before: a target shows its last one scrape after scrape. Without a timestamp
 * of its own, an exemplar of equal labels and value is the same one (model/exemplar, Exemplar.Equals).
 */
export class NewExemplars {
  readonly #resolver: SeriesResolver
  /** Those of the page before, by the table's label set of their series: a native histogram has several. */
  #last = new Map<Labels, PageExemplar[]>()

  constructor(resolver: SeriesResolver) {
    this.#resolver = resolver
  }

  of(page: ScrapePage): Exemplar[] {
    if (page.exemplars.length === 0 && this.#last.size === 0) return []
    const current = new Map<Labels, PageExemplar[]>()
    const out: Exemplar[] = []
    for (const exemplar of page.exemplars) {
      const number = this.#resolver.resolve(page, exemplar.row, true)
      if (number < 0) continue
      const series = this.#resolver.table.labelsOf(number)
      const hasOwnTime = exemplar.timestampMs !== page.timestampsMs[exemplar.row]
      const before = this.#last.get(series) ?? []
      if (!before.some((other) => isSame(other, exemplar, hasOwnTime))) {
        const { labels, value, timestampMs } = exemplar
        out.push({ series, labels, value, timestampMs })
      }
      const own = current.get(series)
      if (own === undefined) current.set(series, [exemplar])
      else own.push(exemplar)
    }
    this.#last = current
    return out
  }
}

function isSame(before: PageExemplar, now: PageExemplar, hasOwnTime: boolean): boolean {
  return (
    before.value === now.value &&
    (!hasOwnTime || before.timestampMs === now.timestampMs) &&
    before.labels.equals(now.labels)
  )
}
