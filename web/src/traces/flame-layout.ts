import { selfNsOf, serviceOf, type Trace } from './trace-model.ts'

/** Spans of one service and name that were called in the same way, as one box. */
export interface FlameBox {
  readonly id: number
  /** Index of the box above; -1: it stands at the top. */
  readonly parent: number
  readonly service: string
  readonly name: string
  readonly depth: number
  readonly spans: number
  readonly errors: number
  /** In which the spans ran and none of their children did. */
  readonly selfNs: number
  /** With what is below: what the box is as wide as. */
  readonly totalNs: number
  /** Where it begins: the sum of what stands left of it. */
  readonly fromNs: number
}

interface GrowingBox {
  readonly parent: number
  readonly service: string
  readonly name: string
  readonly depth: number
  readonly children: Map<string, number>
  spans: number
  errors: number
  selfNs: number
  totalNs: number
  fromNs: number
}

/**
 * A flame graph: as wide as the time that was spent, wherever and however often that was, so that children never stand out from
 * under their parent, not even those that ran at the same time. A box comes before those below it.
 */
export function layOutFlame(trace: Trace): readonly FlameBox[] {
  const boxes: GrowingBox[] = []
  const tops = new Map<string, number>()
  const boxOf = new Int32Array(trace.length)
  for (let row = 0; row < trace.length; row++) {
    const parent = trace.parents[row] ?? -1
    const above = parent < 0 ? -1 : (boxOf[parent] ?? -1)
    const siblings = boxes[above]?.children ?? tops
    const id = findBox(boxes, siblings, above, [serviceOf(trace, row), trace.names[row] ?? ''])
    boxOf[row] = id
    const box = boxes[id]
    if (box === undefined) continue
    box.spans += 1
    box.errors += trace.isError[row] ?? 0
    box.selfNs += selfNsOf(trace, row)
  }
  addUp(boxes)
  return boxes.map(toBox)
}

function toBox({ children: _children, ...box }: GrowingBox, id: number): FlameBox {
  return { id, ...box }
}

function findBox(
  boxes: GrowingBox[],
  siblings: Map<string, number>,
  parent: number,
  [service, name]: readonly [string, string],
): number {
  const key = JSON.stringify([service, name])
  const known = siblings.get(key)
  if (known !== undefined) return known
  const depth = (boxes[parent]?.depth ?? -1) + 1
  siblings.set(key, boxes.length)
  return (
    boxes.push({
      ...{ parent, service, name, depth, children: new Map<string, number>() },
      ...{ spans: 0, errors: 0, selfNs: 0, totalNs: 0, fromNs: 0 },
    }) - 1
  )
}

/** Totals from below, then places from above. */
function addUp(boxes: readonly GrowingBox[]): void {
  for (const box of boxes.toReversed()) {
    box.totalNs += box.selfNs
    const above = boxes[box.parent]
    if (above) above.totalNs += box.totalNs
  }
  const used = new Map<number, number>()
  for (const box of boxes) {
    const fromNs = used.get(box.parent) ?? boxes[box.parent]?.fromNs ?? 0
    box.fromNs = fromNs
    used.set(box.parent, fromNs + box.totalNs)
  }
}

/** The whole width. */
export function flameNs(boxes: readonly FlameBox[]): number {
  return boxes.reduce((sum, { parent, totalNs }) => (parent < 0 ? sum + totalNs : sum), 0)
}
