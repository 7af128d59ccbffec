import type { StoreClient } from './client.ts'
import type { ArchivedRange, ArchivedSignal } from './archive-gate.ts'

const DAY_MS = 86_400_000

/**
 * What goes to the archive: the large tables. Those that tell what series, streams and traces there are stay on the first disk, so that the server
 * starts, and answers which names there are, without the archive.
 */
const TABLES: Readonly<Record<ArchivedSignal, readonly string[]>> = {
  metrics: ['samples', 'histograms'],
  logs: ['lines'],
  traces: ['spans'],
}

/** A part of a table that is old enough. */
export interface DuePart {
  readonly signal: ArchivedSignal
  readonly table: string
  readonly name: string
  readonly bytes: number
  /** Of its day. */
  readonly range: ArchivedRange
}

/** What lies in the archive of a signal. */
export interface ArchivedShare {
  readonly parts: number
  readonly rows: number
  readonly bytes: number
  readonly range: ArchivedRange
}

interface Part {
  readonly signal: ArchivedSignal
  readonly table: string
  readonly name: string
  readonly partition: string
  readonly day: number
  readonly firstBlock: number
  readonly lastBlock: number
  readonly rows: number
  readonly bytes: number
  readonly isArchived: boolean
}

/**
 * Parts of days that ended before `untilMs`, the oldest day first, in the order in which they have to go. Within a partition that is the
 * order of their blocks: what is left behind when this is interrupted is then newer than all that went, and the engine,
 * should it start without the archive, never merges a part that takes the place of one there. The partition with the newest block of its
 * table stays, since the engine numbers on from the highest that it finds.
 */
export async function listDueParts(
  client: StoreClient,
  signals: readonly ArchivedSignal[],
  untilMs: number,
): Promise<readonly DuePart[]> {
  const parts = await listParts(client, signals)
  const newest = new Map<string, Part>()
  for (const part of parts) {
    const known = newest.get(part.table)
    if (known === undefined || part.lastBlock > known.lastBlock) newest.set(part.table, part)
  }
  return parts
    .filter((part) => !part.isArchived && (part.day + 1) * DAY_MS <= untilMs)
    .filter(({ table, partition }) => newest.get(table)?.partition !== partition)
    .sort(
      (a, b) =>
        a.day - b.day ||
        a.table.localeCompare(b.table) ||
        a.partition.localeCompare(b.partition) ||
        a.firstBlock - b.firstBlock,
    )
    .map(({ signal, table, name, bytes, day }) => ({
      signal,
      table,
      name,
      bytes,
      range: rangeOf(day),
    }))
}

/** Moves one part: it is copied, then its place is changed, then the copy on the first disk goes. Rejects as the client does. */
export async function moveToArchive(client: StoreClient, { table, name }: DuePart): Promise<void> {
  await client.command(`ALTER TABLE {db}.${table} MOVE PART '${name}' TO DISK 'archive'`)
}

/** Moves all of a table that is on the first disk, part by part, as a restore brings it back. `table` is one of those that go there. */
export async function archiveTable(client: StoreClient, table: string): Promise<void> {
  const found = await listParts(client, ['metrics', 'logs', 'traces'])
  for (const part of found) {
    if (part.table !== table || part.isArchived) continue
    await client.command(
      `ALTER TABLE {db}.${part.table} MOVE PART '${part.name}' TO DISK 'archive'`,
    )
  }
}

/** What of each signal lies in the archive; a signal without any is missing. */
export async function readArchived(
  client: StoreClient,
): Promise<ReadonlyMap<ArchivedSignal, ArchivedShare>> {
  const shares = new Map<ArchivedSignal, ArchivedShare>()
  for (const part of await listParts(client, ['metrics', 'logs', 'traces'])) {
    if (!part.isArchived) continue
    const own = rangeOf(part.day)
    const before = shares.get(part.signal)
    shares.set(part.signal, {
      parts: (before?.parts ?? 0) + 1,
      rows: (before?.rows ?? 0) + part.rows,
      bytes: (before?.bytes ?? 0) + part.bytes,
      range: joinRanges(before?.range, own),
    })
  }
  return shares
}

/** The range that covers both. */
export function joinRanges(a: ArchivedRange | undefined, b: ArchivedRange): ArchivedRange {
  if (a === undefined) return b
  return { startMs: Math.min(a.startMs, b.startMs), endMs: Math.max(a.endMs, b.endMs) }
}

/** What retention drops is covered by empty parts for a moment: those are none to move. */
async function listParts(
  client: StoreClient,
  signals: readonly ArchivedSignal[],
): Promise<readonly Part[]> {
  const signalOf = new Map(signals.flatMap((signal) => TABLES[signal].map((t) => [t, signal])))
  const rows = await client.rows(
    `SELECT table, name, partition_id, partition, min_block_number, max_block_number, rows, bytes_on_disk, disk_name
     FROM system.parts WHERE active AND rows > 0 AND database = {db_name}
       AND table IN (${[...signalOf.keys()].map((table) => `'${table}'`).join(',')})`,
  )
  return rows.flatMap((row) => {
    const table = String(row['table'])
    const signal = signalOf.get(table)
    const day = /(\d{4}-\d{2}-\d{2})/.exec(String(row['partition']))?.[1]
    const name = String(row['name'])
    if (signal === undefined || day === undefined || !/^[\w-]+$/.test(name)) return []
    return {
      signal,
      table,
      name,
      partition: String(row['partition_id']),
      day: Date.parse(`${day}T00:00:00Z`) / DAY_MS,
      firstBlock: Number(row['min_block_number']),
      lastBlock: Number(row['max_block_number']),
      rows: Number(row['rows']),
      bytes: Number(row['bytes_on_disk']),
      isArchived: row['disk_name'] === 'archive',
    }
  })
}

function rangeOf(day: number): ArchivedRange {
  return { startMs: day * DAY_MS, endMs: (day + 1) * DAY_MS }
}
