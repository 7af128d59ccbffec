import { compareNs, type LogLine } from './log-line.ts'

/** The newest lines of a live tail, the oldest first. */
export interface TailLines {
  readonly lines: readonly LogLine[]
  /** Came while the tail was held. */
  readonly held: readonly LogLine[]
  /** Were pushed out of the list by newer ones. */
  readonly dropped: number
}

export const NO_LINES: TailLines = { lines: [], held: [], dropped: 0 }

/** So many lines a tail keeps, and as many while it is held. */
const MOST_LINES = 5000

/** Adds lines as they come: a line that is there already comes once, late ones find their place. */
export function addLines(
  tail: TailLines,
  fresh: readonly LogLine[],
  isHeld: boolean,
  most = MOST_LINES,
): TailLines {
  const place = isHeld ? tail.held : tail.lines
  const known = new Set([...tail.lines, ...tail.held].map(({ id }) => id))
  const added = fresh.filter(({ id }) => {
    if (known.has(id)) return false
    known.add(id)
    return true
  })
  if (added.length === 0) return tail
  const all = [...place, ...added].sort((a, b) => compareNs(a.timestampNs, b.timestampNs))
  const kept = all.slice(-most)
  const dropped = tail.dropped + all.length - kept.length
  return isHeld ? { ...tail, held: kept, dropped } : { ...tail, lines: kept, dropped }
}

/** Shows what came while the tail was held. */
export function release(tail: TailLines, most = MOST_LINES): TailLines {
  return addLines({ ...tail, held: [] }, tail.held, false, most)
}
