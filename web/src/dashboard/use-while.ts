import { useState } from 'react'

/** A value as it is while `isLive` holds, and as it was last while it does not: what nobody sees need not follow. */
export function useWhile<T>(value: T, isLive: boolean): T {
  const [held, setHeld] = useState(() => value)
  if (!isLive || held === value) return held
  setHeld(() => value)
  return value
}
