import { useEffect, useRef, type RefObject } from 'react'

/** Listens at one element for what happens anywhere in it; the newest listener is called. */
export function useElementEvent<K extends keyof HTMLElementEventMap>(
  element: RefObject<HTMLElement | null>,
  type: K,
  listener: (event: HTMLElementEventMap[K]) => void,
): void {
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  useEffect(() => {
    const { current } = element
    const onEvent = (event: HTMLElementEventMap[K]): void => latest.current(event)
    current?.addEventListener(type, onEvent)
    return () => current?.removeEventListener(type, onEvent)
  }, [element, type])
}
