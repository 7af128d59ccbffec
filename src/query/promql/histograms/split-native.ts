import type { Expr } from '../../../lang/promql/ast.ts'
import type { Labels } from '../../../model/labels.ts'
import type { EvalContext } from '../context.ts'
import { DenseRows, type Grid, type Rows } from '../grid.ts'
import { dropMetadata, setLabel } from '../label-sets.ts'
import { materialise } from '../merge-rows.ts'
import { HistogramEstimates } from './estimate.ts'
import { HistogramNotes } from './histogram-notes.ts'
import { FLOAT, HISTOGRAM, NOTHING } from './histogram-work.ts'

/** What answers about native histograms are made with. */
export interface NativeAnswers {
  readonly estimates: HistogramEstimates
  readonly notes: HistogramNotes
}

export type AnswerNative = (
  native: NativeAnswers,
  row: number,
  question: number,
  step: number,
  metricName: string,
) => number

/** The buckets of classic histograms, apart from the native histograms among the elements of a vector. */
export interface SplitHistograms {
  readonly classic: Rows
  /** The answers about classic histograms, and behind them those about native ones, `questions` rows each. */
  withAnswers(classic: DenseRows, questions: number, answer: AnswerNative): DenseRows
}

/**
 * Takes native histograms and classic ones apart. Where a native one and buckets have the same name and labels at the same time, neither
 * counts (engine.go, resetHistograms).
 */
export async function splitNative(
  ctx: EvalContext,
  rows: Rows,
  where: Expr,
  grid: Grid,
): Promise<SplitHistograms> {
  const work = ctx.histograms
  if (work === undefined) return { classic: rows, withAnswers: (classic) => classic }
  const { steps } = grid
  const input = await materialise(ctx, rows, grid)
  const notes = new HistogramNotes(ctx.notes, where)
  const classic = input.present.map((kind) => (kind === FLOAT ? FLOAT : NOTHING))
  const native = input.present.map((kind) => (kind === HISTOGRAM ? FLOAT : NOTHING))
  refuseBoth(ctx, input, classic, native, notes)
  const estimates = new HistogramEstimates(work.table)
  const found: number[] = []
  for (let row = 0; row < input.labels.length; row++) {
    if (native.subarray(row * steps, (row + 1) * steps).includes(FLOAT)) found.push(row)
  }
  const { pendingNames } = ctx
  const withoutName = (labels: Labels): Labels =>
    pendingNames === undefined ? dropMetadata(labels) : pendingNames.mark(labels)
  return {
    classic: new DenseRows(input.labels, steps, input.values, classic),
    withAnswers(answered, questions, answer) {
      ctx.budget.reserve(found.length * questions * steps)
      const labels = found.flatMap((row) =>
        Array.from({ length: questions }, () => withoutName(input.labels[row] as Labels)),
      )
      const out = new DenseRows([...answered.labels, ...labels], steps)
      out.values.set(answered.values)
      out.present.set(answered.present)
      let base = answered.labels.length * steps
      for (const row of found) {
        const name = pendingNames === undefined ? '' : (input.labels[row] as Labels).name
        for (let question = 0; question < questions; question++) {
          for (let step = 0; step < steps; step++) {
            if (native[row * steps + step] !== FLOAT) continue
            const histogram = input.values[row * steps + step] as number
            out.present[base + step] = FLOAT
            out.values[base + step] = answer({ estimates, notes }, histogram, question, step, name)
          }
          base += steps
        }
      }
      return out
    },
  }
}

/** Takes what is there in both forms out of both. */
function refuseBoth(
  { pendingNames }: EvalContext,
  input: DenseRows,
  classic: Uint8Array,
  native: Uint8Array,
  notes: HistogramNotes,
): void {
  const { steps } = input
  const buckets = new Map<string, number[]>()
  for (const [row, labels] of input.labels.entries()) {
    if (!labels.has('le') || !classic.subarray(row * steps, (row + 1) * steps).includes(FLOAT)) {
      continue
    }
    const { key } = setLabel(labels, 'le', '')
    const known = buckets.get(key)
    if (known === undefined) buckets.set(key, [row])
    else known.push(row)
  }
  if (buckets.size === 0) return
  for (const [row, labels] of input.labels.entries()) {
    const others = buckets.get(labels.key)
    if (others === undefined) continue
    for (let step = 0; step < steps; step++) {
      if (native[row * steps + step] !== FLOAT) continue
      const there = others.filter((other) => classic[other * steps + step] === FLOAT)
      if (there.length === 0) continue
      notes.mixedClassic(pendingNames === undefined ? '' : labels.name)
      native[row * steps + step] = NOTHING
      for (const other of there) classic[other * steps + step] = NOTHING
    }
  }
}
