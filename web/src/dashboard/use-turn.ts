import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** What drawing may take of a frame before it waits for the next one. */
const MOST_OF_A_FRAME_MS = 6

const waiting = new Set<() => void>()
let isScheduled = false

/**
 * Lets first drawings take turns, as many in a frame as fit into a part of it: a dozen charts that come to the screen at once
 * would otherwise stop the scrolling. True from this one's turn on.
 */
export function useTurn(isReady: boolean): boolean {
  const [hasTurn, setTurn] = useState(false)
  useEffect(() => {
    if (!isReady || hasTurn) return undefined
    const draw = (): void => setTurn(true)
    waiting.add(draw)
    schedule()
    return () => void waiting.delete(draw)
  }, [isReady, hasTurn])
  return hasTurn
}

function schedule(): void {
  if (isScheduled || waiting.size === 0) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    const endMs = performance.now() + MOST_OF_A_FRAME_MS
    for (const draw of waiting) {
      waiting.delete(draw)
      flushSync(draw)
      if (performance.now() >= endMs) break
    }
    schedule()
  })
}
