import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import { SeriesCache } from '../../formats/prometheus-text/series-cache.ts'
import { isValidLabelName, type Relabeler } from '../../ingest/relabel.ts'
import type { Labels } from '../../model/labels.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { faultOfBounds, type LabelBounds } from './label-bounds.ts'
import { SeriesTable } from './series-table.ts'
import { withTargetLabels } from './with-target-labels.ts'

/** A row that `metric_relabel_configs` drop. */
export const DROPPED = -1
/** A row that is kept, of a series that was not remembered. */
export const NOT_REMEMBERED = -2

/** A series that fails the whole page: one that passes a bound of labels, or has no valid name. */
export class SeriesFault extends Error {
  readonly isLabelLimit: boolean

  constructor(message: string, isLabelLimit = false) {
    super(message)
    this.isLabelLimit = isLabelLimit
  }
}

export interface SeriesResolverOptions {
  /** What every series of the target carries. */
  readonly targetLabels: Labels
  readonly config: ScrapeConfig
  readonly metricRelabel: Relabeler
}

/**
 * From the rows of a target's pages to series of its table: the target's labels are added and the job's rules applied once, then
 * a series is known again by its raw bytes.
 */
export class SeriesResolver {
  /** For the parser, which looks series up while it reads. */
  cache = new SeriesCache()
  readonly table = new SeriesTable()
  /** Grows with every kept series that is remembered anew. */
  addedCount = 0
  readonly #options: SeriesResolverOptions
  readonly #bounds: LabelBounds
  /** By the cache's id: a number of the table, or `DROPPED`. */
  #numberOfId = new Int32Array(64)
  #idCount = 0
  readonly #freeIds: number[] = []

  constructor(options: SeriesResolverOptions) {
    this.#options = options
    this.#bounds = {
      maxCount: options.config.labelLimit,
      maxNameLength: options.config.labelNameLengthLimit,
      maxValueLength: options.config.labelValueLengthLimit,
    }
  }

  /**
   * The series of a row: a number of the table, `DROPPED`, or `NOT_REMEMBERED` where `remember` is false and the series new.
   * Throws `SeriesFault`, or a `Problem` when a label name is repeated.
   */
  resolve(page: ScrapePage, row: number, remember: boolean): number {
    const known = page.ids[row] as number
    if (known >= 0) return this.#numberOfId[known] as number
    const start = page.seriesStarts[row] as number
    const end = page.seriesEnds[row] as number
    const hash = page.hashes[row] as number
    // A series that is new may stand twice in the page.
    const again = this.cache.lookup(page.bytes, start, end, hash)
    if (again >= 0) return this.#numberOfId[again] as number
    const labels = this.#finalLabels(page, row)
    if (!remember) return labels === undefined ? DROPPED : NOT_REMEMBERED
    const number = labels === undefined ? DROPPED : this.table.hold(labels)
    if (number !== DROPPED) this.addedCount++
    this.cache.insert(page.bytes, start, end, hash, this.#newId(number))
    return number
  }

  /** After a good page: forgets the series that were not in it. */
  forgetUnseen(): void {
    for (const id of this.cache.sweep()) {
      const number = this.#numberOfId[id] as number
      if (number !== DROPPED) this.table.release(number)
      this.#freeIds.push(id)
    }
  }

  /** Forgets every series; who else holds numbers of the table goes on to hold them. */
  forgetAll(): void {
    const free = new Set(this.#freeIds)
    for (let id = 0; id < this.#idCount; id++) {
      const number = this.#numberOfId[id] as number
      if (!free.has(id) && number !== DROPPED) this.table.release(number)
    }
    this.cache = new SeriesCache()
    this.#idCount = 0
    this.#freeIds.length = 0
  }

  #newId(number: number): number {
    const id = this.#freeIds.pop() ?? this.#idCount++
    if (id === this.#numberOfId.length) {
      const grown = new Int32Array(id * 2)
      grown.set(this.#numberOfId)
      this.#numberOfId = grown
    }
    this.#numberOfId[id] = number
    return id
  }

  #finalLabels(page: ScrapePage, row: number): Labels | undefined {
    const { targetLabels, config, metricRelabel } = this.#options
    const { honorLabels } = config
    // A label that is honored without a value is one that the series shall not have.
    const wanted = honorLabels ? targetLabels.without(page.emptyLabelsOf(row)) : targetLabels
    const joined = withTargetLabels(page.labelsOf(row), wanted, honorLabels)
    const labels = metricRelabel.isEmpty ? joined : metricRelabel.apply(joined)
    if (labels === undefined || labels.size === 0) return undefined
    if (!labels.has('__name__')) throw new SeriesFault('missing metric name (__name__ label)')
    if (config.metricNameValidation === 'legacy' && !hasLegacyNames(labels)) {
      throw new SeriesFault(`invalid metric name or label names: ${labels.toString()}`)
    }
    const fault = faultOfBounds(labels, this.#bounds)
    if (fault !== undefined) throw new SeriesFault(fault, true)
    return labels
  }
}

const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

function hasLegacyNames(labels: Labels): boolean {
  if (!LEGACY_METRIC_NAME.test(labels.name)) return false
  for (let i = 0; i < labels.flat.length; i += 2) {
    if (!isValidLabelName(labels.flat[i] as string, 'legacy')) return false
  }
  return true
}
