import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { takeTurn } from './frame-turns.ts'

/** Lets what is mounted or drawn for the first time take turns. True from this one's turn on. */
export function useTurn(isReady: boolean): boolean {
  const [hasTurn, setTurn] = useState(false)
  useEffect(() => {
    if (!isReady || hasTurn) return undefined
    return takeTurn(() => flushSync(() => setTurn(true)))
  }, [isReady, hasTurn])
  return hasTurn
}
