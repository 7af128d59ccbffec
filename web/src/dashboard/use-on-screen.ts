import { useEffect, useRef, useState, type RefObject } from 'react'

/** Panels are made ready this far before they are scrolled to. */
const AHEAD = '300px 0px'

/** Whether an element is on the screen, or was so far: the first decides on asking for data, the second on drawing. */
export function useOnScreen<T extends Element>(): [
  RefObject<T | null>,
  { isSeen: boolean; wasSeen: boolean },
] {
  const ref = useRef<T>(null)
  const [state, setState] = useState({ isSeen: false, wasSeen: false })
  useEffect(() => {
    const element = ref.current
    if (!element) return undefined
    const observer = new IntersectionObserver(
      (entries) => {
        const isSeen = entries.at(-1)?.isIntersecting ?? false
        setState((now) => ({ isSeen, wasSeen: now.wasSeen || isSeen }))
      },
      { rootMargin: AHEAD },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, state]
}
