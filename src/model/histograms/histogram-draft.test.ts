import { describe, expect, it } from 'vitest'
import { exponentialBound } from './bucket-bounds.ts'
import { isReset } from './detect-reset.ts'
import { HistogramDraft } from './histogram-draft.ts'
import { HistogramTable } from './histogram-table.ts'

interface Given {
  readonly schema?: number
  readonly hint?: number
  readonly zero?: readonly [threshold: number, count: number]
  readonly bounds?: readonly number[]
  readonly positive?: Readonly<Record<number, number>>
  readonly negative?: Readonly<Record<number, number>>
}

/** Adds a histogram whose count is that of its buckets, and whose sum is its count. */
function add(table: HistogramTable, given: Given): number {
  const { zero = [0, 0], bounds, hint = 0 } = given
  let count = zero[1]
  table.begin()
  const side = (counts: Readonly<Record<number, number>> = {}): void => {
    const indexes = Object.keys(counts)
      .map(Number)
      .sort((a, b) => a - b)
    for (const index of indexes) {
      table.addBucket(index, counts[index] ?? 0)
      count += counts[index] ?? 0
    }
  }
  side(given.negative)
  table.startPositive()
  side(given.positive)
  return table.finish({
    schema: bounds === undefined ? (given.schema ?? 0) : -53,
    ...{ hint, count, sum: count, zeroThreshold: zero[0], zeroCount: zero[1] },
    bounds: bounds && Float64Array.from(bounds),
  })
}

function positiveOf(table: HistogramTable, row: number): Record<number, number> {
  const out: Record<number, number> = {}
  for (let i = table.positiveFrom[row] ?? 0; i < (table.ends[row] ?? 0); i++) {
    out[table.indexes[i] ?? 0] = table.counts[i] ?? NaN
  }
  return out
}

/** The sum of two, and what was told of it. */
function sum(a: Given, b: Given, sign = 1) {
  const table = new HistogramTable()
  const [left, right] = [add(table, a), add(table, b)]
  const draft = new HistogramDraft()
  draft.load(table, left)
  const addition = { ...draft.add(table, right, sign) }
  const row = draft.commit(table)
  return { table, row, addition }
}

describe('exponentialBound', () => {
  it('is exact at powers of two, and ends at the largest number', () => {
    expect([0, 1, 3, -2].map((index) => exponentialBound(index, 0))).toEqual([1, 2, 8, 0.25])
    expect(exponentialBound(4, 2)).toBe(2)
    expect(exponentialBound(2, 2)).toBeCloseTo(Math.SQRT2, 15)
    expect(exponentialBound(1024, 0)).toBe(Number.MAX_VALUE)
    expect(exponentialBound(1025, 0)).toBe(Infinity)
    expect(exponentialBound(1024 * 256, 8)).toBe(Number.MAX_VALUE)
    expect(exponentialBound(64, -4)).toBe(Number.MAX_VALUE)
    expect(exponentialBound(-1074, 0)).toBe(Number.MIN_VALUE)
  })
})

describe('HistogramDraft', () => {
  it('adds buckets that one of both has', () => {
    const { table, row } = sum({ positive: { 1: 2, 5: 1 } }, { positive: { 0: 3, 1: 1, 9: 1 } })
    expect(positiveOf(table, row)).toEqual({ 0: 3, 1: 3, 5: 1, 9: 1 })
    expect(table.totals[row]).toBe(8)
  })

  it('leaves out buckets that a subtraction emptied', () => {
    const { table, row } = sum({ positive: { 1: 2, 2: 1 } }, { positive: { 1: 2 } }, -1)
    expect(positiveOf(table, row)).toEqual({ 2: 1 })
  })

  it('falls to the coarser schema', () => {
    const { table, row } = sum(
      { schema: 2, positive: { 1: 1, 4: 1, 5: 1 } },
      { schema: 0, positive: { 1: 1, 2: 2 } },
    )
    expect(table.schemas[row]).toBe(0)
    expect(positiveOf(table, row)).toEqual({ 1: 3, 2: 3 })
  })

  it('widens the zero bucket to the end of a populated bucket', () => {
    // (1, 2] is populated: a threshold of 1.5 becomes 2.
    const { table, row } = sum(
      { zero: [0.001, 1], positive: { 0: 1, 1: 1, 3: 1 } },
      { zero: [1.5, 4], positive: { 3: 1 } },
    )
    expect([table.zeroThresholds[row], table.zeroCounts[row]]).toEqual([2, 7])
    expect(positiveOf(table, row)).toEqual({ 3: 2 })
  })

  it('keeps the custom bounds that both have', () => {
    const { table, row, addition } = sum(
      { bounds: [1, 2, 5], positive: { 0: 1, 1: 2, 2: 3, 3: 4 } },
      { bounds: [2, 3, 5], positive: { 0: 10, 1: 20, 2: 30, 3: 40 } },
    )
    expect(addition.isReconciled).toBe(true)
    expect([...table.boundsOf(row)]).toEqual([2, 5])
    expect(positiveOf(table, row)).toEqual({ 0: 13, 1: 53, 2: 44 })
  })

  it('does not add histograms of two kinds', () => {
    const { table, row, addition } = sum(
      { positive: { 1: 1 } },
      { bounds: [1], positive: { 0: 1 } },
    )
    expect(addition.isCompatible).toBe(false)
    expect(positiveOf(table, row)).toEqual({ 1: 1 })
  })

  it.each([
    [0, 0, 0, false],
    [1, 2, 0, true],
    [1, 1, 1, false],
    [1, 0, 0, false],
    [2, 3, 3, false],
    [3, 1, 3, false],
  ])('of hints %i and %i makes %i', (a, b, hint, collides) => {
    const { table, row, addition } = sum({ hint: a }, { hint: b })
    expect([table.hints[row], addition.collides]).toEqual([hint, collides])
  })

  it('does not lose small counts in large ones', () => {
    const table = new HistogramTable()
    const rows = [1e100, 1, -1e100].map((count) => add(table, { positive: { 1: count } }))
    const draft = new HistogramDraft()
    draft.load(table, rows[0] ?? 0)
    for (const row of rows.slice(1)) draft.add(table, row, 1)
    expect(positiveOf(table, draft.commit(table))).toEqual({ 1: 1 })
  })

  it('divided by zero has no buckets', () => {
    const table = new HistogramTable()
    const draft = new HistogramDraft()
    draft.load(table, add(table, { positive: { 1: 1 } }))
    draft.divide(0)
    const row = draft.commit(table)
    expect(positiveOf(table, row)).toEqual({})
    expect([table.totals[row], table.sums[row]]).toEqual([Infinity, Infinity])
  })
})

describe('isReset', () => {
  const base: Given = { schema: 1, zero: [0.001, 1], positive: { 1: 2, 3: 4 } }
  it.each<[string, Given, Given, boolean]>([
    ['nothing changed', base, base, false],
    ['all grew', base, { ...base, zero: [0.001, 2], positive: { 1: 2, 2: 1, 3: 5 } }, false],
    ['a bucket fell', base, { ...base, positive: { 1: 1, 3: 40 } }, true],
    ['a bucket is gone', base, { ...base, positive: { 3: 40 } }, true],
    ['the zero bucket fell', base, { ...base, zero: [0.001, 0], positive: { 1: 2, 3: 40 } }, true],
    ['the schema rose', base, { ...base, schema: 2, positive: { 1: 20, 3: 40 } }, true],
    ['the schema fell, all grew', base, { ...base, schema: 0, positive: { 1: 3, 2: 4 } }, false],
    ['the schema fell, one fell', base, { ...base, schema: 0, positive: { 1: 1, 2: 40 } }, true],
    ['the threshold fell', base, { ...base, zero: [0.0001, 1] }, true],
    ['the threshold rose past a bucket', base, { ...base, zero: [4, 20], positive: {} }, false],
    ['the threshold is in a bucket', base, { ...base, zero: [2.5, 20], positive: { 3: 4 } }, true],
    ['it says so', base, { ...base, hint: 1 }, true],
    ['it denies it', base, { hint: 2 }, false],
    [
      'custom bounds differ, all grew',
      { bounds: [1, 2], positive: { 0: 1, 1: 1 } },
      { bounds: [2, 3], positive: { 0: 2, 1: 5 } },
      false,
    ],
    [
      'custom bounds differ, one fell',
      { bounds: [1, 2], positive: { 0: 1, 1: 1 } },
      { bounds: [2, 3], positive: { 0: 1, 1: 5 } },
      true,
    ],
  ])('%s', (_what, before, now, expected) => {
    const table = new HistogramTable()
    const [earlier, later] = [add(table, before), add(table, now)]
    const drafts = [new HistogramDraft(), new HistogramDraft()] as const
    expect(isReset(table, later, earlier, drafts)).toBe(expected)
  })
})
