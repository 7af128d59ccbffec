import type { Aggregate, Grouping } from '../../lang/logql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import { emptyRow, GrowingRows, type Row, setAt } from './grid.ts'
import { addToMean } from './windows.ts'

/** The rows of a vector aggregation over those of its operand (pkg/logql/evaluator.go). */
export function aggregateRows(expr: Aggregate, rows: readonly Row[], steps: number): Row[] {
  const groups = groupRows(rows, expr.grouping)
  switch (expr.op) {
    case 'topk':
    case 'approx_topk':
      return groups.flatMap(({ members }) => selectRows(members, Number(expr.param), steps, true))
    case 'bottomk':
      return groups.flatMap(({ members }) => selectRows(members, Number(expr.param), steps, false))
    case 'sort':
    case 'sort_desc':
      return groups.flatMap(({ members }) =>
        selectRows(members, members.length, steps, expr.op === 'sort_desc'),
      )
    default:
      return foldGroups(groups, expr.op, steps)
  }
}

interface Group {
  readonly labels: Labels
  readonly members: Row[]
}

function groupRows(rows: readonly Row[], grouping: Grouping | undefined): Group[] {
  const names = new Set(grouping?.labels)
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const labels = grouping?.without === true ? row.labels.without(names) : row.labels.keep(names)
    const own = groups.get(labels.key)
    if (own) own.members.push(row)
    else groups.set(labels.key, { labels, members: [row] })
  }
  return [...groups.values()]
}

type FoldOp = Exclude<Aggregate['op'], 'topk' | 'approx_topk' | 'bottomk' | 'sort' | 'sort_desc'>

function foldGroups(groups: readonly Group[], op: FoldOp, steps: number): Row[] {
  const out = new GrowingRows(steps)
  const values: number[] = []
  for (const { labels, members } of groups) {
    const row = out.of(labels)
    for (let step = 0; step < steps; step++) {
      values.length = 0
      for (const { present, values: own } of members) {
        if (present[step] === 1) values.push(own[step] as number)
      }
      if (values.length > 0) setAt(row, step, foldValues(op, values))
    }
  }
  return out.rows
}

function foldValues(op: FoldOp, values: readonly number[]): number {
  switch (op) {
    case 'sum':
      return values.reduce((total, value) => total + value, 0)
    case 'count':
      return values.length
    case 'avg':
      return values.reduce((mean, value, i) => addToMean(mean, value, i + 1), 0)
    case 'max':
      return values.reduce((best, value) => (best < value || best !== best ? value : best))
    case 'min':
      return values.reduce((best, value) => (best > value || best !== best ? value : best))
    case 'stddev':
      return Math.sqrt(variance(values))
    case 'stdvar':
      return variance(values)
    default:
      return op satisfies never
  }
}

function variance(values: readonly number[]): number {
  let mean = values[0] ?? 0
  let squares = 0
  for (const [i, value] of values.entries()) {
    if (i === 0) continue
    const delta = value - mean
    mean += delta / (i + 1)
    squares += delta * (value - mean)
  }
  return squares / values.length
}

/** Of each step, the `count` rows with the largest (or smallest) values, the best of the first step first. NaN is the worst. */
function selectRows(
  members: readonly Row[],
  count: number,
  steps: number,
  largest: boolean,
): Row[] {
  const sign = largest ? -1 : 1
  const selected = new Map<Row, Row>()
  for (let step = 0; step < steps; step++) {
    const there = members.filter(({ present }) => present[step] === 1)
    const best = there.sort((a, b) =>
      compare(a.values[step] as number, b.values[step] as number, sign),
    )
    for (const member of best.slice(0, count)) {
      let row = selected.get(member)
      if (!row) {
        row = emptyRow(member.labels, steps)
        selected.set(member, row)
      }
      setAt(row, step, member.values[step] as number)
    }
  }
  return [...selected.values()]
}

function compare(a: number, b: number, sign: number): number {
  if (a !== a || b !== b) return Number(a !== a) - Number(b !== b)
  return a === b ? 0 : sign * (a - b)
}
