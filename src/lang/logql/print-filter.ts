import { formatFloat, quoteString } from '../../model/go-notation.ts'
import type { LabelFilter } from './ast.ts'

/** A label filter in one line; filters with several conditions are in parentheses, as Loki prints them. */
export function printLabelFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'string': {
      const { name, op, value } = filter.matcher
      return name + op + quoteString(value)
    }
    case 'number':
      return `${filter.name}${filter.op}${formatFloat(filter.value)}`
    case 'duration':
      return `${filter.name}${filter.op}${printDuration(filter.value)}`
    case 'bytes':
      return `${filter.name}${filter.op}${printBytes(filter.value)}`
    case 'ip':
      return `${filter.name}${filter.op}ip(${quoteString(filter.text)})`
    case 'and':
      return `( ${printLabelFilter(filter.left)} , ${printLabelFilter(filter.right)} )`
    case 'or':
      return `( ${printLabelFilter(filter.left)} or ${printLabelFilter(filter.right)} )`
    default:
      return filter satisfies never
  }
}

/** Go's Duration.String: `1h2m3.5s`, below a second in the unit that has a whole part. */
function printDuration(durationNs: number): string {
  if (durationNs === 0) return '0s'
  const sign = durationNs < 0 ? '-' : ''
  const size = Math.abs(durationNs)
  if (size < 1e3) return `${sign}${size}ns`
  if (size < 1e6) return `${sign}${size / 1e3}µs`
  if (size < 1e9) return `${sign}${size / 1e6}ms`
  const minutes = Math.floor(size / 60e9)
  const seconds = `${(size - minutes * 60e9) / 1e9}s`
  if (minutes === 0) return sign + seconds
  if (minutes < 60) return `${sign}${minutes}m${seconds}`
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** The largest unit that gives the size back exactly; Loki rounds here. */
function printBytes(sizeBytes: number): string {
  let power = 0
  while (power + 1 < UNITS.length && sizeBytes !== 0 && sizeBytes % 1000 ** (power + 1) === 0)
    power++
  return `${sizeBytes / 1000 ** power}${UNITS[power]}`
}
