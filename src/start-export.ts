import { existsSync } from 'node:fs'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import { Problem } from './model/problem.ts'
import { readArchiveNote } from './operate/archive/archive-note.ts'
import { exportDays, type ExportedFile, type ExportWish } from './operate/archive/export-archive.ts'
import type { BackupTarget } from './operate/backup/target.ts'
import type { Log } from './self/log.ts'
import { withStoreOf, type ArchiveAway } from './start-beside.ts'
import { readArchived, type ArchivedShare } from './store/archive.ts'
import { archiveAway, type ArchivedSignal, type ArchiveGate } from './store/archive-gate.ts'
import type { StoreClient } from './store/client.ts'

/** Exports days of a server's data, whether it runs or not. Rejects with a `Problem`. */
export async function exportArchive(
  config: VedetteConfig,
  target: BackupTarget,
  wish: ExportWish,
  told: { readonly log: Log; readonly onFile: (file: ExportedFile) => void },
): Promise<void> {
  await withStore(config, told.log, async (client, gate) => {
    const scratch = path.join(config.dataFolder, 'backup')
    const source = { client, scratch, onFile: told.onFile }
    const refuse: ArchiveGate['refuse'] = (...range) => gate.refuse(...range)
    await exportDays({ ...source, refuse }, target, wish)
  })
}

/** What lies in the archive of a data folder, by signal. */
export async function readArchiveShares(
  config: VedetteConfig,
  log: Log,
): Promise<ReadonlyMap<ArchivedSignal, ArchivedShare>> {
  return withStore(config, log, async (client, gate) => {
    for (const signal of ['metrics', 'logs', 'traces'] as const)
      gate.refuse(signal, 0, Number.MAX_SAFE_INTEGER)
    return readArchived(client)
  })
}

/** Work on the store of a data folder, and what refuses days that lie in an archive that is away. */
async function withStore<T>(
  config: VedetteConfig,
  log: Log,
  work: (client: StoreClient, gate: ArchiveGate) => Promise<T>,
): Promise<T> {
  const { dataFolder, clickhouse } = config
  if (clickhouse !== undefined) {
    throw new Problem(
      'bad_data',
      'the data lies in a ClickHouse: export it there, with SELECT … INTO OUTFILE',
    )
  }
  if (!existsSync(path.join(dataFolder, 'engine'))) {
    throw new Problem(
      'not_found',
      `there is no data in ${dataFolder}: name its folder with --data or --config`,
    )
  }
  return withStoreOf(config, log, (client, away) => work(client, gateOf(dataFolder, away)))
}

function gateOf(dataFolder: string, away: ArchiveAway): ArchiveGate {
  const note = readArchiveNote(dataFolder)
  return {
    refuse: (signal, startMs, endMs) => {
      const range = note?.ranges[signal]
      if (away === undefined || note === undefined || range === undefined) return
      if (startMs < range.endMs && endMs >= range.startMs) throw archiveAway(note.place, away)
    },
  }
}
