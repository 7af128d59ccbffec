import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Matcher } from '../../model/matcher.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { ArchivedSignal } from '../../store/archive-gate.ts'
import type { StoreClient } from '../../store/client.ts'
import { exportDay, listDays, type ExportedDay } from '../../store/export-days.ts'
import { readWhole, type BackupTarget } from '../backup/target.ts'

const DAY_MS = 86_400_000
/** Says what the files of a folder were made of, so that files of two selections never mix. */
const LIST = 'vedette-export.json'
const MAX_LIST_BYTES = 64 * 1024

/** What is exported: whole UTC days that are over. */
export interface ExportWish {
  readonly signals: readonly ArchivedSignal[]
  /** Days since 1970; `toDay` is not part of it. */
  readonly fromDay: number
  readonly toDay: number
  readonly matchers: readonly Matcher[]
  /** As it was typed. */
  readonly match: string | undefined
  readonly compression: ExportedDay['compression']
}

export interface ExportSource {
  readonly client: StoreClient
  /** Throws when a day cannot be read whole, because the archive is away. */
  readonly refuse: (signal: ArchivedSignal, startMs: number, endMs: number) => void
  /** For files on their way to a bucket, which is told their size first. */
  readonly scratch: string
  readonly onFile: (told: ExportedFile) => void
}

export interface ExportedFile {
  readonly key: string
  /** 0 for one that was there already. */
  readonly sizeBytes: number
  readonly isNew: boolean
}

/**
 * Writes a Parquet file for each signal and day. A file has its name only when it is whole, and one that is there is not made again: what was
 * interrupted goes on where it stopped. Rejects with a `Problem`.
 */
export async function exportDays(
  source: ExportSource,
  target: BackupTarget,
  wish: ExportWish,
): Promise<void> {
  await claim(target, wish)
  for (const signal of wish.signals) {
    const days = await listDays(source.client, signal)
    for (const day of days) {
      if (day < wish.fromDay || day >= wish.toDay) continue
      const key = `${signal}/${nameOfDay(day)}.parquet`
      if ((await target.sizeOf(key)) !== undefined) {
        source.onFile({ key, sizeBytes: 0, isNew: false })
        continue
      }
      source.refuse(signal, day * DAY_MS, (day + 1) * DAY_MS - 1)
      const { matchers, compression } = wish
      const body = await exportDay(source.client, { signal, day, matchers, compression })
      const sizeBytes = await putWhole(target, key, body, source.scratch)
      source.onFile({ key, sizeBytes, isNew: true })
    }
  }
}

/** `2026-11-21`. */
export function nameOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The Parquet files of a target, by name. */
export async function listExported(
  target: BackupTarget,
): Promise<readonly { readonly key: string; readonly sizeBytes: number }[]> {
  const keys = (await target.list('')).filter((key) => key.endsWith('.parquet'))
  return Promise.all(keys.map(async (key) => ({ key, sizeBytes: (await target.sizeOf(key)) ?? 0 })))
}

async function claim(target: BackupTarget, { match = '', compression }: ExportWish): Promise<void> {
  const own = `${JSON.stringify({ format: 1, match, compression })}\n`
  let there: string | undefined
  try {
    there = (await readWhole(await target.get(LIST), MAX_LIST_BYTES)).toString()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'not_found') throw thrown
  }
  if (there === own) return
  if (there !== undefined) {
    throw new Problem(
      'bad_data',
      `${target.name} holds another export (${there.trim()}): choose another folder, or the same --match and --compression`,
    )
  }
  const bytes = Buffer.from(own)
  await target.put(LIST, only(bytes), bytes.length)
}

/** Through a file: its size is known then, and that it is whole. */
async function putWhole(
  target: BackupTarget,
  key: string,
  body: AsyncIterable<Uint8Array>,
  scratch: string,
): Promise<number> {
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(path.join(scratch, 'export-'))
  const file = path.join(folder, 'part.parquet')
  try {
    const sizeBytes = await writeParquet(file, body, key)
    await target.put(key, createReadStream(file, { highWaterMark: 1024 * 1024 }), sizeBytes)
    return sizeBytes
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The engine cuts an answer off when it fails in the middle of it; a Parquet file that is whole ends with its mark. */
const END_MARK = 'PAR1'

async function writeParquet(
  file: string,
  body: AsyncIterable<Uint8Array>,
  key: string,
): Promise<number> {
  const handle = await open(file, 'wx+', 0o600)
  try {
    let size = 0
    for await (const chunk of body) {
      await handle.writeFile(chunk)
      size += chunk.length
    }
    const end = Buffer.alloc(END_MARK.length)
    if (size > end.length) await handle.read(end, 0, end.length, size - end.length)
    if (end.toString('latin1') !== END_MARK) {
      throw new Problem('unavailable', `${key}: the engine stopped in the middle of the file`)
    }
    return size
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown
    throw new Problem('unavailable', `${key} cannot be made: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  } finally {
    await handle.close()
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
