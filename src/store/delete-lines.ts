import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import type { DoomedLines } from './doomed-lines.ts'
import { engineCodeOf } from './engine-code.ts'
import { JudgedReader, type Judgement } from './judge-lines.ts'
import type { Needle } from './lines-source.ts'
import {
  DELETION_SETTINGS,
  isTooLarge,
  whereAll,
  type DeletionRange,
  type JudgeLine,
  type LinesToDelete,
} from './lines-to-delete.ts'
import { LINE_BUCKET_NS } from './schema.ts'
import { needleCondition } from './select/needle-sql.ts'
import { rangeOfLines, refsOfLines } from './select/read-lines.ts'
import { decimalId } from './select/read-samples.ts'
import { patternCondition } from './select/tally-sql.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

const REFS_PER_STATEMENT = 5000
/** Lines that one statement deletes by what they are named: a list of five megabytes in the engine. */
const LINES_PER_STATEMENT = 100_000
const POLL_MS = 100
const MOST_ATTEMPTS = 8
const PAUSE_MS = 500
/** The engine rewrites what a deletion touches; a deletion that takes longer is taken up again later. */
const MUTATION_TIMEOUT_MS = 30 * 60_000
/** The engine's CANNOT_COMPILE_REGEXP: it takes less memory for a pattern than others do. */
const BAD_PATTERN = '427'

export interface LineDeletion {
  readonly client: StoreClient
  readonly index: SeriesIndex
  /** Resolves when everything that was taken is stored. */
  readonly barrier: () => Promise<void>
  /** Runs the work while nothing is written. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>
  /** Forgets streams, but for those that lines wait to be stored of; returns the ids of those that are forgotten. */
  readonly forget: (refs: readonly SeriesRef[]) => readonly string[]
}

/** True when the engine can decide about these needles exactly. */
export function canDecide(needles: readonly Needle[]): boolean {
  return needles.every(
    (needle) => needle.ignoresCase !== true && needleCondition(needle) !== undefined,
  )
}

/**
 * Deletes lines for good: they are gone from answers and from the disk when it resolves, and streams that have no line any more are
 * forgotten. What comes meanwhile stays. It may be repeated after any failure. Returns how many lines there were.
 */
export async function deleteLines(deletion: LineDeletion, wanted: LinesToDelete): Promise<number> {
  const { client, index, barrier } = deletion
  await barrier()
  const refs = [...refsOfLines(index, wanted, Number.POSITIVE_INFINITY)]
  const range = rangeOfLines(index, refs, wanted)
  if (range === undefined) return 0
  let deleted = 0
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    const part = refs.slice(from, from + REFS_PER_STATEMENT)
    deleted += await deletePart(deletion, wanted, part, range)
  }
  // Also what an earlier try has only marked.
  if (await hasMarkedLines(client)) {
    await client.command('ALTER TABLE {db}.lines APPLY DELETED MASK', { mutations_sync: 0 })
    await untilMutated(client)
    // Another process may be writing lines of a stream that has none now, and takes its labels for stored.
    if (!client.isShared) await forgetEmpty(deletion, refs)
  }
  return deleted
}

async function deletePart(
  deletion: LineDeletion,
  wanted: LinesToDelete,
  refs: readonly SeriesRef[],
  range: DeletionRange,
): Promise<number> {
  const { needles, judge } = wanted
  if (judge === undefined) {
    return deleteWhere(deletion.client, whereAll(deletion.index, refs, range, needles))
  }
  const byPatterns = await deleteByPatterns(deletion, { ...wanted, judge }, refs, range)
  if (byPatterns !== undefined) return byPatterns
  return deleteJudged(deletion, { needles, judge, condition: undefined }, refs, range)
}

/** Whether lines that are deleted are still on the disk. */
async function hasMarkedLines(client: StoreClient): Promise<boolean> {
  const rows = await client.rows(
    `SELECT 1 FROM {parts}
     WHERE active AND database = {db_name} AND table = 'lines' AND has_lightweight_delete LIMIT 1`,
  )
  return rows.length > 0
}

function deleteWhere(client: StoreClient, where: string): Promise<number> {
  return patiently(() => deleteOnce(client, where))
}

/** Does again what the engine has no memory for now: it may have when others have their answers. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      if (!isTooLarge(thrown) || attempt >= MOST_ATTEMPTS) throw thrown
      await sleep(PAUSE_MS * attempt)
    }
  }
}

async function deleteOnce(client: StoreClient, where: string): Promise<number> {
  const [row] = await client.rows(`SELECT count() AS lines FROM {db}.lines WHERE ${where}`, {
    seesDoomed: true,
    settings: DELETION_SETTINGS,
  })
  const lines = Number(row?.['lines'] ?? 0)
  if (lines > 0) await markDeleted(client, where)
  return lines
}

async function markDeleted(client: StoreClient, where: string): Promise<void> {
  await client.command(`DELETE FROM {db}.lines WHERE ${where}`, {
    ...DELETION_SETTINGS,
    lightweight_deletes_sync: 0,
  })
  await untilMutated(client)
}

/** Resolves when the engine has done everything that it was told to change in the lines. */
async function untilMutated(client: StoreClient): Promise<void> {
  const deadlineMs = performance.now() + MUTATION_TIMEOUT_MS
  for (;;) {
    const [row] = await client.rows(
      `SELECT count() AS waiting, anyIf(latest_fail_reason, latest_fail_reason != '') AS reason
       FROM {mutations} WHERE database = {db_name} AND table = 'lines' AND NOT is_done`,
    )
    if (Number(row?.['waiting'] ?? 0) === 0) return
    if (performance.now() > deadlineMs) {
      const reason = row?.['reason']
      const shown = typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
      throw new Problem('unavailable', `the engine has not deleted log lines yet${shown}`)
    }
    await sleep(POLL_MS)
  }
}

/**
 * What the engine can decide by itself; undefined when it takes a pattern for none. Bytes that are no UTF-8 look otherwise to who judges: lines
 * that have such are judged.
 */
async function deleteByPatterns(
  deletion: LineDeletion,
  { needles, patterns, judge }: LinesToDelete & { readonly judge: JudgeLine },
  refs: readonly SeriesRef[],
  range: DeletionRange,
): Promise<number | undefined> {
  if (patterns === undefined || patterns.length === 0) return undefined
  const where = whereAll(deletion.index, refs, range, needles)
  const conditions = [where, 'isValidUTF8(body)', ...patterns.map(patternCondition)]
  try {
    const deleted = await deleteWhere(deletion.client, conditions.join(' AND '))
    const judgement = { needles, judge, condition: 'NOT isValidUTF8(body)' }
    return deleted + (await deleteJudged(deletion, judgement, refs, range))
  } catch (thrown) {
    if (engineCodeOf(thrown) === BAD_PATTERN) return undefined
    throw thrown
  }
}

/** Reads all lines that may be meant, judges each, and deletes those that are by id, time and hash. */
async function deleteJudged(
  { client, index }: LineDeletion,
  judgement: Judgement,
  refs: readonly SeriesRef[],
  range: DeletionRange,
): Promise<number> {
  // What a request before has named may still be looked up.
  await untilMutated(client)
  const reader = new JudgedReader(client, index, judgement, refs)
  let deleted = 0
  for (let startNs = range.startNs; startNs < range.endNs;) {
    startNs = await reader.read(startNs, range.endNs)
    if (reader.doomed.count < LINES_PER_STATEMENT && startNs < range.endNs) continue
    deleted += await deleteDoomed(client, reader.doomed)
    reader.doomed.shorten(0)
  }
  return deleted
}

/** Deletes lines that a table of their own names: each statement writes something of every part that it touches anew, so there are to be few. */
async function deleteDoomed(client: StoreClient, doomed: DoomedLines): Promise<number> {
  if (!client.isShared) return deleteNamed(client, doomed, 'doomed_lines')
  // Others may delete at the same time: each has a table of its own.
  const table = `doomed_lines_${randomUUID().replaceAll('-', '')}`
  await client.command(`CREATE TABLE {db}.${table} AS {db}.doomed_lines`)
  try {
    return await deleteNamed(client, doomed, table)
  } finally {
    await client.command(`DROP TABLE {db}.${table}`)
  }
}

async function deleteNamed(
  client: StoreClient,
  doomed: DoomedLines,
  table: string,
): Promise<number> {
  for (let from = 0; from < doomed.count; from += LINES_PER_STATEMENT) {
    const to = Math.min(doomed.count, from + LINES_PER_STATEMENT)
    const { firstNs, lastNs } = doomed.bounds(from, to)
    const { names, bytes } = doomed.block(from, to)
    const where = [
      `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}) BETWEEN ${firstNs / LINE_BUCKET_NS} AND ${lastNs / LINE_BUCKET_NS}`,
      `ts BETWEEN fromUnixTimestamp64Nano(toInt64(${firstNs}), 'UTC') AND fromUnixTimestamp64Nano(toInt64(${lastNs}), 'UTC')`,
      `(id, ts, cityHash64(body, meta)) IN (SELECT id, ts, hash FROM {db}.${table})`,
    ].join(' AND ')
    await patiently(async () => {
      await client.command(`TRUNCATE TABLE {db}.${table}`)
      await client.insertNative(table, names, bytes, randomUUID())
      await markDeleted(client, where)
    })
  }
  await client.command(`TRUNCATE TABLE {db}.${table}`)
  return doomed.count
}

/** Streams without a line left: their labels go, too. */
async function forgetEmpty(
  { client, index, exclusively, forget }: LineDeletion,
  refs: readonly SeriesRef[],
): Promise<void> {
  const stamps = refs.map((ref) => index.stampOf(ref))
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    await exclusively(async () => {
      const part = refs
        .slice(from, from + REFS_PER_STATEMENT)
        .filter((ref, i) => index.stampOf(ref) === stamps[from + i])
      if (part.length === 0) return
      const rows = await client.rows(
        `SELECT DISTINCT toString(id) AS id FROM {db}.lines WHERE id IN (${part.map((ref) => decimalId(index, ref)).join(',')})`,
        { seesDoomed: true, settings: DELETION_SETTINGS },
      )
      const left = new Set(rows.map((row) => String(row['id'])))
      const gone = forget(part.filter((ref) => !left.has(decimalId(index, ref))))
      if (gone.length === 0) return
      await client.command(`DELETE FROM {db}.stream_days WHERE id IN (${gone.join(',')})`, {
        ...DELETION_SETTINGS,
        lightweight_deletes_sync: 0,
      })
    })
  }
}
