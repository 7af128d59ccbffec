import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { Cluster, findPostgres } from '../integration/postgres/cluster.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { run } from './tools/programs.ts'
import { queryValue } from './tools/query.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { waitFor } from './tools/wait-for.ts'

const programs = findPostgres()
if (programs === undefined) console.log('skipped: PostgreSQL is not installed')

const PASSWORD = 'e2e-knock-knock-4711'

describe.skipIf(programs === undefined)('a configuration written for postgres_exporter', () => {
  it('brings the metrics of PostgreSQL, tells once when it is gone, and shows its capacity', async () => {
    const cluster = await Cluster.start(programs ?? '')
    onTestFinished(() => cluster.stop())
    cluster.sql(`CREATE ROLE watcher LOGIN PASSWORD '${PASSWORD}'; GRANT pg_monitor TO watcher`)
    cluster.sql('CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id; ANALYZE orders')
    cluster.askForPasswords()
    const target = { name: 'db', target: 'postgres-exporter:9187' }
    const patient = { scrape_interval: '2s', scrape_timeout: '2s' }
    const at = encodeURIComponent(cluster.folder)
    const server = await ownServer({
      configPath: writeScrapeConfig(ownFolder(), [target], patient),
      env: { DATA_SOURCE_NAME: `postgresql://watcher:${PASSWORD}@/postgres?host=${at}` },
    })
    const url = server.url()
    const valueOf = (query: string): Promise<number | undefined> => queryValue(url, query)

    await waitFor('PostgreSQL', async () => (await valueOf('pg_up{job="db"}')) === 1)
    expect(await valueOf('up{job="db",instance="postgres-exporter:9187"}')).toBe(1)
    expect(await valueOf('pg_stat_user_tables_n_live_tup{relname="orders"}')).toBe(1000)
    expect(await valueOf('pg_capacity_disk_size_bytes > 1e6')).toBeGreaterThan(0)
    const vedette = join(projectRoot, 'bin/vedette')
    const capacity = await run(vedette, ['capacity', '--url', url])
    expect(capacity).toMatchObject({ code: 0, stderr: '' })
    expect(capacity.stdout).toContain(`PostgreSQL ${cluster.folder}:5432`)
    expect(capacity.stdout).toContain('postgres.public.orders')

    await cluster.shutDown()
    await waitFor('its end', async () => (await valueOf('pg_up{job="db"}')) === 0)
    const scrapes = (await valueOf('pg_exporter_scrapes_total')) ?? 0
    await waitFor('more scrapes', async () => {
      return ((await valueOf('pg_exporter_scrapes_total')) ?? 0) >= scrapes + 3
    })
    expect(await valueOf('up{job="db"}')).toBe(1)
    const log = server.readLog()
    const told = log.split('\n').filter((line) => line.includes('PostgreSQL cannot be asked'))
    // Its end breaks the connection that was open, and then there is nothing at the socket.
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual(2)
    expect(log).not.toContain(PASSWORD)
  })
})
