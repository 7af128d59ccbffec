import type { ArchiveJson, DiskJson } from '../contract/disk.ts'
import { callIfKnown, type ApiClient } from './api-client.ts'
import { printable } from './printable.ts'

/** What a server says of its disk; null where it cannot: an older one, one with a ClickHouse, a Prometheus. */
export function readDisk(client: ApiClient): Promise<DiskJson | null> {
  return callIfKnown<DiskJson>(client, '/api/v1/status/disk')
}

/** The lines about the disk: how full, until when, and what was dropped for its sake. */
export function describeDisk(disk: DiskJson | null, nowMs: number): [string, string][] {
  if (disk === null) return []
  const of = disk.budgetBytes === null ? '' : ` of ${size(disk.budgetBytes)}`
  return [
    ['disk', `${size(disk.usedBytes)}${of}${describeFull(disk, nowMs)}`],
    ...disk.signals.flatMap((one): [string, string][] =>
      one.bytes === 0 && one.droppedBytes === 0 ? [] : [['', describeSignal(one, nowMs)]],
    ),
    ...(disk.aggregates ?? []).map((one): [string, string] => ['', describeAggregates(one)]),
    ...(disk.archive === undefined ? [] : describeArchive(disk.archive, nowMs)),
    ...others(disk),
    ...(disk.refusal === null
      ? []
      : [['refused', printable(disk.refusal)] satisfies [string, string]]),
  ]
}

function describeFull({ fullAtMs, fullIs, budgetBytes, signals }: DiskJson, nowMs: number): string {
  if (fullAtMs === null)
    return signals.some(({ bytesPerSecond }) => bytesPerSecond > 0) ? ', will not become full' : ''
  if (fullIs === 'budget' && fullAtMs <= nowMs) return ', full: the oldest goes as new data comes'
  const what = fullIs === 'disk' && budgetBytes !== null ? 'the disk itself is full' : 'full'
  return `, ${what} ${fullAtMs <= nowMs ? 'now' : `in ${span(fullAtMs - nowMs)}`}`
}

function describeSignal(
  {
    signal,
    bytes,
    share,
    oldestMs,
    reachMs,
    bytesPerSecond,
    droppedBytes,
  }: DiskJson['signals'][number],
  nowMs: number,
): string {
  const parts = [
    `${signal} ${size(bytes)}`,
    ...(share === null ? [] : [`share ${Math.round(share * 1000) / 10}%`]),
    ...(oldestMs === null ? [] : [`back ${span(nowMs - oldestMs)}`]),
    ...(bytesPerSecond === 0 ? [] : [`${size(bytesPerSecond * 86_400)} a day`]),
    ...(reachMs === null ? [] : [`will reach back ${span(reachMs)}`]),
    ...(droppedBytes === 0 ? [] : [`dropped ${size(droppedBytes)}`]),
  ]
  return parts.join(', ')
}

/** They are part of what metrics take. */
function describeAggregates({
  resolution,
  count,
  bytes,
  waitingDays,
  untilMs,
}: NonNullable<DiskJson['aggregates']>[number]): string {
  const until = untilMs === null ? '' : `, up to ${new Date(untilMs).toISOString().slice(0, 10)}`
  const waiting = waitingDays === 0 ? '' : `, ${waitingDays} days to be made`
  return `metrics, ${resolution} aggregates: ${count} in ${size(bytes)}${until}${waiting}`
}

/** What lies on the second disk, and what keeps it from being used. */
function describeArchive(archive: ArchiveJson, nowMs: number): [string, string][] {
  const { place, away, awaySinceMs, signals, movedMs, isHeld, fault, unreadableParts } = archive
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const ago = (ms: number): string => `${span(nowMs - ms)} ago`
  const state = [
    ...(away === null
      ? []
      : [`AWAY since ${awaySinceMs === null ? 'the start' : ago(awaySinceMs)}: ${away}`]),
    ...(unreadableParts === 0 ? [] : [`${unreadableParts} parts of it cannot be read`]),
    ...(fault === null ? [] : [`the last move failed ${ago(fault.atMs)}: ${fault.reason}`]),
    ...(isHeld ? ['nothing is moved while the backup of an upgrade is kept'] : []),
    ...(movedMs === null ? ['nothing was moved yet'] : [`moved last ${ago(movedMs)}`]),
  ]
  const kept = signals.map((one): [string, string] => {
    const bytes = one.bytes === null ? '' : `${size(one.bytes)}, `
    const rows = one.rows === null ? '' : `, ${one.rows.toLocaleString('en-US')} rows`
    return ['', `${one.signal} ${bytes}${day(one.fromMs)} to ${day(one.toMs - 1)}${rows}`]
  })
  return [['archive', printable(`${place}, ${state.join('; ')}`)], ...kept]
}

function others({ otherBytes, passingBytes, heldBytes }: DiskJson): [string, string][] {
  const held = heldBytes === 0 ? '' : `, held by a backup ${size(heldBytes)}`
  return [['', `other files ${size(otherBytes)}, merges ${size(passingBytes)}${held}`]]
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Three digits are enough for a person. */
function size(bytes: number): string {
  let [value, unit] = [bytes, 0]
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  const text =
    value >= 100 || unit === 0 ? String(Math.round(value)) : String(Number(value.toFixed(1)))
  return `${text} ${UNITS[unit] ?? ''}`
}

function span(durationMs: number): string {
  const minutes = Math.round(Math.max(0, durationMs) / 60_000)
  if (minutes < 1) return `${Math.round(Math.max(0, durationMs) / 1000)} s`
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`
}
