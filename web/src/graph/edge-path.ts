interface Place {
  readonly x: number
  readonly y: number
}

/** A line through bends that is round at each of them, for the `d` of an SVG path. */
export function edgePath(points: readonly Place[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (!first || !last) return ''
  let path = `M${at(first)}`
  for (const [i, bend] of rest.slice(0, -1).entries()) {
    const next = rest[i + 1] ?? last
    const isLast = i === rest.length - 2
    path += `Q${at(bend)} ${at(isLast ? last : middle(bend, next))}`
  }
  return rest.length === 1 ? `${path}L${at(last)}` : path
}

/** The middle of a line with bends, by the number of bends. */
export function middleOf(points: readonly Place[]): Place | undefined {
  const before = points[Math.floor((points.length - 1) / 2)]
  const behind = points[Math.ceil((points.length - 1) / 2)]
  return before && behind && middle(before, behind)
}

function middle(a: Place, b: Place): Place {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}

function at({ x, y }: Place): string {
  return `${round(x)},${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
