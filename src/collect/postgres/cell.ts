/** A value as PostgreSQL writes it; null is NULL. */
export type Cell = string | null

/** Numbers of types in `pg_type`, which are the same in every PostgreSQL. */
const BOOL = 16
const DATE = 1082
const TIMESTAMP = 1114
const TIMESTAMP_WITH_ZONE = 1184

/**
 * The number of a cell as postgres_exporter reads it: NULL is NaN, a time is whole seconds since 1970, true is 1. Undefined for
 * what is no number. Times must be written in style ISO and in UTC.
 */
export function numberOf(cell: Cell, type: number): number | undefined {
  if (cell === null) return Number.NaN
  if (type === BOOL) return cell === 't' ? 1 : 0
  if (type === TIMESTAMP || type === TIMESTAMP_WITH_ZONE || type === DATE) return secondsOf(cell)
  if (/^[+-]?inf(?:inity)?$/i.test(cell)) return cell.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(cell)) return Number.NaN
  if (cell.trim() === '') return undefined
  const value = Number(cell)
  return Number.isNaN(value) ? undefined : value
}

function secondsOf(cell: string): number | undefined {
  const [, day, time = '00:00:00'] =
    /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.\d+)?(?:\+00)?)?$/.exec(cell) ?? []
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

/** The text of a cell as the value of a label: NULL is empty. */
export function labelOf(cell: Cell, type: number): string {
  if (cell === null) return ''
  if (type === BOOL) return cell === 't' ? 'true' : 'false'
  if (type === TIMESTAMP || type === TIMESTAMP_WITH_ZONE) return String(secondsOf(cell) ?? cell)
  return cell
}

/** The numbers of an array such as `{1,2.5,NULL}`; undefined when it is none, or one of arrays or texts. */
export function numbersOf(cell: Cell): readonly number[] | undefined {
  if (cell === null) return []
  const inner = /^\{([^{}"]*)\}$/.exec(cell)?.[1]
  if (inner === undefined) return undefined
  if (inner === '') return []
  const values = inner.split(',').map((one) => (one === 'NULL' ? Number.NaN : Number(one)))
  return values
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a duration in Go's notation (`1h2m3.5s`), or of a bare number, which is milliseconds already. */
export function millisecondsOf(cell: Cell): number | undefined {
  if (cell === null || cell === '' || cell === '-1') return undefined
  const bare = Number(cell)
  if (!Number.isNaN(bare)) return bare
  const [, sign, parts] = /^([+-]?)((?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(cell) ?? []
  if (parts === undefined) return undefined
  let sum = 0
  for (const [, value, unit] of parts.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(value) * (UNIT_MS[unit ?? ''] ?? 0)
  }
  return sign === '-' ? -sum : sum
}
