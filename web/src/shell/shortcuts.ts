import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { keepTime } from './keep-time.ts'
import { ROOMS } from './rooms.ts'
import { openPalette } from './command-palette.tsx'

/** The second key of a pair must follow this soon. */
const PAIR_MS = 1500

/** What a page does for a pair of keys, such as `t z`; pages add theirs while they are shown. */
const pageShortcuts = new Map<string, () => void>()

/** Shortcuts of a page, by their keys with a space between: `t z`, `d r`. */
export function usePageShortcuts(shortcuts: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const entries = Object.entries(shortcuts)
    for (const [keys, act] of entries) pageShortcuts.set(keys, act)
    return () => {
      for (const [keys, act] of entries) {
        if (pageShortcuts.get(keys) === act) pageShortcuts.delete(keys)
      }
    }
  }, [shortcuts])
}

/** Grafana's keys: `g h`, `g e`, `?`, `/`, and those of the page. They rest while one writes. */
export function useShortcuts(): void {
  const navigate = useNavigate()
  useEffect(() => {
    let first = ''
    let firstAt = 0
    const go = (path: string): void => void navigate({ to: path, search: keepTime })
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return
      const pair = event.timeStamp - firstAt < PAIR_MS ? `${first} ${event.key}` : ''
      const act = actionOf(pair, event.key, go)
      first = act ? '' : event.key
      firstAt = event.timeStamp
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate])
}

function actionOf(pair: string, key: string, go: (path: string) => void): (() => void) | undefined {
  const ofPage = pageShortcuts.get(pair)
  if (ofPage) return ofPage
  const room = ROOMS.find(({ key: second }) => pair === `g ${second}`)
  if (room) return () => go(room.path)
  if (key === '?') return () => go('/help')
  if (key === '/') return openPalette
  return pageShortcuts.get(key)
}

function isWriting({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** What the help page lists. */
export const SHORTCUTS: readonly { readonly keys: string; readonly what: string }[] = [
  { keys: 'Ctrl K', what: 'Search: pages, metrics, actions' },
  { keys: '/', what: 'The same' },
  { keys: '?', what: 'This page' },
  ...ROOMS.filter(({ key }) => key !== '?').map(({ key, name }) => ({
    keys: `g ${key}`,
    what: `Go to ${name}`,
  })),
  { keys: 't z', what: 'Zoom out in time' },
  { keys: 't ←', what: 'Earlier' },
  { keys: 't →', what: 'Later' },
  { keys: 'd r', what: 'Refresh' },
  { keys: 'Ctrl Enter', what: 'Run the queries (Explore)' },
  { keys: '← → ↑ ↓', what: 'Fold, unfold and walk the spans of a trace; Enter opens one' },
  { keys: 'n p', what: 'Next and previous span that was found; + and - zoom' },
  { keys: '← →', what: 'Move the crosshair of a focused chart; with Shift by ten points' },
]
