import type { MetricFamily } from '../../../model/metric-family.ts'
import type { Cell } from '../cell.ts'
import { validName } from '../read-rows.ts'

const SECONDS: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
}
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
}

/** The unit that a setting is written in: what it is converted to, and by what. */
interface Unit {
  readonly name: 'seconds' | 'bytes'
  readonly factor: number
}

/** `ms`, `kB`, or a number of them such as `8kB`. */
function readUnit(unit: string): Unit | undefined {
  const [, times = '', word = ''] = /^(\d*)([A-Za-z]+)$/.exec(unit) ?? []
  const count = times === '' ? 1 : Number(times)
  const seconds = SECONDS[word]
  if (seconds !== undefined) return { name: 'seconds', factor: count * seconds }
  const bytes = BYTES[word]
  return bytes === undefined ? undefined : { name: 'bytes', factor: count * bytes }
}

/**
 * Settings as gauges: `pg_settings_NAME`, with `_seconds` or `_bytes` behind it where the server names a unit; -1, which mostly
 * means "off", is never converted. Rows are name, setting, unit, description, type. A value that is no number is left out.
 */
export function readSettings(
  rows: readonly (readonly Cell[])[],
  labels: readonly string[],
): MetricFamily[] {
  return rows.flatMap(([name, setting, unit, help, type]) => {
    const family = (end: string, text: string, value: number): MetricFamily[] => [
      {
        name: validName(`pg_settings_${name ?? ''}${end}`),
        help: text,
        type: 'gauge',
        metrics: [{ labels, value }],
      },
    ]
    const about = help ?? ''
    if (type === 'bool') return family('', about, setting === 'on' ? 1 : 0)
    // Some services write the unit behind the value, too.
    const value = Number(/^[+-]?[\d.]+(?:e[+-]?\d+)?/i.exec(setting ?? '')?.[0] ?? Number.NaN)
    if (Number.isNaN(value)) return []
    const found = readUnit(unit ?? '')
    if (found === undefined) return unit === '' ? family('', about, value) : []
    const scaled = value === -1 ? -1 : value * found.factor
    return family(`_${found.name}`, `${about} [Units converted to ${found.name}.]`, scaled)
  })
}
