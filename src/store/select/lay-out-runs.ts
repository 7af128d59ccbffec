import { wordsOf } from '../../model/stale.ts'
import type { Slices } from '../../self/loop-turns.ts'
import type { SeriesRef } from '../series/series-index.ts'
import type { ColumnPool } from './column-pool.ts'
import type { RefColumns } from './hot-select.ts'

/** Units of work for looking at one series. */
const SERIES_UNITS = 4
/** And for sorting one sample. */
const SORT_UNITS = 10

/** Times of a block, as distances in milliseconds from the base of their block. */
type Times = Uint32Array | Float64Array

/**
 * Stretches of rows that belong to one series, as they come from the engine: each in order of time, the stretches of a series in
 * any order.
 */
export class RunList {
  length = 0
  blocks = new Int32Array(1024)
  from = new Int32Array(1024)
  to = new Int32Array(1024)
  positions = new Int32Array(1024)
  /** Milliseconds since the epoch. */
  firstTimes = new Float64Array(1024)
  readonly times: Times[] = []
  readonly values: Float64Array[] = []
  /** By block, in milliseconds since the epoch. */
  readonly bases: number[] = []

  /** Finds the runs of a block whose ids are told apart by their low half. Rows of series that are not wanted are passed over. */
  addByLowId(
    ids: Uint32Array,
    positionOf: ReadonlyMap<number, number>,
    times: Times,
    values: Float64Array,
    baseMs: number,
  ): void {
    const rows = ids.length
    let from = 0
    while (from < rows) {
      const id = ids[from] as number
      let to = from + 1
      while (to < rows && ids[to] === id) to++
      const position = positionOf.get(id)
      if (position !== undefined) this.#push(from, to, position, baseMs + (times[from] as number))
      from = to
    }
    this.#addBlock(times, values, baseMs)
  }

  /** The same for whole ids, as words. */
  addById(
    words: Uint32Array,
    positionOf: (low: number, high: number) => number | undefined,
    times: Times,
    values: Float64Array,
    baseMs: number,
  ): void {
    const rows = words.length >> 1
    let from = 0
    while (from < rows) {
      const low = words[from * 2] as number
      const high = words[from * 2 + 1] as number
      let to = from + 1
      while (to < rows && words[to * 2] === low && words[to * 2 + 1] === high) to++
      const position = positionOf(low, high)
      if (position !== undefined) this.#push(from, to, position, baseMs + (times[from] as number))
      from = to
    }
    this.#addBlock(times, values, baseMs)
  }

  /** Adds what is laid out already, by position; of each series what is at `fromMs` or later. */
  async addColumns(columns: RefColumns, fromMs: number, slices: Slices): Promise<void> {
    const { offsets, timestampsMs, values } = columns
    for (let position = 0; position + 1 < offsets.length; position++) {
      let from = offsets[position] as number
      const to = offsets[position + 1] as number
      while (from < to && (timestampsMs[from] as number) < fromMs) from++
      if (from < to) this.#push(from, to, position, timestampsMs[from] as number)
      if (slices.spend(SERIES_UNITS)) await slices.rest()
    }
    this.#addBlock(timestampsMs, values, 0)
  }

  #addBlock(times: Times, values: Float64Array, baseMs: number): void {
    this.times.push(times)
    this.values.push(values)
    this.bases.push(baseMs)
  }

  #push(from: number, to: number, position: number, firstTime: number): void {
    const at = this.length++
    if (at === this.from.length) this.#grow()
    this.blocks[at] = this.times.length
    this.from[at] = from
    this.to[at] = to
    this.positions[at] = position
    this.firstTimes[at] = firstTime
  }

  #grow(): void {
    const size = this.from.length * 2
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const next = new Int32Array(size)
      next.set(old)
      return next
    }
    this.blocks = grown(this.blocks)
    this.from = grown(this.from)
    this.to = grown(this.to)
    this.positions = grown(this.positions)
    const firstTimes = new Float64Array(size)
    firstTimes.set(this.firstTimes)
    this.firstTimes = firstTimes
  }
}

/** Lays the runs of each series one after the other in order of time, in slices. */
export async function layOutRuns(
  runs: RunList,
  refs: readonly SeriesRef[],
  slices: Slices,
  pool: ColumnPool,
): Promise<RefColumns> {
  const { order, starts } = groupByPosition(runs, refs.length)
  const offsets = new Uint32Array(refs.length + 1)
  let total = 0
  for (let i = 0; i < runs.length; i++) total += (runs.to[i] as number) - (runs.from[i] as number)
  const timestampsMs = pool.take(total)
  const values = pool.take(total)
  let at = 0
  let isClean = true
  for (let position = 0; position < refs.length; position++) {
    const group = order.subarray(starts[position], starts[position + 1])
    sortByTime(group, runs.firstTimes)
    const first = at
    for (const run of group) {
      const block = runs.blocks[run] as number
      const from = runs.from[run] as number
      const to = runs.to[run] as number
      const times = runs.times[block] as Times
      const baseMs = runs.bases[block] as number
      values.set((runs.values[block] as Float64Array).subarray(from, to), at)
      for (let k = from; k < to; k++) timestampsMs[at++] = baseMs + (times[k] as number)
    }
    for (let k = first + 1; k < at && isClean; k++) {
      isClean = (timestampsMs[k] as number) > (timestampsMs[k - 1] as number)
    }
    offsets[position + 1] = at
    if (slices.spend(SERIES_UNITS + at - first)) await slices.rest()
  }
  const columns = { refs, offsets, timestampsMs, values }
  return isClean ? columns : sortAndFold(columns, slices)
}

/** Run numbers by position: those of position p are `order[starts[p]..starts[p + 1])`, in the order in which they came. */
function groupByPosition(
  runs: RunList,
  positions: number,
): { order: Int32Array; starts: Uint32Array } {
  const starts = new Uint32Array(positions + 1)
  for (let i = 0; i < runs.length; i++) {
    const next = (runs.positions[i] as number) + 1
    starts[next] = (starts[next] as number) + 1
  }
  for (let p = 0; p < positions; p++)
    starts[p + 1] = (starts[p + 1] as number) + (starts[p] as number)
  const cursor = starts.slice()
  const order = new Int32Array(runs.length)
  for (let i = 0; i < runs.length; i++) {
    const position = runs.positions[i] as number
    const at = cursor[position] as number
    order[at] = i
    cursor[position] = at + 1
  }
  return { order, starts }
}

function sortByTime(group: Int32Array, firstTimes: Float64Array): void {
  for (let i = 1; i < group.length; i++) {
    if (
      (firstTimes[group[i] as number] as number) < (firstTimes[group[i - 1] as number] as number)
    ) {
      group.sort((a, b) => (firstTimes[a] as number) - (firstTimes[b] as number))
      return
    }
  }
}

/**
 * Runs of one series overlap when its samples came out of order. Admission stores a sample once; what could still bring one twice
 * is an insert that was repeated past the engine's memory of tokens, so equal times are folded. Where several processes share the
 * store two of them may have taken different values for one time: then all see the same one, the greatest, which the engine's
 * own functions of grids take, too.
 */
async function sortAndFold(columns: RefColumns, slices: Slices): Promise<RefColumns> {
  const { timestampsMs, offsets } = columns
  const times = new Float64Array(timestampsMs.length)
  const values = new Float64Array(timestampsMs.length)
  const from = wordsOf(columns.values)
  const to = wordsOf(values)
  const folded = new Uint32Array(offsets.length)
  let at = 0
  for (let i = 0; i < columns.refs.length; i++) {
    const rows: number[] = []
    for (let k = offsets[i] as number; k < (offsets[i + 1] as number); k++) rows.push(k)
    rows.sort((a, b) => (timestampsMs[a] as number) - (timestampsMs[b] as number) || a - b)
    let last = Number.NEGATIVE_INFINITY
    for (const row of rows) {
      const time = timestampsMs[row] as number
      if (time === last) {
        if (!isGreater(from, row, to, at - 1)) continue
        at--
      }
      last = time
      times[at] = time
      to[at * 2] = from[row * 2] as number
      to[at * 2 + 1] = from[row * 2 + 1] as number
      at++
    }
    folded[i + 1] = at
    if (slices.spend(SERIES_UNITS + rows.length * SORT_UNITS)) await slices.rest()
  }
  return {
    refs: columns.refs,
    offsets: folded,
    timestampsMs: times.subarray(0, at),
    values: values.subarray(0, at),
  }
}

const pair = new Float64Array(2)
const pairWords = new DataView(pair.buffer)

/** Whether value `a` of some words is greater than value `b` of others; the bits decide where numbers do not, as with NaN. */
function isGreater(words: Uint32Array, a: number, others: Uint32Array, b: number): boolean {
  const into = wordsOf(pair)
  into.set(words.subarray(a * 2, a * 2 + 2), 0)
  into.set(others.subarray(b * 2, b * 2 + 2), 2)
  const [first = 0, second = 0] = pair
  if (first > second) return true
  if (first < second) return false
  return pairWords.getBigUint64(0, true) > pairWords.getBigUint64(8, true)
}
