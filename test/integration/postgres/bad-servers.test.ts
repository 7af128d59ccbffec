import net from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresCollector } from '../../../src/collect/postgres/collect.ts'
import { readPostgres } from '../../../src/collect/postgres/postgres-section.ts'
import { encodeText } from '../../../src/formats/prometheus-text/encode.ts'
import { FaultList } from '../../../src/yaml/fault.ts'
import { parseYaml } from '../../../src/yaml/parse.ts'
import { Cluster, findPostgres } from './cluster.ts'
import { parsePage, type ParsedPage } from './compare-pages.ts'

const programs = findPostgres()
if (programs === undefined) console.log('skipped: PostgreSQL is not installed')

const PASSWORD = 'open-sesame-4711'

/** A collector by the text of a section, and what it told of. */
interface Watched {
  readonly page: () => Promise<ParsedPage>
  readonly text: () => Promise<string>
  /** `collector: reason`, in their order; the end of a fault has no reason. */
  readonly told: string[]
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function watch(section: string): Watched {
  const faults = new FaultList()
  const node = parseYaml(section, { file: 'vedette.yml', faults, env: {} })
  const settings = readPostgres({ node, isPresent: true, env: {}, faults })
  if (settings === undefined || faults.hasErrors) throw new Error('the section is wrong')
  const told: string[] = []
  const collector = createPostgresCollector({
    settings: () => settings,
    tell: ({ collector: name, database }, reason) =>
      told.push(`${database === '' ? '' : `${database}/`}${name}: ${reason}`),
  })
  ends.push(() => collector.stop())
  const text = async (): Promise<string> =>
    encodeText(await collector.collect(new AbortController().signal))
  return { text, page: async () => parsePage(await text()), told }
}

function valueOf(page: ParsedPage, name: string, labels = ''): number | undefined {
  return page.series.get(name)?.get(labels)
}

describe.skipIf(programs === undefined)('a PostgreSQL that cannot be asked', () => {
  let cluster: Cluster
  let other: Cluster
  beforeAll(async () => {
    if (programs === undefined) return
    cluster = await Cluster.start(programs)
    other = await Cluster.start(programs)
    cluster.sql(`CREATE ROLE watcher LOGIN PASSWORD '${PASSWORD}'`)
    cluster.sql('CREATE DATABASE shop')
    cluster.sql('CREATE TABLE orders (id int)', 'shop')
    cluster.askForPasswords()
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    await other?.stop()
  })

  it('because of its password: told once, without any secret', async () => {
    const { text, told } = watch(
      `servers: [{dsn: "${cluster.dsn('watcher')}", password: wrong-${PASSWORD}}]`,
    )
    for (let i = 0; i < 3; i++) {
      const page = await text()
      expect(valueOf(parsePage(page), 'pg_up')).toBe(0)
      expect(valueOf(parsePage(page), 'pg_exporter_last_scrape_error')).toBe(1)
      expect(page).not.toContain(PASSWORD)
    }
    expect(told).toEqual([': password authentication failed for user "watcher"'])
  })

  it('because none is configured', async () => {
    const { page, told } = watch(`servers: ["${cluster.dsn('watcher')}"]`)
    expect(valueOf(await page(), 'pg_up')).toBe(0)
    expect(told).toEqual([': the server asks for a password, and none is configured'])
  })

  it('because it is not there', async () => {
    const { page, told } = watch('servers: [host=/nowhere user=a, host=127.0.0.1 port=1 user=a]')
    const read = await page()
    await page()
    expect(valueOf(read, 'pg_up', 'server=/nowhere:5432')).toBe(0)
    expect(valueOf(read, 'pg_up', 'server=127.0.0.1:1')).toBe(0)
    expect(told).toHaveLength(2)
    expect(told[0]).toContain('ENOENT')
    expect(told[1]).toContain('ECONNREFUSED')
  })

  it('in part, because the role may not: the rest goes on', async () => {
    const { page, told } = watch(
      `servers: [{dsn: "${cluster.dsn('watcher')}", password: ${PASSWORD}}]`,
    )
    const read = await page()
    await page()
    expect(valueOf(read, 'pg_up')).toBe(1)
    expect(valueOf(read, 'pg_exporter_last_scrape_error')).toBe(1)
    expect(valueOf(read, 'pg_scrape_collector_success', 'collector=wal')).toBe(0)
    expect(valueOf(read, 'pg_scrape_collector_success', 'collector=stat_database')).toBe(1)
    expect(read.series.get('pg_database_size_bytes')?.size).toBeGreaterThan(0)
    expect(told).toEqual([
      'wal: permission denied for function pg_ls_waldir',
      'stat_statements: the extension pg_stat_statements is not installed in the database postgres: CREATE EXTENSION pg_stat_statements',
    ])
    cluster.sql('GRANT pg_monitor TO watcher')
    expect(valueOf(await page(), 'pg_exporter_last_scrape_error')).toBe(0)
    expect(told.slice(2)).toEqual(['wal: '])
    cluster.sql('REVOKE pg_monitor FROM watcher')
  })

  it('in part, because an extension is missing that the configuration asks for', async () => {
    const { page, told } = watch(
      `{servers: ["${cluster.dsn()}"], collectors: {stat_statements: true, process_idle: false}}`,
    )
    const read = await page()
    expect(valueOf(read, 'pg_exporter_last_scrape_error')).toBe(1)
    expect(valueOf(read, 'pg_scrape_collector_success', 'collector=stat_statements')).toBe(0)
    expect(valueOf(read, 'pg_scrape_collector_success', 'collector=process_idle')).toBeUndefined()
    expect(told).toHaveLength(1)
  })

  it('because it hangs: the others are there in time, and it comes back', async () => {
    const { page, told } = watch(
      `{servers: ["${cluster.dsn()}", "${other.dsn()}"], timeout: 1500ms, collectors: {stat_statements: false}}`,
    )
    const labels = [cluster, other].map(({ folder }) => `server=${folder}:5432`)
    const [hanging = '', well = ''] = labels
    const upOf = (read: ParsedPage): (number | undefined)[] =>
      [hanging, well].map((label) => valueOf(read, 'pg_up', label))
    expect(upOf(await page())).toEqual([1, 1])
    cluster.freeze(true)
    try {
      // The connection that is open takes the query, and nothing comes of it.
      expect(valueOf(await page(), 'pg_up', well)).toBe(1)
      for (let i = 0; i < 3; i++) {
        const read = await page()
        expect(upOf(read)).toEqual([0, 1])
        expect(valueOf(read, 'pg_wal_segments', well)).toBeGreaterThan(0)
      }
      // Until it has been waited for twice: on a connection that was open, and for being let in.
      await expect
        .poll(async () => (await page()).series.get('pg_exporter_scrapes_total')?.get(''), {
          ...{ timeout: 15_000, interval: 200 },
        })
        .toBeGreaterThan(20)
      expect(told).toEqual([': did not answer within 1500 ms'])
    } finally {
      cluster.freeze(false)
    }
    await expect.poll(async () => upOf(await page()), { timeout: 15_000 }).toEqual([1, 1])
    expect(told).toContain(': ')
  }, 60_000)

  it('because it takes connections and says nothing', async () => {
    const silent = net.createServer(() => {})
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    ends.push(async () => void silent.close())
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { page, told } = watch(
      `{servers: ["host=127.0.0.1 port=${port} user=a", "${other.dsn()}"], timeout: 500ms}`,
    )
    expect(valueOf(await page(), 'pg_up', `server=127.0.0.1:${port}`)).toBe(0)
    expect(told.some((line) => line.includes('did not answer within 500 ms'))).toBe(true)
  })

  it('in one query: a statement that never ends and an answer without an end', async () => {
    const file = join(cluster.folder, 'slow.yaml')
    writeFileSync(
      file,
      `
slow: {query: SELECT pg_sleep(60)}
words: {query: "SELECT 'x' AS a", metrics: [{a: {usage: GAUGE}}]}
broken: {query: SELECT nothing FROM nowhere, metrics: [{a: {usage: GAUGE}}]}
`,
    )
    const { page, told } = watch(
      `{servers: ["${cluster.dsn()}"], queries: ["${file}"], timeout: 3s, collectors: {stat_statements: false}}`,
    )
    const read = await page()
    expect(valueOf(read, 'pg_up')).toBe(1)
    expect(valueOf(read, 'pg_wal_segments')).toBeGreaterThan(0)
    for (const name of ['slow', 'words', 'broken'])
      expect(valueOf(read, 'pg_scrape_collector_success', `collector=${name}`)).toBe(0)
    expect(told).toEqual([
      'slow: canceling statement due to statement timeout',
      'words: left out, because it is no number: words_a',
      'broken: relation "nowhere" does not exist',
    ])
    writeFileSync(
      file,
      `endless: {query: "SELECT repeat('x', 100000) AS a FROM generate_series(1, 100000)"}`,
    )
    const endless = watch(`{servers: ["${cluster.dsn()}"], queries: ["${file}"], timeout: 15s}`)
    expect(valueOf(await endless.page(), 'pg_up')).toBe(1)
    expect(endless.told).toEqual([': endless: answered with more than 32 MiB in one scrape'])
  }, 60_000)

  it('not at all: databases are found, but for those that are excluded', async () => {
    const { page } = watch(
      `{servers: ["${cluster.dsn()}"], databases: {discover: true, exclude: [other]}}`,
    )
    const tables = [...((await page()).series.get('pg_stat_user_tables_n_live_tup') ?? [])]
    expect(tables).toEqual([['datname=shop, relname=orders, schemaname=public', 0]])
    const without = watch(
      `{servers: ["${cluster.dsn()}"], databases: {discover: true, exclude: [shop]}}`,
    )
    expect((await without.page()).series.has('pg_stat_user_tables_n_live_tup')).toBe(false)
  })
})
