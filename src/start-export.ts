import { existsSync } from 'node:fs'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import { startEngine } from './engine/supervise.ts'
import { Problem } from './model/problem.ts'
import { readArchiveNote } from './operate/archive/archive-note.ts'
import { exportDays, type ExportedFile, type ExportWish } from './operate/archive/export-archive.ts'
import type { BackupTarget } from './operate/backup/target.ts'
import type { Log } from './self/log.ts'
import { createRegistry } from './self/metrics.ts'
import { Archive } from './start-archive.ts'
import { findHolder } from './start-engine.ts'
import { DATABASE } from './start-store.ts'
import { readArchived, type ArchivedShare } from './store/archive.ts'
import { archiveAway, type ArchivedSignal, type ArchiveGate } from './store/archive-gate.ts'
import { StoreClient } from './store/client.ts'

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

/** Work on the store of a data folder, its archive included: that of the server that runs, or an engine of our own. */
async function withStore<T>(
  config: VedetteConfig,
  log: Log,
  work: (client: StoreClient, gate: ArchiveGate) => Promise<T>,
): Promise<T> {
  const { dataFolder, clickhouse, memoryBudgetBytes } = config
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
  if (findHolder(dataFolder) !== undefined) {
    const socketPath = path.join(dataFolder, 'engine.sock')
    return withClient('http://engine', socketPath, async (client) =>
      work(client, await gateOf(client, dataFolder)),
    )
  }
  const ends: (() => void)[] = []
  const archive = new Archive({ config: () => config, log, registry: createRegistry(), ends })
  const { option } = archive
  const engine = await startEngine({
    ...{ dataDir: dataFolder, memoryBudgetBytes, log },
    ...(option === undefined ? {} : { archive: option }),
  })
  try {
    await engine.whenReady()
    return await withClient(engine.url, engine.socketPath, (client) => work(client, archive))
  } finally {
    await engine.stop()
  }
}

async function withClient<T>(
  url: string,
  socketPath: string,
  work: (client: StoreClient) => Promise<T>,
): Promise<T> {
  const client = new StoreClient({ url, socketPath, database: DATABASE })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/** The engine of a server that runs has the disk of the archive, or has been started without it because it was away. */
async function gateOf(client: StoreClient, dataFolder: string): Promise<ArchiveGate> {
  const note = readArchiveNote(dataFolder)
  const [row] = await client.rows(`SELECT count() AS n FROM system.disks WHERE name = 'archive'`)
  const hasDisk = Number(row?.['n'] ?? 0) > 0
  return {
    refuse: (signal, startMs, endMs) => {
      const range = note?.ranges[signal]
      if (hasDisk || note === undefined || range === undefined) return
      if (startMs < range.endMs && endMs >= range.startMs)
        throw archiveAway(note.place, 'the server has started without it; its log says why')
    },
  }
}
