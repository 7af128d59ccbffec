import { quoteString } from '../../model/go-notation.ts'
import type { GoFunction } from '../gotemplate/function.ts'
import { aString, anything, define } from '../gotemplate/function.ts'
import { parseLayout } from '../gotemplate/time-layout.ts'
import { aTime, GoTime } from '../gotemplate/time.ts'
import { isZone, lookUpZone } from '../gotemplate/zone.ts'
import { integerOf } from '../gotemplate/value.ts'

/** The functions on times. What Go calls Local is UTC here, so that a query answers the same everywhere. */
export function timeFunctions(): [string, GoFunction][] {
  return [
    ['now', define([], (context) => GoTime.fromMs(context.timestampMs))],
    [
      'date',
      define([aString, anything], (layout, value, context) => {
        if (value instanceof GoTime) return value.format(layout)
        const seconds = integerOf(value)
        const time =
          seconds === undefined
            ? GoTime.fromMs(context.timestampMs)
            : new GoTime(seconds * 1_000_000_000n)
        return time.format(layout)
      }),
    ],
    ['toDate', define([aString, aString], (layout, text) => parseIn(layout, 'UTC', text))],
    [
      'toDateInZone',
      define([aString, aString, aString], (layout, zone, text) => parseIn(layout, zone, text)),
    ],
    ['unixEpoch', define([aTime], (time) => String(floorDivide(time.epochNs, 1_000_000_000n)))],
    ['unixEpochMillis', define([aTime], (time) => String(floorDivide(time.epochNs, 1_000_000n)))],
    ['unixEpochNanos', define([aTime], (time) => String(time.epochNs))],
    ['unixToTime', define([aString], unixToTime)],
  ]
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}

/** The zero time for a text that does not fit the layout. */
function parseIn(layout: string, zoneName: string, text: string): GoTime {
  const zone = zoneName !== 'Local' && zoneName !== '' && isZone(zoneName) ? zoneName : 'UTC'
  const epochNs = parseLayout(layout, text)
  if (epochNs === undefined) return GoTime.zero()
  const hasOffset = /Z07|-07/.test(layout)
  if (zone === 'UTC' || hasOffset) return new GoTime(epochNs, zone)
  const { offsetSeconds } = lookUpZone(zone, Number(epochNs / 1_000_000n))
  return new GoTime(epochNs - BigInt(offsetSeconds) * 1_000_000_000n, zone)
}

/** How many nanoseconds the unit of a time has that is written with so many characters. */
const UNIT_BY_LENGTH: ReadonlyMap<number, bigint> = new Map([
  [5, 86_400_000_000_000n],
  [10, 1_000_000_000n],
  [13, 1_000_000n],
  [16, 1_000n],
  [19, 1n],
])

/** Days, seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their length. */
function unixToTime(text: string): GoTime {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    const reason = `strconv.ParseInt: parsing ${quoteString(text)}: invalid syntax`
    throw new Error(`unable to parse time '${text}': ${reason}`)
  }
  const unit = UNIT_BY_LENGTH.get(text.length)
  if (unit === undefined) throw new Error(`unable to parse time '${text}': %!w(<nil>)`)
  return new GoTime(BigInt(text) * unit)
}
