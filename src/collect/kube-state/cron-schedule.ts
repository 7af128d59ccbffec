interface Field {
  readonly least: number
  readonly most: number
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const MINUTE: Field = { least: 0, most: 59 }
const HOUR: Field = { least: 0, most: 23 }
const DAY: Field = { least: 1, most: 31 }
const MONTH: Field = { least: 1, most: 12, names: MONTHS }
const WEEKDAY: Field = { least: 0, most: 6, names: DAYS }

const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** 29 February may be eight years away. */
const MAX_DAYS = 366 * 8 + 2
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

interface Schedule {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  readonly isAnyDay: boolean
  readonly isAnyWeekday: boolean
}

/**
 * When the schedule of a CronJob (five fields, names, `@daily`, `@every 1h30m`; robfig/cron, ParseStandard) comes next after
 * `sinceSeconds`, in seconds of Unix time. Without a time zone it is that of UTC, in which controllers run. `invalid` where the
 * schedule or the zone cannot be read; undefined where it never comes.
 */
export function nextRun(
  written: string,
  sinceSeconds: number | undefined,
  timeZone: string,
): number | 'invalid' | undefined {
  const everySeconds = readEvery(written)
  if (everySeconds !== undefined)
    return sinceSeconds === undefined ? undefined : sinceSeconds + everySeconds
  const schedule = readSchedule(SHORTHANDS[written.trim()] ?? written)
  const offsetMs = zoneOffset(timeZone)
  if (schedule === undefined || offsetMs === undefined) return 'invalid'
  if (sinceSeconds === undefined) return undefined
  const sinceMs = sinceSeconds * 1000
  const wallMs = nextWallTime(schedule, sinceMs + offsetMs(sinceMs))
  if (wallMs === undefined) return undefined
  // The offset at the wall time is nearly that at the same time of UTC; asked again, it is right but in the hour that is skipped.
  const aboutMs = wallMs - offsetMs(wallMs)
  return (wallMs - offsetMs(aboutMs)) / 1000
}

function nextWallTime(schedule: Schedule, afterMs: number): number | undefined {
  const firstDayMs = Math.floor(afterMs / DAY_MS) * DAY_MS
  for (let day = 0; day < MAX_DAYS; day++) {
    const dayMs = firstDayMs + day * DAY_MS
    if (!isDay(schedule, new Date(dayMs))) continue
    for (const hour of schedule.hours) {
      for (const minute of schedule.minutes) {
        const atMs = dayMs + (hour * 60 + minute) * MINUTE_MS
        if (atMs > afterMs) return atMs
      }
    }
  }
  return undefined
}

/** Where both a day of the month and a weekday are named, either will do. */
function isDay(schedule: Schedule, date: Date): boolean {
  if (!schedule.months.has(date.getUTCMonth() + 1)) return false
  const isDayOfMonth = schedule.days.has(date.getUTCDate())
  const isWeekday = schedule.weekdays.has(date.getUTCDay())
  return schedule.isAnyDay || schedule.isAnyWeekday
    ? isDayOfMonth && isWeekday
    : isDayOfMonth || isWeekday
}

function readSchedule(written: string): Schedule | undefined {
  const fields = written.trim().split(/\s+/)
  if (fields.length !== 5) return undefined
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const minutes = readField(minute, MINUTE)
  const hours = readField(hour, HOUR)
  const days = readField(day, DAY)
  const months = readField(month, MONTH)
  const weekdays = readField(weekday, WEEKDAY)
  if (!minutes || !hours || !days || !months || !weekdays) return undefined
  return {
    minutes: sorted(minutes),
    hours: sorted(hours),
    days,
    months,
    weekdays,
    isAnyDay: /^[*?]/.test(day),
    isAnyWeekday: /^[*?]/.test(weekday),
  }
}

function readField(written: string, field: Field): ReadonlySet<number> | undefined {
  const out = new Set<number>()
  for (const part of written.split(',')) {
    const [range = '', stepText, ...more] = part.split('/')
    const step = stepText === undefined ? 1 : readNumber(stepText)
    if (more.length > 0 || step === undefined || step < 1) return undefined
    const ends = readRange(range, stepText !== undefined, field)
    if (ends === undefined) return undefined
    for (let value = ends[0]; value <= ends[1]; value += step) out.add(value)
  }
  return out
}

/** `*`, one value, or two; one value with a step goes on to the end. */
function readRange(
  written: string,
  hasStep: boolean,
  field: Field,
): readonly [number, number] | undefined {
  if (written === '*' || written === '?') return [field.least, field.most]
  const ends = written.split('-').map((each) => readValue(each, field))
  const [first, last] = ends
  if (first === undefined || ends.length > 2 || (ends.length === 2 && last === undefined))
    return undefined
  const end = last ?? (hasStep ? field.most : first)
  return first >= field.least && end <= field.most && first <= end ? [first, end] : undefined
}

function readValue(written: string, { names, least }: Field): number | undefined {
  const position = names?.indexOf(written.toLowerCase()) ?? -1
  return position >= 0 ? position + least : readNumber(written)
}

function readNumber(written: string): number | undefined {
  return /^\d{1,4}$/.test(written) ? Number(written) : undefined
}

function sorted(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b)
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 }

function readEvery(written: string): number | undefined {
  const [, text = ''] = /^@every ((?:\d{1,6}[hms])+)$/.exec(written.trim()) ?? []
  let total = 0
  for (const [, digits = '', unit = ''] of text.matchAll(/(\d+)([hms])/g))
    total += Number(digits) * (UNIT_SECONDS[unit] ?? 0)
  return total > 0 ? total : undefined
}

/** How far the wall clock of a zone is ahead of UTC at a time; undefined for a zone that nobody knows. */
function zoneOffset(timeZone: string): ((timestampMs: number) => number) | undefined {
  if (timeZone === '' || timeZone === 'UTC') return () => 0
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  } catch {
    return undefined
  }
  return (timestampMs) => {
    const parts = Object.fromEntries(
      format.formatToParts(timestampMs).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    const wallMs = Date.UTC(year, month - 1, day, hour, minute, second)
    return wallMs - Math.floor(timestampMs / 1000) * 1000
  }
}
