import { useEffect, useRef, useState, type RefObject } from 'react'

/** Panels are made ready this far before they are scrolled to. */
const AHEAD = '300px 0px'

const listeners = new WeakMap<Element, (isSeen: boolean) => void>()
let shared: IntersectionObserver | undefined

/** One observer for all elements: the browser tells of those that crossed the edge in one call. */
function observer(): IntersectionObserver {
  shared ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting)
    },
    { rootMargin: AHEAD },
  )
  return shared
}

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
    listeners.set(element, (isSeen) =>
      setState((now) => ({ isSeen, wasSeen: now.wasSeen || isSeen })),
    )
    observer().observe(element)
    return () => {
      observer().unobserve(element)
      listeners.delete(element)
    }
  }, [])
  return [ref, state]
}
