import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import type { Matcher } from '../../model/matcher.ts'
import type { StoreClient } from '../client.ts'
import { hashMetricName } from '../series/hash-labels.ts'

/** What is asked of the series (series-index.ts), which are known by their refs. */
interface KnownSeries {
  stampOf(ref: number): number
  metricHashOf(ref: number): number
  findById(low: number, high: number): number
  match(matchers: readonly Matcher[]): readonly number[]
}

/**
 * Which series have native histograms. Queries ask this first: where no series has any, which is known at once, they never look for
 * histograms.
 */
export class HistogramSeries {
  readonly #index: KnownSeries
  /** By series the stamp that it had: a ref may be given to another. */
  readonly #stamps = new Map<number, number>()
  readonly #metrics = new Set<number>()
  /** Ids of stored histograms whose labels were not read yet, in a store that others write into: low and high half. */
  #unknown: [number, number][] = []

  constructor(index: KnownSeries) {
    this.#index = index
  }

  note(ref: number): void {
    this.#stamps.set(ref, this.#index.stampOf(ref))
    this.#metrics.add(this.#index.metricHashOf(ref))
  }

  has(ref: number): boolean {
    const stamp = this.#stamps.get(ref)
    return stamp !== undefined && stamp === this.#index.stampOf(ref)
  }

  /** Whether any series that the matchers accept may have histograms. */
  mayMatch(matchers: readonly Matcher[]): boolean {
    if (this.#stamps.size === 0) return false
    for (const { name, op, value } of matchers) {
      const isName = name === '__name__' && op === '='
      if (isName && !this.#metrics.has(hashMetricName(value))) return false
    }
    return this.#index.match(matchers).some((ref) => this.has(ref))
  }

  /** Reads of which series histograms are stored; `where` is a condition of SQL. Rejects as the client does. */
  async restore(client: StoreClient, where: string): Promise<void> {
    const bytes = await client.native(`SELECT DISTINCT id FROM {db}.histograms WHERE ${where}`)
    const ids = this.#unknown
    this.#unknown = []
    for (const block of decodeNative(bytes)) {
      const words = block.uint64Words('id')
      for (let row = 0; row < block.rows; row++) {
        ids.push([words[row * 2] as number, words[row * 2 + 1] as number])
      }
    }
    for (const [low, high] of ids) {
      const ref = this.#index.findById(low, high)
      if (ref >= 0) this.note(ref)
      else if (client.isShared) this.#unknown.push([low, high])
    }
  }
}
