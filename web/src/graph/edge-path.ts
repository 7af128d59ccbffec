interface Place {
  readonly x: number
  readonly y: number
}

/** The line of an edge leaves and reaches nodes at the middle of their sides, in the direction of the ranks. */
export type Direction = 'LR' | 'TB'

/**
 * A line through places for the `d` of an SVG path: at each of them it runs in the direction of the ranks, so that it
 * touches no node beside its own.
 */
export function edgePath(places: readonly Place[], direction: Direction): string {
  const [first, ...rest] = places
  if (!first) return ''
  let path = `M${at(first)}`
  let from = first
  for (const to of rest) {
    const middle = middleOf([from, to])
    const [leaving, reaching] =
      direction === 'LR'
        ? [
            { x: middle.x, y: from.y },
            { x: middle.x, y: to.y },
          ]
        : [
            { x: from.x, y: middle.y },
            { x: to.x, y: middle.y },
          ]
    path += `C${at(leaving)} ${at(reaching)} ${at(to)}`
    from = to
  }
  return path
}

/** The middle of a line, by the number of its places. */
export function middleOf(places: readonly Place[]): Place {
  const none = { x: 0, y: 0 }
  const before = places[Math.floor((places.length - 1) / 2)] ?? none
  const behind = places[Math.ceil((places.length - 1) / 2)] ?? none
  return { x: (before.x + behind.x) / 2, y: (before.y + behind.y) / 2 }
}

function at({ x, y }: Place): string {
  return `${round(x)},${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
