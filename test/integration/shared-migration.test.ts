import { describe, expect, it, vi } from 'vitest'
import { StoreClient } from '../../src/store/client.ts'
import { LinesStore } from '../../src/store/lines-store.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS, type Migration } from '../../src/store/schema.ts'
import { withSchemaLock } from '../../src/store/shared/schema-lock.ts'
import { batchOf, NOON_NS, readAll } from './lines-harness.ts'
import { PASSWORD, SharedHarness } from './shared-harness.ts'
import { DAY, NOON } from './store-harness.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const harness = new SharedHarness()
const newest = MIGRATIONS.at(-1)?.version ?? 0
const AT_ONCE = { renewMs: 50, deadAfterMs: 600 }

/** Tells the statements that change tables to a list. */
class ListeningClient extends StoreClient {
  readonly #told: string[]

  constructor(database: string, told: string[]) {
    super({ url: harness.url, username: 'vedette', password: PASSWORD, database, isShared: true })
    this.#told = told
  }

  override async command(statement: string): Promise<void> {
    if (!/schema_|CREATE DATABASE/.test(statement)) this.#told.push(statement)
    await super.command(statement)
  }
}

function adding(version: number, statement: string): readonly Migration[] {
  return [...MIGRATIONS, { version: newest + version, statements: [statement] }]
}

describe('migrations of a store that is shared', () => {
  it('are made once by several that start at the same time', async () => {
    const database = harness.newDatabase()
    const told: string[] = []
    const clients = [1, 2, 3].map(() => new ListeningClient(database, told))
    // Not taken for what makes the newest tables at once: each is carried out.
    const oneByOne = MIGRATIONS.map((migration) => ({ ...migration }))
    const versions = await Promise.all(clients.map((client) => migrate(client, oneByOne)))
    expect(versions).toEqual([newest, newest, newest])
    expect(told).toEqual(MIGRATIONS.flatMap(({ statements }) => statements))
    const tables = await harness
      .client(database)
      .rows(`SELECT name FROM system.tables WHERE database = {db_name} AND name LIKE '%lock%'`)
    expect(tables).toEqual([])
    for (const client of clients) await client.close()
  })

  it('are gone on with when who began them died', async () => {
    const client = harness.client(harness.newDatabase())
    await client.command('CREATE DATABASE IF NOT EXISTS {db}')
    await client.command(
      `CREATE TABLE {db}.schema_lock (holder String) ENGINE = Memory COMMENT 'dead 1 x'`,
    )
    let runs = 0
    const work = async (): Promise<void> => {
      runs++
    }
    const isNeeded = () => Promise.resolve(runs === 0)
    await Promise.all([1, 2].map(() => withSchemaLock(client, isNeeded, work, AT_ONCE)))
    expect(runs).toBe(1)
  })

  it('are waited for as long as who makes them lives', async () => {
    const client = harness.client(harness.newDatabase())
    await client.command('CREATE DATABASE IF NOT EXISTS {db}')
    let runs = 0
    const work = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 3 * AT_ONCE.deadAfterMs))
      runs++
    }
    const isNeeded = () => Promise.resolve(runs === 0)
    await Promise.all([1, 2].map(() => withSchemaLock(client, isNeeded, work, AT_ONCE)))
    expect(runs).toBe(1)
  })

  it('of a newer program are refused by an older one, with what to do', async () => {
    const client = harness.client(harness.newDatabase())
    await migrate(client, adding(1, 'CREATE TABLE {db}.more (a UInt8) ENGINE = Memory'))
    await expect(migrate(client)).rejects.toThrow(
      `the data has schema version ${newest + 1}, this program knows versions up to ${newest}: use a newer Vedette`,
    )
  })

  it('that add something let an older member go on', async () => {
    const database = harness.newDatabase()
    const line = (text: string) => [{ stream: { app: 'a' }, ns: NOON_NS, text }]
    const options = {
      nowMs: () => NOON,
      retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
    }
    const older = harness.ending(
      await LinesStore.open({ client: harness.client(database), ...options }),
    )
    await older.append(batchOf(line('before')))
    await migrate(
      harness.client(database),
      adding(1, 'ALTER TABLE {db}.lines ADD COLUMN IF NOT EXISTS more UInt8 DEFAULT 7'),
    )
    await older.append(batchOf(line('after')))
    expect(await readAll(older)).toHaveLength(2)
  })

  it('that replace a table are refused while others write, and made when nobody does', async () => {
    const client = harness.client(harness.newDatabase())
    await migrate(client)
    await client.command(
      `INSERT INTO {db}.lines (id, ts, body) SELECT 1, now64(9), 'written by a member that runs'`,
    )
    const replacing = adding(1, 'DROP TABLE IF EXISTS {db}.nothing')
    await expect(
      migrate(client, replacing, { quietSeconds: 600, patienceMs: 100 }),
    ).rejects.toThrow(/stop all other Vedettes that use it/)
    expect(await migrate(client, replacing, { quietSeconds: 1, patienceMs: 20_000 })).toBe(
      newest + 1,
    )
  })
})
