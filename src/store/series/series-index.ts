import { Labels } from '../../model/labels.ts'
import type { Matcher } from '../../model/matcher.ts'
import { HistogramSeries } from '../histograms/histogram-series.ts'
import { hashLabels, hashMetricName, type Hash64 } from './hash-labels.ts'
import { MatchCache } from './match-cache.ts'
import { matchPostings } from './match-postings.ts'
import { Postings, type LabelValues } from './postings.ts'

/** A dense number for a series, valid while this process lives. */
export type SeriesRef = number

const INITIAL_CAPACITY = 1024
const DAY_MS = 86_400_000

/** Stamps are unique among all indexes of the process, so that a note left on Labels by one is never believed by another. */
let lastStamp = 0

/**
 * All series that the store knows, in memory: labels, stored id, the span of time they have samples in, and an inverted index
 * from label values to series. Ids are 64-bit hashes of the labels; a hash that is taken by another label set is moved to the
 * next free id, so two series are never mixed.
 */
export class SeriesIndex {
  #labels: (Labels | undefined)[] = []
  #idLow = new Uint32Array(INITIAL_CAPACITY)
  #idHigh = new Uint32Array(INITIAL_CAPACITY)
  #metricHash = new Uint32Array(INITIAL_CAPACITY)
  #firstMs = new Float64Array(INITIAL_CAPACITY)
  #lastMs = new Float64Array(INITIAL_CAPACITY)
  #storedDay = new Int32Array(INITIAL_CAPACITY)
  #stamp = new Float64Array(INITIAL_CAPACITY)
  /** From the low half of an id, as a signed number, to the refs that share it; almost always one. */
  readonly #byLowId = new Map<number, SeriesRef | SeriesRef[]>()
  /** How many halves several series share. */
  #sharedLowIds = 0
  #postings = new Postings()
  readonly #metricSizes = new Map<number, number>()
  #free: SeriesRef[] = []
  #version = 0
  #size = 0
  /** Which of them have native histograms. */
  readonly histograms = new HistogramSeries(this)
  readonly #matchCache = new MatchCache()
  readonly #hash: Hash64 = { low: 0, high: 0 }
  readonly #isShared: boolean
  #collisions = 0

  /**
   * `isShared` tells that others write into the same store: of their samples only the UTC days are known here, so a series is
   * taken to have samples all through a day on which it has one.
   */
  constructor({ isShared = false }: { readonly isShared?: boolean } = {}) {
    this.#isShared = isShared
  }

  /** Series that had to move to another id, because another process had stored other labels under theirs. */
  get collisions(): number {
    return this.#collisions
  }

  /** Number of series. */
  get size(): number {
    return this.#size
  }

  /** One more than the largest ref in use: the length that arrays by ref need. */
  get capacity(): number {
    return this.#labels.length
  }

  /** Grows with every series added or removed. */
  get version(): number {
    return this.#version
  }

  labelsOf(ref: SeriesRef): Labels {
    const labels = this.#labels[ref]
    if (labels === undefined) throw new RangeError(`no series has ref ${ref}`)
    return labels
  }

  /** Unique to the series that has this ref now; another number once the series is forgotten. */
  stampOf(ref: SeriesRef): number {
    return this.#stamp[ref] as number
  }

  idLowOf(ref: SeriesRef): number {
    return this.#idLow[ref] as number
  }

  idHighOf(ref: SeriesRef): number {
    return this.#idHigh[ref] as number
  }

  metricHashOf(ref: SeriesRef): number {
    return this.#metricHash[ref] as number
  }

  /** Milliseconds of the earliest sample known (or a bound below it); +Infinity before the first. */
  firstMsOf(ref: SeriesRef): number {
    return this.#firstMs[ref] as number
  }

  /** Milliseconds of the latest sample known (or a bound above it); -Infinity before the first. */
  lastMsOf(ref: SeriesRef): number {
    return this.#lastMs[ref] as number
  }

  /** Notes that the series has a sample at this time. */
  touch(ref: SeriesRef, timestampMs: number): void {
    if (timestampMs < (this.#firstMs[ref] as number)) {
      this.#firstMs[ref] = this.#isShared ? Math.floor(timestampMs / DAY_MS) * DAY_MS : timestampMs
    }
    if (timestampMs > (this.#lastMs[ref] as number)) {
      this.#lastMs[ref] = this.#isShared
        ? (Math.floor(timestampMs / DAY_MS) + 1) * DAY_MS - 1
        : timestampMs
    }
  }

  /** The latest UTC day (days since the epoch) for which the series' row is stored, -1 for none. */
  storedDayOf(ref: SeriesRef): number {
    return this.#storedDay[ref] as number
  }

  setStoredDay(ref: SeriesRef, day: number): void {
    this.#storedDay[ref] = day
  }

  /** The ref of a label set, or -1. */
  find(labels: Labels): SeriesRef {
    if (labels.slot >= 0 && this.#stamp[labels.slot] === labels.slotStamp) return labels.slot
    const hash = hashLabels(labels, this.#hash)
    let low = hash.low
    let high = hash.high
    for (;;) {
      const ref = this.findById(low, high)
      if (ref < 0) return -1
      if (sameLabels(this.labelsOf(ref), labels)) return this.#note(labels, ref)
      low = (low + 1) >>> 0
      if (low === 0) high = (high + 1) >>> 0
    }
  }

  /** The ref of a stored id, or -1. */
  findById(low: number, high: number): SeriesRef {
    const found = this.#byLowId.get(low | 0)
    if (found === undefined) return -1
    if (typeof found === 'number') return this.#idHigh[found] === high ? found : -1
    for (const ref of found) if (this.#idHigh[ref] === high) return ref
    return -1
  }

  /** The ref of a label set, which is added when it is new. */
  add(labels: Labels): SeriesRef {
    if (labels.slot >= 0 && this.#stamp[labels.slot] === labels.slotStamp) return labels.slot
    const hash = hashLabels(labels, this.#hash)
    let low = hash.low
    let high = hash.high
    for (;;) {
      const ref = this.findById(low, high)
      if (ref < 0) return this.#note(labels, this.#insert(labels, low, high))
      if (sameLabels(this.labelsOf(ref), labels)) return this.#note(labels, ref)
      low = (low + 1) >>> 0
      if (low === 0) high = (high + 1) >>> 0
    }
  }

  /**
   * Adds a series that was read back from the store under the id it has there. Two processes may have given one id to two label
   * sets, each before it knew of the other: the lesser labels keep it, the others move to the next free id, for everyone alike. -1
   * when these labels are known elsewhere, or have to move: then whoever writes them stores them again under another id.
   */
  restore(labels: Labels, low: number, high: number, firstMs: number, lastMs: number): SeriesRef {
    let ref = this.findById(low, high)
    if (ref >= 0 && this.#isShared && !sameLabels(this.labelsOf(ref), labels)) {
      if (this.labelsOf(ref).key < labels.key) return -1
      this.#collisions++
      this.#moveToNextId(ref)
      ref = -1
    }
    if (ref < 0) ref = this.#insert(labels, low, high)
    this.touch(ref, firstMs)
    this.touch(ref, lastMs)
    return ref
  }

  /** Gives a series the next id that is free; where its labels were stored counts no more. */
  #moveToNextId(ref: SeriesRef): void {
    let low = this.#idLow[ref] as number
    let high = this.#idHigh[ref] as number
    do {
      low = (low + 1) >>> 0
      if (low === 0) high = (high + 1) >>> 0
    } while (this.findById(low, high) >= 0)
    this.#forgetId(ref)
    this.#idLow[ref] = low
    this.#idHigh[ref] = high
    this.#storedDay[ref] = -1
    this.#noteId(ref)
    this.#version++
  }

  /** Forgets series; their refs are given to later ones. */
  remove(refs: Iterable<SeriesRef>): void {
    const gone = new Set<SeriesRef>()
    for (const ref of refs) if (this.#labels[ref] !== undefined) gone.add(ref)
    if (gone.size === 0) return
    this.#postings.remove(gone, (ref) => this.labelsOf(ref))
    for (const ref of gone) {
      this.#forgetId(ref)
      const metric = this.#metricHash[ref] as number
      const left = (this.#metricSizes.get(metric) ?? 1) - 1
      if (left === 0) this.#metricSizes.delete(metric)
      else this.#metricSizes.set(metric, left)
      this.#labels[ref] = undefined
      this.#stamp[ref] = 0
      this.#free.push(ref)
    }
    this.#size -= gone.size
    this.#version++
    this.#matchCache.clear()
  }

  /** The series that all matchers accept, ascending. The array is the index's own: it may change with the next series. */
  match(matchers: readonly Matcher[]): readonly SeriesRef[] {
    return this.#matchCache.get(matchers, this.#version, () =>
      matchPostings(this.#postings, matchers, () => this.all()),
    )
  }

  /** These series, which are ascending, in the order in which the engine's table has them: by metric. */
  inTableOrder(refs: readonly SeriesRef[]): SeriesRef[] {
    const byMetric = new Map<number, SeriesRef[]>()
    for (const ref of refs) {
      const metric = this.metricHashOf(ref)
      const others = byMetric.get(metric)
      if (others === undefined) byMetric.set(metric, [ref])
      else others.push(ref)
    }
    return [...byMetric].sort(([a], [b]) => a - b).flatMap(([, group]) => group)
  }

  /** All series, ascending. */
  all(): SeriesRef[] {
    const out: SeriesRef[] = []
    for (let ref = 0; ref < this.#labels.length; ref++) {
      if (this.#labels[ref] !== undefined) out.push(ref)
    }
    return out
  }

  /** How many series have no sample from `sinceMs` on. */
  countEnded(sinceMs: number): number {
    let count = 0
    for (let ref = 0; ref < this.#labels.length; ref++) {
      if (this.#labels[ref] !== undefined && (this.#lastMs[ref] as number) < sinceMs) count++
    }
    return count
  }

  /** Milliseconds of the first and last sample of all; infinite when there is none. */
  timeRange(): { readonly oldestMs: number; readonly newestMs: number } {
    let oldestMs = Number.POSITIVE_INFINITY
    let newestMs = Number.NEGATIVE_INFINITY
    for (const ref of this.all()) {
      oldestMs = Math.min(oldestMs, this.firstMsOf(ref))
      newestMs = Math.max(newestMs, this.lastMsOf(ref))
    }
    return { oldestMs, newestMs }
  }

  /** True when no other series shares the low half of its id with one of these. */
  isLowIdUnique(refs: readonly SeriesRef[]): boolean {
    if (this.#sharedLowIds === 0) return true
    return refs.every((ref) => {
      return typeof this.#byLowId.get((this.#idLow[ref] as number) | 0) === 'number'
    })
  }

  /** How many series the metrics with these hashes have together. */
  sizeOfMetrics(hashes: Iterable<number>): number {
    let size = 0
    for (const hash of hashes) size += this.#metricSizes.get(hash) ?? 0
    return size
  }

  labelNames(): Iterable<string> {
    return this.#postings.names()
  }

  /** Values of a label with the series that carry each. */
  valuesOf(name: string): LabelValues {
    return this.#postings.values(name)
  }

  #insert(labels: Labels, low: number, high: number): SeriesRef {
    const interned = this.#intern(labels)
    const ref = this.#free.pop() ?? this.#labels.length
    if (ref >= this.#idLow.length) this.#grow()
    this.#labels[ref] = interned
    this.#idLow[ref] = low
    this.#idHigh[ref] = high
    this.#firstMs[ref] = Number.POSITIVE_INFINITY
    this.#lastMs[ref] = Number.NEGATIVE_INFINITY
    this.#storedDay[ref] = -1
    this.#stamp[ref] = ++lastStamp
    this.#noteId(ref)
    this.#postings.add(ref, interned)
    const metric = hashMetricName(interned.name)
    this.#metricHash[ref] = metric
    this.#metricSizes.set(metric, (this.#metricSizes.get(metric) ?? 0) + 1)
    this.#size++
    this.#version++
    return ref
  }

  /** Who holds these labels holds them as long as the series comes: not with a copy of their strings of its own. */
  #note(labels: Labels, ref: SeriesRef): SeriesRef {
    labels.shareWith(this.labelsOf(ref))
    labels.slot = ref
    labels.slotStamp = this.#stamp[ref] as number
    return ref
  }

  #noteId(ref: SeriesRef): void {
    const key = (this.#idLow[ref] as number) | 0
    const others = this.#byLowId.get(key)
    if (others === undefined) this.#byLowId.set(key, ref)
    else if (typeof others === 'number') {
      this.#byLowId.set(key, [others, ref])
      this.#sharedLowIds++
    } else others.push(ref)
  }

  #forgetId(ref: SeriesRef): void {
    const key = (this.#idLow[ref] as number) | 0
    const sharing = this.#byLowId.get(key)
    if (sharing === undefined || typeof sharing === 'number') {
      this.#byLowId.delete(key)
      return
    }
    const left = sharing.filter((other) => other !== ref)
    this.#byLowId.set(key, left.length === 1 ? (left[0] as number) : left)
    if (left.length === 1) this.#sharedLowIds--
  }

  /** Label names and values repeat across series: one copy of each is kept, that of the first series that came with it. */
  #intern(labels: Labels): Labels {
    const { flat } = labels
    const out = new Array<string>(flat.length)
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const value = flat[i + 1] as string
      const carrier = this.#postings.someCarrier(name, value)
      out[i] = this.#postings.keptName(name) ?? name
      out[i + 1] = carrier < 0 ? value : this.labelsOf(carrier).get(name)
    }
    return Labels.fromSortedFlat(out)
  }

  #grow(): void {
    const size = this.#idLow.length * 2
    const u32 = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const next = new Uint32Array(size)
      next.set(old)
      return next
    }
    const f64 = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(size)
      next.set(old)
      return next
    }
    this.#idLow = u32(this.#idLow)
    this.#idHigh = u32(this.#idHigh)
    this.#metricHash = u32(this.#metricHash)
    this.#firstMs = f64(this.#firstMs)
    this.#lastMs = f64(this.#lastMs)
    this.#stamp = f64(this.#stamp)
    const days = new Int32Array(size)
    days.set(this.#storedDay)
    this.#storedDay = days
  }
}

function sameLabels(a: Labels, b: Labels): boolean {
  const left = a.flat
  const right = b.flat
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}
