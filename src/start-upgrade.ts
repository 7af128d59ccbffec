import { existsSync } from 'node:fs'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { lockDataDir } from './engine/data-dir-lock.ts'
import { startEngine } from './engine/supervise.ts'
import { Problem } from './model/problem.ts'
import { checkClock } from './operate/upgrade/check-clock.ts'
import {
  listUpgradeBackups,
  refuseHalfWay,
  removeUpgradeBackups,
  takeUpgradeBackup,
  UPGRADE_BACKUP_KEPT_MS,
} from './operate/upgrade/upgrade-backups.ts'
import {
  isNewer,
  isOlder,
  readVersionNote,
  writeVersionNote,
  type VersionNote,
} from './operate/upgrade/version-note.ts'
import type { Log } from './self/log.ts'
import { VERSION } from './self/version.ts'
import { makeDataFolder, refuseFullDisk } from './start-engine.ts'
import { DATABASE } from './start-store.ts'
import { StoreClient } from './store/client.ts'
import { schemaVersionOf } from './store/freeze.ts'
import { FEATURES } from './store/metadata/tables.ts'
import { MIGRATIONS } from './store/schema.ts'

/** What it needs of the program. */
interface UpgradeCore {
  readonly config: () => Pick<VedetteConfig, 'dataFolder' | 'clickhouse' | 'memoryBudgetBytes'>
}

/**
 * To be called before anything of the data folder is opened: refuses a clock that cannot be right and data of a newer program, and takes a backup when the tables or the metadata are about to be brought to
 * a newer form. Rejects with a `Problem` that says what to do; nothing was changed then.
 */
export async function prepareUpgrade(
  core: UpgradeCore & Pick<Core, 'log'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { dataFolder, clickhouse, memoryBudgetBytes } = core.config()
  if (existsSync(dataFolder)) {
    makeDataFolder(dataFolder)
    refuseFullDisk(dataFolder)
  }
  const strange = checkClock(dataFolder, Date.now(), env)
  if (strange !== undefined)
    core.log.warn('the clock of this machine is strange', { reason: strange })
  if (!existsSync(dataFolder)) return
  refuseHalfWay(dataFolder)
  for (const folder of removeUpgradeBackups(dataFolder, Date.now() - UPGRADE_BACKUP_KEPT_MS))
    core.log.info('removed the backup of an upgrade of more than a week ago', { folder })
  if (clickhouse !== undefined) return
  const known = knownVersions()
  const note = readVersionNote(dataFolder)
  if (note !== undefined && isNewer(note, known)) throw newerData(dataFolder, note, known)
  if (note !== undefined && !isOlder(note, known)) return
  if (!existsSync(path.join(dataFolder, 'engine/db'))) return
  const schema = note?.schema ?? (await askSchema(dataFolder, memoryBudgetBytes, core.log))
  // A folder whose engine has never made a table.
  if (schema === 0) return
  const before = note ?? { schema, metadata: {}, program: 'of before' }
  if (schema > known.schema) throw newerData(dataFolder, before, known)
  if (env['VEDETTE_UPGRADE_WITHOUT_BACKUP'] === 'yes') {
    core.log.warn('the data is brought to a newer form without a backup', {
      from: schema,
      to: known.schema,
    })
    return
  }
  const lock = lockDataDir(dataFolder)
  try {
    const { folder } = takeUpgradeBackup(dataFolder, before)
    core.log.info(
      'took a backup before the upgrade; vedette downgrade brings it back, within a week',
      {
        ...{ folder, from: schema, to: known.schema },
      },
    )
  } finally {
    lock.release()
  }
}

/** Makes this process the only one that works on a data folder. Throws a `Problem` that names the other one. */
export { lockDataDir } from './engine/data-dir-lock.ts'

/** To be called when everything was opened: all of it has the newest form now. */
export function noteVersions(core: UpgradeCore): void {
  const { dataFolder, clickhouse } = core.config()
  if (clickhouse === undefined) writeVersionNote(dataFolder, knownVersions())
}

function knownVersions(): VersionNote {
  return {
    schema: MIGRATIONS.at(-1)?.version ?? 0,
    metadata: Object.fromEntries(
      FEATURES.map(({ feature, migrations }) => [feature, migrations.at(-1)?.version ?? 0]),
    ),
    program: VERSION,
  }
}

function newerData(dataFolder: string, note: VersionNote, known: VersionNote): Problem {
  const [backup] = listUpgradeBackups(dataFolder)
  const back =
    backup === undefined
      ? 'or bring back a backup of this version into an empty folder with vedette restore'
      : `or go back to what was there before the upgrade (${new Date(backup.takenMs).toISOString()}) with vedette downgrade --data ${dataFolder}`
  return new Problem(
    'unavailable',
    `the data in ${dataFolder} was written by a newer Vedette (${note.program}, tables of version ${note.schema}) than this one (${VERSION}, up to ${known.schema}): start that one, ${back}`,
  )
}

/** What version the tables have; 0 for none. For folders of programs that left no note. */
async function askSchema(dataDir: string, memoryBudgetBytes: number, log: Log): Promise<number> {
  const engine = await startEngine({ dataDir, memoryBudgetBytes, log })
  const { url, socketPath } = engine
  const client = new StoreClient({ url, socketPath, database: DATABASE })
  try {
    await engine.whenReady()
    return await schemaVersionOf(client)
  } catch (thrown) {
    if (
      thrown instanceof Problem &&
      /UNKNOWN_(?:TABLE|DATABASE)|does not exist/.test(thrown.message)
    )
      return 0
    throw thrown
  } finally {
    await client.close()
    await engine.stop()
  }
}
