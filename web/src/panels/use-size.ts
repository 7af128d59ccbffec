import { useLayoutEffect, useRef, useState, type RefObject } from 'react'

export interface Size {
  readonly widthPx: number
  readonly heightPx: number
}

/** The size of an element as it is now; 0 by 0 until it is laid out. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, Size] {
  const ref = useRef<T>(null)
  const [size, setSize] = useState<Size>({ widthPx: 0, heightPx: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return undefined
    const measure = (): void => {
      const { clientWidth, clientHeight } = element
      setSize((now) =>
        now.widthPx === clientWidth && now.heightPx === clientHeight
          ? now
          : { widthPx: clientWidth, heightPx: clientHeight },
      )
    }
    measure()
    if (typeof ResizeObserver === 'undefined') return undefined
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, size]
}
