import type { BucketPlan, BucketUse, BucketZone } from './bucket-columns.ts'
import { RESOLUTIONS_MS } from './levels.ts'

export const DAY_MS = 86_400_000

/** The UTC day of a sample as buckets see it: they are open at their start, so midnight belongs to the day that it ends. */
export function bucketDayOf(timestampMs: number): number {
  return Math.floor((timestampMs - 1) / DAY_MS)
}

/** A day of one retention class in one resolution, made as a whole. */
export interface MadeDay {
  readonly keepSeconds: number
  readonly resolutionMs: number
  /** Days since the epoch. */
  readonly day: number
  /** The number of its making: rows with another one do not count. */
  readonly made: number
  /** Of the raw samples that it was made of, see `RawDay`; above 0. */
  readonly block: number
  readonly rows: number
}

/** Raw samples of one retention class and UTC day, by their timestamps. */
export interface RawDay {
  readonly keepSeconds: number
  readonly day: number
  /** The number of the newest insert into it: another one tells that samples came. */
  readonly block: number
}

interface Entry extends MadeDay {
  /** How often samples had come for its day, in this process, when it was begun. */
  readonly touches: number
}

interface Range {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Which days are made into buckets, and whether these still tell what the raw samples tell: what a query may be answered from, day by day.
 */
export class DayLedger {
  /** By resolution, then day, then retention class. */
  readonly #made = new Map<number, Map<number, Map<number, Entry>>>()
  /** By day, then retention class. */
  readonly #raw = new Map<number, Map<number, RawDay>>()
  readonly #touches = new Map<number, number>()
  readonly #isExpired: (keepSeconds: number, day: number) => boolean
  #newestDay = -1
  #oldestDay = Number.POSITIVE_INFINITY

  /** `isExpired` tells whether retention drops the raw samples of a class and day, which may be there for a moment yet. */
  constructor(isExpired: (keepSeconds: number, day: number) => boolean) {
    this.#isExpired = isExpired
  }

  /** Up to this time buckets may answer; -Infinity when nothing is made. */
  get untilMs(): number {
    return this.#newestDay < 0 ? Number.NEGATIVE_INFINITY : (this.#newestDay + 1) * DAY_MS
  }

  /** Since when there are buckets; Infinity when nothing is made. */
  get sinceMs(): number {
    return this.#oldestDay * DAY_MS
  }

  /** All that is made. */
  *entries(): Iterable<MadeDay> {
    for (const days of this.#made.values()) for (const keeps of days.values()) yield* keeps.values()
  }

  rawDays(): readonly RawDay[] {
    return [...this.#raw.values()].flatMap((keeps) => Array.from(keeps.values()))
  }

  setRaw(raw: readonly RawDay[]): void {
    this.#raw.clear()
    for (const entry of raw) {
      const keeps = this.#raw.get(entry.day) ?? new Map<number, RawDay>()
      this.#raw.set(entry.day, keeps.set(entry.keepSeconds, entry))
    }
  }

  /** Notes that samples may come for the day of this time: its buckets tell less than the raw samples from now on. */
  touch(timestampMs: number): void {
    const day = bucketDayOf(timestampMs)
    this.#touches.set(day, this.touchesOf(day) + 1)
  }

  touchesOf(day: number): number {
    return this.#touches.get(day) ?? 0
  }

  /** `touches` is what `touchesOf` said before anything was read. */
  note(made: MadeDay, touches: number): void {
    const days = this.#made.get(made.resolutionMs) ?? new Map<number, Map<number, Entry>>()
    const keeps = days.get(made.day) ?? new Map<number, Entry>()
    keeps.set(made.keepSeconds, { ...made, touches })
    this.#made.set(made.resolutionMs, days.set(made.day, keeps))
    this.#newestDay = Math.max(this.#newestDay, made.day)
    this.#oldestDay = Math.min(this.#oldestDay, made.day)
  }

  forget(made: MadeDay): void {
    const days = this.#made.get(made.resolutionMs)
    const keeps = days?.get(made.day)
    keeps?.delete(made.keepSeconds)
    if (keeps?.size === 0) days?.delete(made.day)
    this.#newestDay = -1
    this.#oldestDay = Number.POSITIVE_INFINITY
    for (const { day } of this.entries()) {
      this.#newestDay = Math.max(this.#newestDay, day)
      this.#oldestDay = Math.min(this.#oldestDay, day)
    }
  }

  /** The newest insert into what a day is made of: its own raw samples and the midnight after it. 0 when there are none. */
  blockOf(keepSeconds: number, day: number): number {
    const own = this.#raw.get(day)?.get(keepSeconds)?.block ?? 0
    return Math.max(own, this.#raw.get(day + 1)?.get(keepSeconds)?.block ?? 0)
  }

  /** Whether the engine has raw samples of a class and day, expired or not. */
  isListed(keepSeconds: number, day: number): boolean {
    return this.#raw.get(day)?.has(keepSeconds) === true
  }

  /** Whether the raw samples of a class and day are there, all of them. */
  hasRaw(keepSeconds: number, day: number): boolean {
    return this.isListed(keepSeconds, day) && !this.#isExpired(keepSeconds, day)
  }

  /** Whether a day is made of the raw samples that there are. */
  isCurrent(keepSeconds: number, resolutionMs: number, day: number): boolean {
    const entry = this.#made.get(resolutionMs)?.get(day)?.get(keepSeconds)
    return (
      entry !== undefined &&
      entry.touches === this.touchesOf(day) &&
      entry.block === this.blockOf(keepSeconds, day)
    )
  }

  /**
   * What a selection is answered from; undefined when that is raw samples alone. Where those are there, buckets answer only what they
   * answer exactly and when `isWorth` says so of the resolution.
   */
  plan(
    range: Range,
    use: BucketUse,
    isWorth: (resolutionMs: number) => boolean,
  ): BucketPlan | undefined {
    if (range.startMs > this.untilMs) return undefined
    let zones = this.#zones(range, use, isWorth)
    const first = zones[0]
    if (first !== undefined && first.resolutionMs > 0 && !first.isExact) {
      // The first window is as long as a bucket at least.
      const startMs = range.startMs - first.resolutionMs
      zones = this.#zones({ startMs, endMs: range.endMs }, use, isWorth)
    }
    return zones.some((zone) => zone.resolutionMs > 0) ? { reading: use.reading, zones } : undefined
  }

  #zones(
    { startMs, endMs }: Range,
    use: BucketUse,
    isWorth: (resolutionMs: number) => boolean,
  ): BucketZone[] {
    const zones: BucketZone[] = []
    const push = (zone: BucketZone): void => {
      const last = zones.at(-1)
      if (last !== undefined && isAlike(last, zone)) {
        zones.pop()
        const makings = [...last.makings, ...zone.makings]
        zones.push({ ...last, untilMs: zone.untilMs, makings })
      } else zones.push(zone)
    }
    const raw = { resolutionMs: 0, isExact: true, isRawGone: false, hasRaw: true, makings: [] }
    const fromDay = Math.max(bucketDayOf(startMs), this.#oldestDay)
    const untilDay = Math.min(bucketDayOf(endMs), this.#newestDay)
    if (fromDay * DAY_MS >= startMs) {
      push({ ...raw, afterMs: startMs - 1, untilMs: fromDay * DAY_MS })
    }
    for (let day = fromDay; day <= untilDay; day++) {
      const afterMs = Math.max(startMs - 1, day * DAY_MS)
      const untilMs = Math.min(endMs, (day + 1) * DAY_MS)
      push({ ...raw, ...this.#answerOf(day, use, isWorth), afterMs, untilMs })
    }
    const reachedMs = zones.at(-1)?.untilMs ?? startMs - 1
    if (reachedMs < endMs) push({ ...raw, afterMs: reachedMs, untilMs: endMs })
    return zones
  }

  /** What a day is answered from, when that is not raw samples alone. */
  #answerOf(
    day: number,
    { exactMs }: BucketUse,
    isWorth: (resolutionMs: number) => boolean,
  ): Omit<BucketZone, 'afterMs' | 'untilMs'> | undefined {
    const present = this.#presentOn(day)
    const gone = new Set<number>()
    for (const days of this.#made.values()) {
      for (const keep of days.get(day)?.keys() ?? []) if (!present.includes(keep)) gone.add(keep)
    }
    const isRawGone = gone.size > 0
    for (const resolutionMs of RESOLUTIONS_MS) {
      if (!exactMs.includes(resolutionMs) || !(isRawGone || isWorth(resolutionMs))) continue
      const made = this.#made.get(resolutionMs)?.get(day)
      if (made === undefined || made.size === 0) continue
      const isWhole =
        [...gone].every((keep) => made.has(keep)) &&
        present.every((keep) => this.isCurrent(keep, resolutionMs, day))
      if (!isWhole) continue
      const makings = [...made.values()].map((entry) => entry.made)
      return { resolutionMs, isExact: true, isRawGone, hasRaw: false, makings }
    }
    if (!isRawGone) return undefined
    return this.#remains(day, gone, exactMs, present.length > 0)
  }

  /**
   * The retention classes with raw samples of a day. Of a class that only has some of the next one, the sample at midnight may be the
   * first of all; no buckets are made of it alone.
   */
  #presentOn(day: number): number[] {
    const present: number[] = []
    for (const keep of this.#raw.get(day)?.keys() ?? []) {
      if (this.hasRaw(keep, day)) present.push(keep)
    }
    for (const keep of this.#raw.get(day + 1)?.keys() ?? []) {
      if (this.#raw.get(day)?.has(keep) === true || this.#isExpired(keep, day)) continue
      const isMade = [...this.#made.values()].some((days) => days.get(day)?.has(keep) === true)
      if (!isMade) present.push(keep)
    }
    return present
  }

  /** The shortest buckets that there are of all samples that are gone, else of most. */
  #remains(
    day: number,
    gone: ReadonlySet<number>,
    exactMs: readonly number[],
    hasRaw: boolean,
  ): Omit<BucketZone, 'afterMs' | 'untilMs'> | undefined {
    let best: readonly Entry[] = []
    for (const resolutionMs of RESOLUTIONS_MS) {
      const made = [...(this.#made.get(resolutionMs)?.get(day)?.values() ?? [])]
      const entries = made.filter(({ keepSeconds }) => gone.has(keepSeconds))
      if (entries.length > 0 && entries.length >= best.length) best = entries
    }
    const resolutionMs = best[0]?.resolutionMs
    if (resolutionMs === undefined) return undefined
    const makings = best.map((entry) => entry.made)
    const isExact = exactMs.includes(resolutionMs)
    return { resolutionMs, isExact, isRawGone: true, hasRaw, makings }
  }
}

function isAlike(a: BucketZone, b: BucketZone): boolean {
  return (
    a.resolutionMs === b.resolutionMs &&
    a.isExact === b.isExact &&
    a.isRawGone === b.isRawGone &&
    a.hasRaw === b.hasRaw
  )
}
