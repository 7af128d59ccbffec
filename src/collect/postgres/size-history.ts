/** Points that are kept of one history: enough for a line through a week. */
const MOST_POINTS = 48
const FIRST_SPACING_MS = 10 * 60_000
const WINDOW_MS = 7 * 86_400_000
/** A growth that is told from less than this is a guess. */
const LEAST_MS = 3_600_000
const DAY_MS = 86_400_000

/** One size at one time. */
export type Point = readonly [atMs: number, bytes: number]

/** A history as it is kept on disk: its spacing, and its points. */
export interface StoredHistory {
  readonly spacingMs: number
  readonly points: readonly Point[]
}

/**
 * How a size changed within the last week, in few points: the longer it is known, the further they are apart.
 */
export class SizeHistory {
  #spacingMs: number
  #points: Point[]
  #last: Point | undefined

  constructor(stored: StoredHistory = { spacingMs: FIRST_SPACING_MS, points: [] }) {
    this.#spacingMs = stored.spacingMs
    this.#points = [...stored.points]
  }

  /** Notes a size; true when it became one of the points that are kept. */
  note(atMs: number, bytes: number): boolean {
    this.#last = [atMs, bytes]
    const newest = this.#points.at(-1)
    if (newest !== undefined && atMs - newest[0] < this.#spacingMs) return false
    this.#points.push(this.#last)
    this.#points = this.#points.filter(([at]) => atMs - at <= WINDOW_MS)
    if (this.#points.length > MOST_POINTS) {
      this.#points = this.#points.filter((_, i) => i % 2 === 0)
      this.#spacingMs *= 2
    }
    return true
  }

  /** When the newest size was noted; undefined when none was. */
  get lastMs(): number | undefined {
    return (this.#last ?? this.#points.at(-1))?.[0]
  }

  /** Milliseconds from the first point to the last size. */
  get spanMs(): number {
    const first = this.#points[0]?.[0]
    return first === undefined ? 0 : (this.lastMs ?? first) - first
  }

  /** The slope of the line of least squares, in bytes a day; undefined while too little is known. */
  growthPerDay(): number | undefined {
    if (this.spanMs < LEAST_MS) return undefined
    const points = this.#last === undefined ? this.#points : [...this.#points, this.#last]
    return slopePerDay(points)
  }

  stored(): StoredHistory {
    return { spacingMs: this.#spacingMs, points: this.#points }
  }
}

/** The slope of the line of least squares through points, in bytes a day; undefined through less than two times. */
export function slopePerDay(points: readonly Point[]): number | undefined {
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const meanMs = meanOf(points.map(([at]) => at))
  const meanBytes = meanOf(points.map(([, bytes]) => bytes))
  let products = 0
  let squares = 0
  for (const [at, bytes] of points) {
    products += (at - meanMs) * (bytes - meanBytes)
    squares += (at - meanMs) ** 2
  }
  return squares === 0 ? undefined : (products / squares) * DAY_MS
}

/** Reads what `stored` gave; undefined when it is something else. */
export function readStoredHistory(value: unknown): StoredHistory | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!('spacingMs' in value) || !('points' in value)) return undefined
  const { spacingMs, points } = value
  if (typeof spacingMs !== 'number' || !(spacingMs >= FIRST_SPACING_MS)) return undefined
  if (!Array.isArray(points) || points.length > MOST_POINTS) return undefined
  const read = points.flatMap((point: unknown): Point[] => {
    if (!Array.isArray(point)) return []
    const pair: readonly unknown[] = point
    const [atMs, bytes] = pair
    return typeof atMs === 'number' && typeof bytes === 'number' ? [[atMs, bytes]] : []
  })
  return read.length === points.length ? { spacingMs, points: read } : undefined
}
