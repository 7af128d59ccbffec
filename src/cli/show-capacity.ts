import { formatDurationMs } from '../model/duration.ts'
import type { DiskCapacity, ServerCapacity, Sized } from './capacity.ts'
import { printable } from './printable.ts'
import { formatMinute, formatTable } from './table.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** What would take longer is told as "not soon": no growth goes on for so long. */
const FAR_DAYS = 3650

/** Servers one after the other: the disk first, then databases, then the tables that change most. */
export function showCapacity(
  servers: readonly ServerCapacity[],
  mostTables: number,
  nowMs: number,
): string {
  return servers.map((one) => showServer(one, mostTables, nowMs)).join('\n')
}

function showServer(server: ServerCapacity, mostTables: number, nowMs: number): string {
  const { databases, tables, disk, walBytes, spanMs } = server
  const span = formatDurationMs(Math.floor(spanMs / MINUTE_MS) * MINUTE_MS)
  const since = spanMs < MINUTE_MS ? 'seen for less than a minute' : `by the last ${span}`
  const head = [`PostgreSQL ${printable(server.server)}, ${since}`]
  head.push(
    `  disk  ${disk === undefined ? 'not known: it is on another machine' : describeDisk(disk, nowMs)}`,
  )
  if (walBytes !== undefined) head.push(`  log   ${bytes(walBytes)} of write-ahead log`)
  const blocks = [`${head.join('\n')}\n`, table('database', databases)]
  if (tables.length > 0) blocks.push(table('table', tables.slice(0, mostTables)))
  return blocks.join('\n')
}

function describeDisk(disk: DiskCapacity, nowMs: number): string {
  const { sizeBytes, availBytes, growthBytesPerDay, fullInDays } = disk
  const free = `${bytes(availBytes)} of ${bytes(sizeBytes)} free`
  if (growthBytesPerDay === undefined)
    return `${free}; how it fills is not known before an hour is over`
  if (fullInDays === undefined) return `${free}, and not less from day to day`
  const rate = `${free}, ${growth(growthBytesPerDay)} a day`
  if (fullInDays > FAR_DAYS) return `${rate}: not full soon`
  const day = formatMinute(nowMs + fullInDays * DAY_MS).slice(0, 10)
  return `${rate}: full in ${fullInDays < 10 ? fullInDays.toFixed(1) : Math.round(fullInDays)} days (${day})`
}

function table(heading: string, rows: readonly Sized[]): string {
  const text = formatTable(
    [heading, 'size', 'a day'],
    rows.map(({ name, sizeBytes, growthBytesPerDay }) => [
      name,
      bytes(sizeBytes),
      growthBytesPerDay === undefined ? '?' : growth(growthBytesPerDay),
    ]),
  )
  return text.replaceAll(/^(?=.)/gm, '  ')
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

function bytes(value: number): string {
  let scaled = Math.abs(value)
  let unit = 0
  while (scaled >= 1023.5 && unit < UNITS.length - 1) {
    scaled /= 1024
    unit++
  }
  const digits = unit === 0 || scaled >= 100 ? 0 : 1
  return `${value < 0 ? '-' : ''}${scaled.toFixed(digits)} ${UNITS[unit]}`
}

function growth(perDay: number): string {
  if (Math.abs(perDay) < 1) return '0'
  return perDay > 0 ? `+${bytes(perDay)}` : bytes(perDay)
}
