import { useMemo } from 'react'
import { usePageShortcuts } from '../shell/shortcuts.ts'
import { useTime } from './time-context.tsx'

/** Grafana's keys for the time range, on every page that shows one. */
export function useTimeShortcuts(): void {
  const time = useTime()
  usePageShortcuts(
    useMemo(
      () => ({
        't z': () => time.zoomOut(),
        't ArrowLeft': () => time.shift(-1),
        't ArrowRight': () => time.shift(1),
        'd r': () => time.refresh(),
      }),
      [time],
    ),
  )
}
