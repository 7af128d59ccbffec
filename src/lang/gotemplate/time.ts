import type { GoFunction, Param } from './function.ts'
import { aString, anInt, define } from './function.ts'
import type { Calendar } from './time-layout.ts'
import { MONTHS, WEEKDAYS, formatLayout } from './time-layout.ts'
import type { GoValue } from './value.ts'
import { GoNamed, GoStruct } from './value.ts'
import { lookUpZone } from './zone.ts'

const NS_PER_SECOND = 1_000_000_000n
const NS_PER_MS = 1_000_000n
/** The zero time.Time: the first of January of the year 1. */
const ZERO_SECONDS = -62_135_596_800n

/** A time.Duration: nanoseconds that print as `1h2m3.5s`. */
export class GoDuration extends GoNamed {
  constructor(nanoseconds: bigint) {
    super('time.Duration', nanoseconds)
  }

  override text(): string {
    return formatDuration(this.value)
  }

  override method(name: string): GoFunction | undefined {
    const ns = this.value
    switch (name) {
      case 'Nanoseconds':
        return define([], () => ns)
      case 'Microseconds':
        return define([], () => ns / 1000n)
      case 'Milliseconds':
        return define([], () => ns / NS_PER_MS)
      case 'Seconds':
        return define([], () => inUnits(ns, NS_PER_SECOND))
      case 'Minutes':
        return define([], () => inUnits(ns, 60n * NS_PER_SECOND))
      case 'Hours':
        return define([], () => inUnits(ns, 3600n * NS_PER_SECOND))
      case 'Abs':
        return define([], () => new GoDuration(ns < 0n ? -ns : ns))
      case 'Truncate':
        return define([aDuration], ({ value }) => new GoDuration(truncate(ns, value)))
      case 'Round':
        return define([aDuration], ({ value }) => new GoDuration(round(ns, value)))
      case 'String':
        return define([], () => this.text())
      default:
        return undefined
    }
  }
}

/** Go's way to a fraction: the whole units and the rest, each exact, then added. */
function inUnits(ns: bigint, unit: bigint): number {
  return Number(ns / unit) + Number(ns % unit) / Number(unit)
}

function truncate(ns: bigint, unit: bigint): bigint {
  return unit <= 0n ? ns : ns - (ns % unit)
}

function round(ns: bigint, unit: bigint): bigint {
  if (unit <= 0n) return ns
  const rest = ns % unit
  const size = rest < 0n ? -rest : rest
  if (size * 2n < unit) return ns - rest
  return ns < 0n ? ns - rest - unit : ns - rest + unit
}

/** `time.Duration` as a parameter; an integer literal is nanoseconds. */
const aDuration: Param<GoDuration> = {
  name: 'time.Duration',
  literal: 'int',
  nilable: false,
  accepts: (value): value is GoDuration => value instanceof GoDuration,
  convert: (literal) => new GoDuration(literal),
}

/** Go's Duration.String: `1h2m3.5s`, below a second in the unit that has a whole part. */
function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const sign = nanoseconds < 0n ? '-' : ''
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size < 1000n) return `${sign}${size}ns`
  if (size < NS_PER_MS) return `${sign}${decimal(size, 1000n)}µs`
  if (size < NS_PER_SECOND) return `${sign}${decimal(size, NS_PER_MS)}ms`
  const minutes = size / (60n * NS_PER_SECOND)
  const seconds = `${decimal(size % (60n * NS_PER_SECOND), NS_PER_SECOND)}s`
  if (minutes === 0n) return sign + seconds
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
}

function decimal(size: bigint, unit: bigint): string {
  const digits = String(unit).length - 1
  const rest = String(size % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '')
  return rest === '' ? String(size / unit) : `${size / unit}.${rest}`
}

/** A time.Month or time.Weekday: a number that prints as a name. */
class GoNamedDay extends GoNamed {
  readonly #name: string

  constructor(typeName: string, value: number, name: string) {
    super(typeName, BigInt(value))
    this.#name = name
  }

  override text(): string {
    return this.#name
  }

  override method(name: string): GoFunction | undefined {
    return name === 'String' ? define([], () => this.#name) : undefined
  }
}

/** A time.Time: a moment of nanoseconds, seen in a zone. */
export class GoTime extends GoStruct {
  /** Since 1970, UTC. */
  readonly epochNs: bigint
  /** IANA name. */
  readonly zone: string

  constructor(epochNs: bigint, zone = 'UTC') {
    super('time.Time', {})
    this.epochNs = epochNs
    this.zone = zone
  }

  /** From milliseconds since 1970. */
  static fromMs(epochMs: number, zone?: string): GoTime {
    const whole = Math.floor(epochMs)
    const rest = Math.round((epochMs - whole) * 1e6)
    return new GoTime(BigInt(whole) * NS_PER_MS + BigInt(rest), zone)
  }

  /** Go's zero time, `0001-01-01 00:00:00 +0000 UTC`. */
  static zero(): GoTime {
    return new GoTime(ZERO_SECONDS * NS_PER_SECOND)
  }

  in(zone: string): GoTime {
    return new GoTime(this.epochNs, zone)
  }

  get isZero(): boolean {
    return this.epochNs === ZERO_SECONDS * NS_PER_SECOND
  }

  override equals(other: GoStruct): boolean {
    return other instanceof GoTime && other.epochNs === this.epochNs && other.zone === this.zone
  }

  override text(): string {
    return this.format('2006-01-02 15:04:05.999999999 -0700 MST')
  }

  /** By a layout of Go's time package. */
  format(layout: string): string {
    return formatLayout(layout, this.calendar())
  }

  /** RFC 3339 with as many digits of the second as needed, as encoding/json writes it. */
  toJson(): string {
    return this.format('2006-01-02T15:04:05.999999999Z07:00')
  }

  calendar(): Calendar {
    const epochSeconds = floorDivide(this.epochNs, NS_PER_SECOND)
    const epochMs = Number(epochSeconds) * 1000
    const { offsetSeconds, abbreviation } = lookUpZone(this.zone, epochMs)
    const local = new Date(epochMs + offsetSeconds * 1000)
    const year = local.getUTCFullYear()
    const newYear = new Date(local)
    newYear.setUTCMonth(0, 1)
    return {
      year,
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
      second: local.getUTCSeconds(),
      nanosecond: Number(this.epochNs - epochSeconds * NS_PER_SECOND),
      weekday: local.getUTCDay(),
      yearDay: Math.round((local.getTime() - newYear.getTime()) / 86_400_000) + 1,
      offsetSeconds,
      abbreviation,
    }
  }

  override method(name: string): GoFunction | undefined {
    switch (name) {
      case 'Format':
        return define([aString], (layout) => this.format(layout))
      case 'String':
        return define([], () => this.text())
      case 'UTC':
        return define([], () => this.in('UTC'))
      case 'Local':
        return define([], (context) => this.in(context.localZone))
      case 'IsZero':
        return define([], () => this.isZero)
      case 'Unix':
        return define([], () => floorDivide(this.epochNs, NS_PER_SECOND))
      case 'UnixMilli':
        return define([], () => floorDivide(this.epochNs, NS_PER_MS))
      case 'UnixMicro':
        return define([], () => floorDivide(this.epochNs, 1000n))
      case 'UnixNano':
        return define([], () => this.epochNs)
      default:
        return this.#calendarMethod(name) ?? this.#arithmeticMethod(name)
    }
  }

  #calendarMethod(name: string): GoFunction | undefined {
    const part = (read: (at: Calendar) => GoValue): GoFunction => {
      return define([], () => read(this.calendar()))
    }
    switch (name) {
      case 'Year':
        return part((at) => BigInt(at.year))
      case 'Month':
        return part((at) => new GoNamedDay('time.Month', at.month, MONTHS[at.month - 1] ?? ''))
      case 'Day':
        return part((at) => BigInt(at.day))
      case 'Hour':
        return part((at) => BigInt(at.hour))
      case 'Minute':
        return part((at) => BigInt(at.minute))
      case 'Second':
        return part((at) => BigInt(at.second))
      case 'Nanosecond':
        return part((at) => BigInt(at.nanosecond))
      case 'Weekday':
        return part((at) => new GoNamedDay('time.Weekday', at.weekday, WEEKDAYS[at.weekday] ?? ''))
      case 'YearDay':
        return part((at) => BigInt(at.yearDay))
      default:
        return undefined
    }
  }

  #arithmeticMethod(name: string): GoFunction | undefined {
    switch (name) {
      case 'Add':
        return define([aDuration], ({ value }) => new GoTime(this.epochNs + value, this.zone))
      case 'AddDate':
        return define([anInt, anInt, anInt], (years, months, days) =>
          this.#addDate(Number(years), Number(months), Number(days)),
        )
      case 'Sub':
        return define([aTime], (other) => new GoDuration(this.epochNs - other.epochNs))
      case 'Before':
        return define([aTime], (other) => this.epochNs < other.epochNs)
      case 'After':
        return define([aTime], (other) => this.epochNs > other.epochNs)
      case 'Equal':
        return define([aTime], (other) => this.epochNs === other.epochNs)
      case 'Truncate':
        return define([aDuration], ({ value }) => this.#from(truncate(this.#sinceZero(), value)))
      case 'Round':
        return define([aDuration], ({ value }) => this.#from(round(this.#sinceZero(), value)))
      default:
        return undefined
    }
  }

  /** Go rounds times from the zero time on. */
  #sinceZero(): bigint {
    return this.epochNs - ZERO_SECONDS * NS_PER_SECOND
  }

  #from(sinceZero: bigint): GoTime {
    return new GoTime(sinceZero + ZERO_SECONDS * NS_PER_SECOND, this.zone)
  }

  #addDate(years: number, months: number, days: number): GoTime {
    const at = this.calendar()
    const date = new Date(0)
    date.setUTCFullYear(at.year + years, at.month - 1 + months, at.day + days)
    date.setUTCHours(at.hour, at.minute, at.second)
    if (Number.isNaN(date.getTime())) throw new Error('date out of range')
    const { offsetSeconds } = lookUpZone(this.zone, date.getTime() - at.offsetSeconds * 1000)
    const epochMs = BigInt(date.getTime() - offsetSeconds * 1000)
    return new GoTime(epochMs * NS_PER_MS + BigInt(at.nanosecond), this.zone)
  }
}

/** `time.Time` as a parameter. */
export const aTime: Param<GoTime> = {
  name: 'time.Time',
  literal: 'none',
  nilable: false,
  accepts: (value): value is GoTime => value instanceof GoTime,
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value < 0n && value % by !== 0n ? value / by - 1n : value / by
}
