import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react'
import {
  resolveRange,
  shiftRange,
  zoomOut,
  type ResolvedRange,
  type TimeRange,
} from './time-range.ts'
import { isKnownZone, type TimeZone } from './zone.ts'

/** The range, zone and refresh that every page shares, with what changes them. */
export interface TimeModel {
  readonly range: TimeRange
  readonly zone: TimeZone
  /** 0: refreshed by hand only. */
  readonly refreshMs: number
  /** The range in milliseconds as of the last refresh; its identity changes when data has to be read again. */
  readonly resolved: ResolvedRange
  readonly setRange: (range: TimeRange) => void
  readonly setZone: (zone: TimeZone) => void
  readonly setRefreshMs: (refreshMs: number) => void
  readonly refresh: () => void
  readonly shift: (direction: -1 | 1) => void
  readonly zoomOut: () => void
}

/** The same as texts of the URL, which Grafana's links use too: `from`, `to`, `timezone`, `refresh`. */
export type TimeSearch = Readonly<
  Record<'from' | 'to' | 'timezone' | 'refresh', string | undefined>
>

export interface TimeProviderProps {
  readonly search: TimeSearch
  /** Writes the URL; undefined removes a parameter. */
  readonly onChange: (search: Partial<TimeSearch>) => void
  readonly children: ReactNode
}

const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' }
const ZONE_KEY = 'vedette.timezone'
const LEAST_REFRESH_MS = 1000

const TimeContext = createContext<TimeModel | undefined>(undefined)

export function useTime(): TimeModel {
  const model = use(TimeContext)
  if (!model) throw new Error('useTime belongs below a TimeProvider')
  return model
}

/** Holds the time model; the URL is its memory, so that a link shows what its sender saw. */
export function TimeProvider({ search, onChange, children }: TimeProviderProps) {
  const [nowMs, setNowMs] = useState(() => Date.now())
  const refresh = useCallback(() => setNowMs(Date.now()), [])
  const zone = zoneOf(search.timezone ?? localStorage.getItem(ZONE_KEY) ?? 'browser')
  const refreshMs = parseRefresh(search.refresh)
  const { from = DEFAULT_RANGE.from, to = DEFAULT_RANGE.to } = search
  useRefresh(refreshMs, refresh)
  const model = useMemo((): TimeModel => {
    const asked = { from, to }
    const found = resolveRange(asked, nowMs, zone)
    const range = found ? asked : DEFAULT_RANGE
    const resolved = found ?? { fromMs: nowMs - 3_600_000, toMs: nowMs }
    const setRange = (next: TimeRange): void => {
      refresh()
      onChange(next)
    }
    return {
      range,
      zone,
      refreshMs,
      resolved,
      refresh,
      setRange,
      setZone: (next) => {
        localStorage.setItem(ZONE_KEY, next)
        onChange({ timezone: next })
      },
      setRefreshMs: (next) => onChange({ refresh: next === 0 ? undefined : formatRefresh(next) }),
      shift: (direction) => setRange(shiftRange(resolved, direction, Date.now())),
      zoomOut: () => setRange(zoomOut(resolved, Date.now())),
    }
  }, [from, to, zone, refreshMs, nowMs, refresh, onChange])
  return <TimeContext value={model}>{children}</TimeContext>
}

/** Nobody looks at a hidden page; it is refreshed when it is shown again. */
function useRefresh(refreshMs: number, refresh: () => void): void {
  useEffect(() => {
    if (refreshMs === 0) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) refresh()
    }, refreshMs)
    const onShown = (): void => {
      if (!document.hidden) refresh()
    }
    document.addEventListener('visibilitychange', onShown)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onShown)
    }
  }, [refreshMs, refresh])
}

function zoneOf(text: string): TimeZone {
  return text === 'browser' || text === 'utc' || isKnownZone(text) ? text : 'browser'
}

const REFRESH_UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

function parseRefresh(text: string | undefined): number {
  const found = /^(\d{1,5})([smh])$/.exec(text ?? '')
  if (!found) return 0
  return Math.max(LEAST_REFRESH_MS, Number(found[1]) * (REFRESH_UNITS_MS[found[2] ?? ''] ?? 0))
}

export function formatRefresh(refreshMs: number): string {
  if (refreshMs % 3_600_000 === 0) return `${refreshMs / 3_600_000}h`
  return refreshMs % 60_000 === 0 ? `${refreshMs / 60_000}m` : `${refreshMs / 1000}s`
}
