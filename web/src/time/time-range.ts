import { isRelative, parseTime } from './date-math.ts'
import { formatDateTime } from './format-time.ts'
import type { TimeZone } from './zone.ts'

/** A range as URLs and dashboards write it; each end by itself is what `parseTime` reads. */
export interface TimeRange {
  readonly from: string
  readonly to: string
}

export interface ResolvedRange {
  readonly fromMs: number
  readonly toMs: number
}

/** The shortest range that zooming in may give. */
const LEAST_MS = 1000

/** Both ends in milliseconds; undefined when one cannot be read or the range is empty. */
export function resolveRange(
  range: TimeRange,
  nowMs: number,
  zone: TimeZone,
): ResolvedRange | undefined {
  const fromMs = parseTime(range.from, { nowMs, zone, roundsUp: false })
  const toMs = parseTime(range.to, { nowMs, zone, roundsUp: true })
  return fromMs !== undefined && toMs !== undefined && fromMs < toMs ? { fromMs, toMs } : undefined
}

/** A range that stays where it is. */
export function absoluteRange({ fromMs, toMs }: ResolvedRange): TimeRange {
  const middle = (fromMs + toMs) / 2
  const half = Math.max(LEAST_MS, toMs - fromMs) / 2
  return { from: String(Math.round(middle - half)), to: String(Math.round(middle + half)) }
}

/** Half of the range earlier (-1) or later (1), as Grafana shifts; never past now. */
export function shiftRange(range: ResolvedRange, direction: -1 | 1, nowMs: number): TimeRange {
  const lengthMs = range.toMs - range.fromMs
  const wantedMs = (direction * lengthMs) / 2
  const byMs = direction === 1 ? Math.max(0, Math.min(wantedMs, nowMs - range.toMs)) : wantedMs
  return absoluteRange({ fromMs: range.fromMs + byMs, toMs: range.toMs + byMs })
}

/** Twice the range around its middle; what would lie past now is taken from the past instead. */
export function zoomOut(range: ResolvedRange, nowMs: number): TimeRange {
  const lengthMs = range.toMs - range.fromMs
  const toMs = Math.max(range.toMs, Math.min(range.toMs + lengthMs / 2, nowMs))
  return absoluteRange({ fromMs: toMs - 2 * lengthMs, toMs })
}

/** Ranges that a person picks by name, shortest first. */
export const QUICK_RANGES: readonly { readonly label: string; readonly range: TimeRange }[] = [
  ...[
    ['5m', '5 minutes'],
    ['15m', '15 minutes'],
    ['30m', '30 minutes'],
    ['1h', '1 hour'],
    ['3h', '3 hours'],
    ['6h', '6 hours'],
    ['12h', '12 hours'],
    ['24h', '24 hours'],
    ['2d', '2 days'],
    ['7d', '7 days'],
    ['30d', '30 days'],
    ['90d', '90 days'],
    ['1y', '1 year'],
  ].map(([from = '', label = '']) => ({
    label: `Last ${label}`,
    range: { from: `now-${from}`, to: 'now' },
  })),
  { label: 'Today', range: { from: 'now/d', to: 'now/d' } },
  { label: 'Today so far', range: { from: 'now/d', to: 'now' } },
  { label: 'Yesterday', range: { from: 'now-1d/d', to: 'now-1d/d' } },
  { label: 'This week', range: { from: 'now/w', to: 'now/w' } },
  { label: 'Last week', range: { from: 'now-1w/w', to: 'now-1w/w' } },
  { label: 'This month', range: { from: 'now/M', to: 'now/M' } },
]

const UNIT_NAMES: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  M: 'month',
  Q: 'quarter',
  y: 'year',
}

/** What a person calls a range: `Last 6 hours`, `Yesterday`, or its two times. */
export function describeRange(range: TimeRange, zone: TimeZone): string {
  const quick = QUICK_RANGES.find((q) => q.range.from === range.from && q.range.to === range.to)
  if (quick) return quick.label
  const last = range.to === 'now' ? /^now-(\d+)([smhdwMQy])$/.exec(range.from) : null
  if (last) {
    const count = Number(last[1])
    return `Last ${count} ${UNIT_NAMES[last[2] ?? ''] ?? ''}${count === 1 ? '' : 's'}`
  }
  return `${describeTime(range.from, zone)} to ${describeTime(range.to, zone)}`
}

function describeTime(text: string, zone: TimeZone): string {
  if (isRelative(text)) return text
  const timeMs = parseTime(text, { nowMs: 0, zone, roundsUp: false })
  return timeMs === undefined ? text : formatDateTime(timeMs, zone)
}
