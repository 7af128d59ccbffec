/** Units that our own pages need. Dashboards have Grafana's list of units, which lives in their chunk. */
export type Unit = 'short' | 'count' | 'bytes' | 'bytes/s' | 'percent' | 'seconds' | 'per second'

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** A value as a person reads it. NaN is `NaN`, infinities are `+Inf` and `-Inf`, as Prometheus writes them. */
export function formatValue(value: number, unit: Unit = 'short'): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  switch (unit) {
    case 'short':
      return formatShort(value)
    case 'count':
      return Math.abs(value) < 1e15 ? groupDigits(value) : formatShort(value)
    case 'bytes':
      return scaled(value, 1024, BINARY, ' ')
    case 'bytes/s':
      return `${scaled(value, 1024, BINARY, ' ')}/s`
    case 'percent':
      return `${trimmed(value * 100)} %`
    case 'seconds':
      return formatSeconds(value)
    case 'per second':
      return `${formatShort(value)}/s`
    default:
      return unit satisfies never
  }
}

/** Every digit that the value has, for tables and tooltips where a person compares values. */
export function formatExact(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}

function formatShort(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && size < 0.0001) return value.toExponential(2)
  if (size >= 1e21) return value.toExponential(2)
  return scaled(value, 1000, SI, '')
}

/** `4.21 k`: three figures before the prefix. */
function scaled(value: number, base: number, prefixes: readonly string[], gap: string): string {
  let rest = Math.abs(value)
  let step = 0
  // What rounds up to the base is already the next prefix.
  while (rest >= base * 0.9995 && step < prefixes.length - 1) {
    rest /= base
    step += 1
  }
  return `${value < 0 ? '-' : ''}${trimmed(rest)}${gap}${prefixes[step] ?? ''}`
}

function trimmed(value: number): string {
  const size = Math.abs(value)
  if (size < 1) return String(Number(value.toPrecision(3)))
  return String(Number(value.toFixed(size >= 100 ? 1 : 2)))
}

function formatSeconds(value: number): string {
  const size = Math.abs(value)
  const sign = value < 0 ? '-' : ''
  if (size === 0) return '0 s'
  if (size < 1e-6) return `${sign}${trimmed(size * 1e9)} ns`
  if (size < 1e-3) return `${sign}${trimmed(size * 1e6)} µs`
  if (size < 1) return `${sign}${trimmed(size * 1e3)} ms`
  if (size < 120) return `${sign}${trimmed(size)} s`
  if (size < 7200) return `${sign}${trimmed(size / 60)} min`
  if (size < 172_800) return `${sign}${trimmed(size / 3600)} h`
  return `${sign}${trimmed(size / 86_400)} d`
}

function groupDigits(value: number): string {
  const [whole = '', fraction] = String(Number(value.toFixed(3))).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ' ')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
