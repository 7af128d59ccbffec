import { useEffect, useRef, useState, type RefObject } from 'react'

/** Panels are made ready this far before they are scrolled to. */
const AHEAD = '500px 0px'

export interface OnScreen {
  readonly isSeen: boolean
  /** As the browser told it when the element came to the screen or left it; asking would make it lay out the page at once. */
  readonly widthPx: number
}

const listeners = new WeakMap<Element, (state: OnScreen) => void>()
let shared: IntersectionObserver | undefined

/** One observer for all elements: the browser tells of those that crossed the edge in one call. */
function observer(): IntersectionObserver {
  shared ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, boundingClientRect } of entries) {
        listeners.get(target)?.({ isSeen: isIntersecting, widthPx: boundingClientRect.width })
      }
    },
    { rootMargin: AHEAD },
  )
  return shared
}

/** Whether an element is on the screen or near it. */
export function useOnScreen<T extends Element>(): [RefObject<T | null>, OnScreen] {
  const ref = useRef<T>(null)
  const [state, setState] = useState<OnScreen>({ isSeen: false, widthPx: 0 })
  useEffect(() => {
    const element = ref.current
    if (!element) return undefined
    listeners.set(element, setState)
    observer().observe(element)
    return () => {
      observer().unobserve(element)
      listeners.delete(element)
    }
  }, [])
  return [ref, state]
}
