import type { MatrixSelector, Subquery } from '../../../lang/promql/ast.ts'
import type { Labels } from '../../../model/labels.ts'
import { type EvalContext, fail } from '../context.ts'
import type { InnerRows } from '../functions-window.ts'
import type { GrowingColumns } from '../growing-columns.ts'
import { firstAfter } from '../instant-rows.ts'
import { rawOf } from '../select-instant.ts'
import type { Slice, WindowSource } from '../window.ts'
import {
  emptyHistogramSlice,
  emptySlice,
  floatRowsOf,
  type HistogramSlice,
  type MixedSource,
  RawMixed,
  SubqueryMixed,
} from './mixed-source.ts'

/** All series of a selector: those with floats only, and behind them those that have histograms. */
class JoinedMixed implements MixedSource {
  readonly labels: readonly Labels[]
  readonly #floats: WindowSource
  readonly #pure: Int32Array
  readonly #mixed: MixedSource

  constructor(floats: WindowSource, mixed: MixedSource, floatRows: Int32Array) {
    const taken = new Set(floatRows)
    this.#floats = floats
    this.#mixed = mixed
    this.#pure = Int32Array.from(floats.labels, (_, row) => row).filter((row) => !taken.has(row))
    this.labels = [
      ...Array.from(this.#pure, (row) => floats.labels[row] as Labels),
      ...mixed.labels,
    ]
  }

  load(row: number, floats: Slice, histograms: HistogramSlice): void | Promise<void> {
    const pure = this.#pure.length
    if (row >= pure) return this.#mixed.load(row - pure, floats, histograms)
    histograms.from = 0
    histograms.to = 0
    return this.#floats.load(this.#pure[row] as number, floats)
  }
}

/** Where the samples of a range vector are, native histograms among them; undefined when there are none. */
export function mixedSourceOf(
  ctx: EvalContext,
  node: MatrixSelector | Subquery,
  floats: WindowSource,
  inside: InnerRows | undefined,
): MixedSource | undefined {
  const work = ctx.histograms
  if (work === undefined) return undefined
  if (node.kind === 'subquery') {
    return inside && new SubqueryMixed(inside.rows, inside.grid, work.table)
  }
  const columns = ctx.fetched.histograms.get(node.selector)
  if (columns === undefined) return undefined
  const { extension } = node.selector
  if (extension !== undefined) fail(`${extension} modifier is not supported with histograms`)
  const raw = rawOf(ctx, node.selector)
  const floatRows = floatRowsOf(raw, columns)
  return new JoinedMixed(floats, new RawMixed(raw, columns, floatRows), floatRows)
}

/** Puts the samples of series, floats and histograms by time, into columns. */
export class MergedSamples {
  readonly #source: MixedSource
  readonly #columns: GrowingColumns
  readonly #floats = emptySlice()
  readonly #histograms = emptyHistogramSlice()

  constructor(source: MixedSource, columns: GrowingColumns) {
    this.#source = source
    this.#columns = columns
  }

  /** Adds those of a row after one time and up to another. */
  async add(row: number, afterMs: number, endMs: number): Promise<void> {
    const floats = this.#floats
    const histograms = this.#histograms
    await this.#source.load(row, floats, histograms)
    let float = firstAfter(floats.timestampsMs, floats.from, floats.to, afterMs)
    let at = firstAfter(histograms.timestampsMs, histograms.from, histograms.to, afterMs)
    for (;;) {
      const floatMs = float < floats.to ? (floats.timestampsMs[float] as number) : Infinity
      const timeMs = at < histograms.to ? (histograms.timestampsMs[at] as number) : Infinity
      if (Math.min(floatMs, timeMs) > endMs) return
      if (floatMs < timeMs) this.#columns.add(floatMs, floats.values[float++] as number)
      else this.#columns.addHistogram(timeMs, histograms.rows[at++] as number)
    }
  }
}
