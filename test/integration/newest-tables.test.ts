import { expect, it, vi } from 'vitest'
import type { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { NEWEST_TABLES } from '../../src/store/newest-tables.ts'
import { MIGRATIONS } from '../../src/store/schema.ts'
import { StoreHarness } from './store-harness.ts'
import { UnluckyClient } from './unlucky-client.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const harness = new StoreHarness()
/** Equal to the migrations, and not taken for them: each is carried out. */
const ONE_BY_ONE = MIGRATIONS.map((migration) => ({ ...migration }))

function clientOf(database: string): UnluckyClient {
  const { url, socketPath } = harness.engine
  return new UnluckyClient({ url, socketPath, database })
}

/** What makes each table of a database, as the engine tells it. */
async function describeTables(
  client: StoreClient,
  database: string,
): Promise<Readonly<Record<string, string>>> {
  const rows = await client.rows(
    'SELECT name, create_table_query AS made FROM system.tables WHERE database = {db_name}',
  )
  return Object.fromEntries(
    rows.map(({ name, made }) => [
      String(name),
      // Each table has an id of its own.
      String(made)
        .replaceAll(`${database}.`, '')
        .replace(/ UUID '[^']*'/, ''),
    ]),
  )
}

it('makes the tables of an empty database as the migrations leave them, to the last setting', async () => {
  const [one, other] = [clientOf('one_by_one'), clientOf('at_once')]
  await migrate(one, ONE_BY_ONE)
  const told: string[] = []
  other.beforeCommand = (statement) => void told.push(statement)
  expect(await migrate(other)).toBe(NEWEST_TABLES.version)
  expect(told.filter((statement) => statement.startsWith('ALTER'))).toEqual([])
  const want = await describeTables(one, 'one_by_one')
  expect(await describeTables(other, 'at_once')).toEqual(want)
  expect(Object.keys(want)).toHaveLength(NEWEST_TABLES.statements.length + 1)
  await Promise.all([one.close(), other.close()])
})

it.each(['lines', 'spans'])(
  'goes on with the migrations when it was interrupted after %s, to the same end',
  async (table) => {
    const [client, whole] = [clientOf(`cut_${table}`), clientOf(`whole_${table}`)]
    const last = `CREATE TABLE IF NOT EXISTS {db}.${table} (`
    const end = NEWEST_TABLES.statements.findIndex((statement) => statement.startsWith(last))
    await client.command('CREATE DATABASE {db}')
    for (const statement of NEWEST_TABLES.statements.slice(0, end + 1)) {
      await client.command(statement)
    }
    await migrate(client)
    await migrate(whole)
    const want = await describeTables(whole, `whole_${table}`)
    expect(await describeTables(client, `cut_${table}`)).toEqual(want)
    await Promise.all([client.close(), whole.close()])
  },
)
