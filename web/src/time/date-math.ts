import { fromLocal, toLocal, type LocalTime, type TimeZone } from './zone.ts'

/** Units of Grafana's date math, in the notation of its URLs. */
const UNITS = ['s', 'm', 'h', 'd', 'w', 'M', 'Q', 'y'] as const
type Unit = (typeof UNITS)[number]

const FIXED_MS: Readonly<Partial<Record<Unit, number>>> = { s: 1000, m: 60_000, h: 3_600_000 }

export interface DateMathOptions {
  readonly nowMs: number
  readonly zone: TimeZone
  /** Whether `/d` means the last millisecond of the day, as it does for the end of a range. */
  readonly roundsUp: boolean
}

/**
 * Reads a time as URLs and dashboards write it: `now`, `now-6h`, `now-1d/d`, `now/w+1d`, milliseconds since 1970, or an ISO
 * date. Without a zone of its own a date is one of `zone`. Undefined when it is none of these.
 */
export function parseTime(text: string, options: DateMathOptions): number | undefined {
  const trimmed = text.trim()
  if (trimmed.startsWith('now')) return parseRelative(trimmed.slice(3), options)
  if (/^-?\d{9,16}$/.test(trimmed)) return Number(trimmed)
  return parseDate(trimmed, options.zone)
}

/** Whether the text names a time by its distance from now. */
export function isRelative(text: string): boolean {
  return text.trim().startsWith('now')
}

function parseRelative(
  rest: string,
  { nowMs, zone, roundsUp }: DateMathOptions,
): number | undefined {
  let timeMs = nowMs
  const step = /([+-])(\d{0,6})([smhdwMQy])|\/([smhdwMQy])/gy
  while (step.lastIndex < rest.length) {
    const found = step.exec(rest)
    if (!found) return undefined
    const [, sign, count, unit, rounding] = found
    if (rounding !== undefined && isUnit(rounding)) timeMs = round(timeMs, rounding, zone, roundsUp)
    else if (unit !== undefined && isUnit(unit)) {
      const amount = count === '' ? 1 : Number(count)
      timeMs = add(timeMs, sign === '-' ? -amount : amount, unit, zone)
    }
  }
  return timeMs
}

function isUnit(text: string): text is Unit {
  return UNITS.some((unit) => unit === text)
}

function add(timeMs: number, amount: number, unit: Unit, zone: TimeZone): number {
  const fixedMs = FIXED_MS[unit]
  if (fixedMs !== undefined) return timeMs + amount * fixedMs
  const local = toLocal(timeMs, zone)
  switch (unit) {
    case 'd':
      return fromLocal({ ...local, day: local.day + amount }, zone)
    case 'w':
      return fromLocal({ ...local, day: local.day + 7 * amount }, zone)
    case 'M':
      return addMonths(local, amount, zone)
    case 'Q':
      return addMonths(local, 3 * amount, zone)
    default:
      return addMonths(local, 12 * amount, zone)
  }
}

/** The 31st of a month less one month is that month's last day. */
function addMonths(local: LocalTime, months: number, zone: TimeZone): number {
  const first = local.year * 12 + local.month - 1 + months
  const year = Math.floor(first / 12)
  const month = (first % 12) + 1
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return fromLocal({ ...local, year, month, day: Math.min(local.day, lastDay) }, zone)
}

function round(timeMs: number, unit: Unit, zone: TimeZone, up: boolean): number {
  const local = toLocal(timeMs, zone)
  const startMs = fromLocal(startOf(local, unit), zone)
  return up ? add(startMs, 1, unit, zone) - 1 : startMs
}

function startOf(local: LocalTime, unit: Unit): Partial<LocalTime> & { readonly year: number } {
  const { year, month, day, hour, minute, second } = local
  switch (unit) {
    case 's':
      return { year, month, day, hour, minute, second }
    case 'm':
      return { year, month, day, hour, minute }
    case 'h':
      return { year, month, day, hour }
    case 'd':
      return { year, month, day }
    case 'w': {
      // Weeks begin on Monday, as ISO 8601 has it.
      const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7
      return { year, month, day: day - weekday }
    }
    case 'M':
      return { year, month }
    case 'Q':
      return { year, month: month - ((month - 1) % 3) }
    default:
      return { year }
  }
}

function parseDate(text: string, zone: TimeZone): number | undefined {
  const found =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    )
  if (!found) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const millisecond = Number((found[7] ?? '').padEnd(3, '0'))
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 59) {
    return undefined
  }
  const local = { year, month, day, hour, minute, second, millisecond }
  const offset = found[8]
  if (offset === undefined) return fromLocal(local, zone)
  return fromLocal(local, 'utc') - offsetMinutes(offset) * 60_000
}

function offsetMinutes(offset: string): number {
  if (offset === 'Z') return 0
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2))
  return offset.startsWith('-') ? -minutes : minutes
}
