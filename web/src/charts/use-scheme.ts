import { useSyncExternalStore } from 'react'
import type { Scheme } from './palette.ts'

/** The kit writes there which scheme holds, and scheme.js before the first paint. */
const ATTRIBUTE = 'data-mantine-color-scheme'

const listeners = new Set<() => void>()
let observer: MutationObserver | undefined

/** The scheme that the page is in. One observer serves all charts of a page: the kit's own hook asks the browser for each of them. */
export function useScheme(): Scheme {
  return useSyncExternalStore(subscribe, readScheme)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (observer === undefined) {
    observer = new MutationObserver(() => listeners.forEach((tell) => tell()))
    observer.observe(document.documentElement, { attributeFilter: [ATTRIBUTE] })
  }
  return () => void listeners.delete(listener)
}

function readScheme(): Scheme {
  return document.documentElement.getAttribute(ATTRIBUTE) === 'dark' ? 'dark' : 'light'
}
