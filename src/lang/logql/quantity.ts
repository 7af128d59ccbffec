import { parseDurationMs } from '../../model/duration.ts'
import { quoteString } from '../../model/go-notation.ts'

/** A number read from a text, or why none could be read, in Go's words. */
export type Quantity = { readonly value: number } | { readonly fault: string }

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** Go's time.ParseDuration (`1h2m3.5s`, with a sign, down to `ns`), in nanoseconds. */
export function parseGoDurationNs(text: string): Quantity {
  const invalid = { fault: `time: invalid duration ${quoteString(text)}` }
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (body === '0') return { value: 0 }
  if (body === '') return invalid
  let at = 0
  let total = 0
  while (at < body.length) {
    const found = /^([0-9]*)(\.?)([0-9]*)([^0-9.]*)/.exec(body.slice(at))
    if (!found) return invalid
    const [all, whole = '', dot = '', fraction = '', unit = ''] = found
    if (whole === '' && fraction === '') return invalid
    if (unit === '') return { fault: `time: missing unit in duration ${quoteString(text)}` }
    const size = UNIT_NS[unit]
    if (size === undefined) {
      return {
        fault: `time: unknown unit ${quoteString(unit)} in duration ${quoteString(text)}`,
      }
    }
    total += Number(whole === '' ? 0 : whole) * size
    if (dot !== '' && fraction !== '')
      total += Math.trunc((Number(fraction) / 10 ** fraction.length) * size)
    at += all.length
  }
  if (total > 2 ** 63) return invalid
  return { value: sign === '-' ? -total : total }
}

/** A duration of a query in nanoseconds: Prometheus's notation (`1d`) or Go's (`-1.5h`); undefined when it is neither. */
export function parseQueryDurationNs(text: string): number | undefined {
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined) return durationMs * 1e6
  const read = parseGoDurationNs(text)
  return 'value' in read ? read.value : undefined
}

const BYTE_UNITS: ReadonlyMap<string, number> = new Map(
  ['', 'k', 'm', 'g', 't', 'p', 'e'].flatMap((unit, power): [string, number][] =>
    unit === ''
      ? [
          ['', 1],
          ['b', 1],
        ]
      : [
          [unit, 1000 ** power],
          [`${unit}b`, 1000 ** power],
          [`${unit}i`, 1024 ** power],
          [`${unit}ib`, 1024 ** power],
        ],
  ),
)

/** A size such as `5.2 MiB` or `1,000kB` in whole bytes, as the library go-humanize reads it. */
export function parseBytes(text: string): Quantity {
  const digits = /^[0-9.,]*/.exec(text)?.[0] ?? ''
  const plain = digits.replaceAll(',', '')
  const number = parseGoFloat(plain)
  if ('fault' in number) return number
  const suffix = text.slice(digits.length).trim().toLowerCase()
  const size = BYTE_UNITS.get(suffix)
  if (size === undefined) return { fault: `unhandled size name: ${suffix}` }
  const value = number.value * size
  if (value >= 2 ** 64) return { fault: `too large: ${text}` }
  return { value: Math.trunc(value) }
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/

/** Go's strconv.ParseFloat(text, 64). */
export function parseGoFloat(text: string): Quantity {
  const explain = (reason: string): Quantity => ({
    fault: `strconv.ParseFloat: parsing ${quoteString(text)}: ${reason}`,
  })
  if (DECIMAL.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? { value } : explain('value out of range')
  }
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special) {
    if (special[2]?.toLowerCase() === 'nan')
      return special[1] === '' ? { value: NaN } : explain('invalid syntax')
    return { value: special[1] === '-' ? -Infinity : Infinity }
  }
  const hex = HEX.exec(text)
  if (hex) {
    const [, sign = '', whole = '', fraction = '', power = '0'] = hex
    if (whole === '' && fraction === '') return explain('invalid syntax')
    const digits = BigInt(`0x0${whole}${fraction}`)
    const value = Number(digits) * 2 ** (Number(power) - 4 * fraction.length)
    if (!Number.isFinite(value)) return explain('value out of range')
    return { value: sign === '-' ? -value : value }
  }
  return explain('invalid syntax')
}
