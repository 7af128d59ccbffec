import type { Call } from '../../lang/promql/ast.ts'
import { Labels } from '../../model/labels.ts'
import { argument, type EvalContext, evaluateRows, fail } from './context.ts'
import { formatLabelSet } from './go-format.ts'
import { type DenseRows, type Grid, type Value, vectorOf } from './grid.ts'
import { materialise } from './merge-rows.ts'
import type { PendingNames } from './pending-names.ts'
import { ResultRows } from './result-rows.ts'
import { type InfoSelection, infoTimes } from './select-info.ts'
import { InstantRows } from './instant-rows.ts'

/** The labels by which a series and its information find each other. */
const IDENTIFYING = ['instance', 'job']

function signature(labels: Labels): string {
  return IDENTIFYING.map((name) => labels.get(name)).join('\uffff')
}

/** For each info metric and signature: which info series counts at each step, or -1. */
type InfoAtStep = ReadonlyMap<string, ReadonlyMap<string, Int32Array>>

/**
 * info(v, {selector}): adds the labels of info series (`target_info`) to the series of v that have the same `instance` and
 * `job` (promql/info.go).
 */
export async function callInfo(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const base = await materialise(ctx, await evaluateRows(ctx, argument(call, 0), grid), grid)
  const selection = ctx.infos.get(call) ?? fail('an info call was not prepared')
  // Info series themselves are not enriched.
  const isInfo = base.labels.map((labels) => selection.names.every((m) => m.matches(labels.name)))
  const columns = ctx.fetched.raw.get(call) ?? fail('the info series were not fetched')
  const [histogram] = ctx.fetched.histograms.get(call)?.labels ?? []
  if (histogram !== undefined) {
    fail(`this should be an info metric, with float samples: ${formatLabelSet(histogram)}`)
  }
  const times = infoTimes(call, grid, ctx)
  const rows = new InstantRows(columns, times, grid.steps, ctx.lookbackMs, 'milliseconds')
  const infos = await materialise(ctx, rows, grid)
  const infoAtStep = newestInfos(infos, grid.steps, identifyingValues(base, isInfo))
  const out = new ResultRows(grid.steps, ctx.budget)
  for (let row = 0; row < base.labels.length; row++) {
    enrichRow({
      ...{ base, row, infos, infoAtStep, selection, out },
      isInfo: isInfo[row] === true,
      pendingNames: ctx.pendingNames,
    })
    if (ctx.pace.spend(grid.steps * 4)) await ctx.pace.rest()
  }
  return vectorOf(out.finish())
}

/** The values of the identifying labels among the series to enrich; only info series with such values are of interest. */
function identifyingValues(
  base: DenseRows,
  isInfo: readonly boolean[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const out = new Map<string, Set<string>>()
  base.labels.forEach((labels, row) => {
    if (isInfo[row] === true) return
    for (const name of IDENTIFYING) {
      const value = labels.get(name)
      if (value === '') continue
      const known = out.get(name)
      if (known === undefined) out.set(name, new Set([value]))
      else known.add(value)
    }
  })
  return out
}

function newestInfos(
  infos: DenseRows,
  steps: number,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): InfoAtStep {
  const out = new Map<string, Map<string, Int32Array>>()
  if (wanted.size === 0) return out
  infos.labels.forEach((labels, row) => {
    for (const [name, values] of wanted) if (!values.has(labels.get(name))) return
    const ofName = out.get(labels.name) ?? new Map<string, Int32Array>()
    out.set(labels.name, ofName)
    let winners = ofName.get(signature(labels))
    if (winners === undefined) {
      ofName.set(signature(labels), (winners = new Int32Array(steps).fill(-1)))
    }
    for (let step = 0; step < steps; step++) takeNewer(infos, winners, row, step)
  })
  return out
}

/** The newer sample wins; equally new ones contradict each other. */
function takeNewer(infos: DenseRows, winners: Int32Array, row: number, step: number): void {
  const { steps, present, values } = infos
  if (present[row * steps + step] === 0) return
  const takenMs = values[row * steps + step] as number
  const other = winners[step] as number
  const otherMs = other < 0 ? -Infinity : (values[other * steps + step] as number)
  if (takenMs > otherMs) winners[step] = row
  else if (takenMs === otherMs) {
    const existing = `existing ${formatLabelSet(infos.labels[other] as Labels)} @ ${otherMs}`
    const added = `new ${formatLabelSet(infos.labels[row] as Labels)} @ ${takenMs}`
    fail(`found duplicate series for info metric: ${existing}, ${added}`)
  }
}

interface Enrichment {
  readonly base: DenseRows
  readonly row: number
  readonly isInfo: boolean
  readonly infos: DenseRows
  readonly infoAtStep: InfoAtStep
  readonly selection: InfoSelection
  readonly out: ResultRows
  readonly pendingNames: PendingNames | undefined
}

/** Puts one series into the result, at each step under the labels that its information gives it there. */
function enrichRow(enrichment: Enrichment): void {
  const { base, row, isInfo, infos, infoAtStep, selection, out, pendingNames } = enrichment
  const own = base.labels[row] as Labels
  const key = signature(own)
  const candidates: Int32Array[] = []
  if (!isInfo) {
    for (const ofName of infoAtStep.values()) {
      const winners = ofName.get(key)
      if (winners !== undefined) candidates.push(winners)
    }
  }
  const known = new Map<string, Labels | undefined>()
  for (let step = 0; step < base.steps; step++) {
    const cell = row * base.steps + step
    if (base.present[cell] === 0) continue
    const used = candidates.map((winners) => winners[step] as number).filter((info) => info >= 0)
    const combination = used.join()
    if (!known.has(combination)) {
      const added = used.map((info) => infos.labels[info] as Labels)
      const made = isInfo ? own : enriched(own, added, selection)
      known.set(combination, made && (pendingNames?.inherit(made, own) ?? made))
    }
    const labels = known.get(combination)
    if (labels === undefined) continue
    out.row(labels).set(step, base.values[cell] as number, base.present[cell])
  }
}

/** The labels of a series with its information; undefined when it lacks what the selector asks for. */
function enriched(
  own: Labels,
  infos: readonly Labels[],
  { data }: InfoSelection,
): Labels | undefined {
  if (infos.length === 0) {
    const isOptional = [...data.values()].flat().every((condition) => condition.matches(''))
    return isOptional ? own : undefined
  }
  const added = new Map<string, string>()
  for (const { flat } of infos) {
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const value = flat[i + 1] as string
      if (name === '__name__' || (data.size > 0 && !data.has(name))) continue
      if ((added.get(name) ?? value) !== value) fail(`conflicting label: ${name}`)
      if (!own.has(name)) added.set(name, value)
    }
  }
  return Labels.fromPairs([...added, ...Object.entries(own.toObject())])
}
