import { useCallback, useEffect, useRef, useState } from 'react'
import { toLines, type LogLine } from './log-line.ts'
import { addLines, NO_LINES, release, type TailLines } from './tail-buffer.ts'
import { TailFeed, type FeedStatus } from './tail-feed.ts'

/** A page is drawn anew at most so often, however many lines come. */
const DRAW_MS = 200

export interface Tail extends TailLines {
  readonly status: FeedStatus
  readonly reason: string
  readonly isHeld: boolean
  readonly hold: () => void
  readonly goOn: () => void
  readonly clear: () => void
}

/** Follows a query live while it is on. */
export function useTail(query: string, isOn: boolean): Tail {
  const [tail, setTail] = useState<TailLines>(NO_LINES)
  const [isHeld, setHeld] = useState(false)
  const [status, setStatus] = useState<FeedStatus>('connecting')
  const [reason, setReason] = useState('')
  const held = useRef(false)
  useEffect(() => {
    if (!isOn || query === '') return undefined
    let waiting: LogLine[] = []
    const feed = new TailFeed(query, Date.now(), {
      onStreams: (streams) => waiting.push(...toLines(streams, 'oldest-first')),
      onStatus: (next, why) => {
        setStatus(next)
        setReason(why)
      },
    })
    const timer = setInterval(() => {
      if (waiting.length === 0) return
      const fresh = waiting
      waiting = []
      setTail((now) => addLines(now, fresh, held.current))
    }, DRAW_MS)
    return () => {
      feed.end()
      clearInterval(timer)
      held.current = false
      setHeld(false)
      setTail(NO_LINES)
    }
  }, [query, isOn])
  const hold = useCallback(() => {
    held.current = true
    setHeld(true)
  }, [])
  const goOn = useCallback(() => {
    held.current = false
    setHeld(false)
    setTail((now) => release(now))
  }, [])
  const clear = useCallback(() => setTail(NO_LINES), [])
  return { ...tail, status, reason, isHeld, hold, goOn, clear }
}
