import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPostgres } from './postgres-section.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { BUILT_IN_QUERIES } from './queries/built-in-queries.ts'
import { serverLabel } from './server-address.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postgres-section-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Read {
  readonly settings: PostgresSettings | undefined
  readonly faults: readonly string[]
}

function read(section: string | undefined, env: Record<string, string> = {}): Read {
  const faults = new FaultList()
  const file = path.join(folder, 'vedette.yml')
  const node = section === undefined ? undefined : parseYaml(section, { file, faults, env })
  const settings = readPostgres({ node, isPresent: section !== undefined, env, faults })
  return {
    settings,
    faults: faults.items.map((fault) => formatFault(fault).replaceAll(`${folder}/`, '')),
  }
}

describe('the section postgres', () => {
  it('is off unless somebody asks for it', () => {
    expect(read(undefined)).toEqual({ settings: undefined, faults: [] })
    expect(
      read(undefined, { PG_EXPORTER_AUTO_DISCOVER_DATABASES: 'true' }).settings,
    ).toBeUndefined()
  })

  it('asks the usual socket if it is empty', () => {
    const { settings } = read('')
    expect(settings?.servers.map(serverLabel)).toEqual(['/var/run/postgresql:5432'])
    expect(settings?.servers[0]?.database).toBe('postgres')
  })

  it('reads everything', () => {
    writeFileSync(path.join(folder, 'q.yml'), 'a: {query: SELECT 1}')
    const { settings, faults } = read(
      `{servers: [{dsn: 'host=a', password: '\${PW}'}, 'postgresql://b'], databases: {discover: true, include: [x], exclude: [y]},
        queries: [q.yml], collectors: {stat_statements: false, buffercache_summary: true}, statements: 7, tables: 9, timeout: 2s}`,
      { PW: 'secret' },
    )
    expect(faults).toEqual([])
    expect(settings).toMatchObject({
      servers: [{ host: 'a' }, { host: 'b' }],
      discovery: { isOn: true, include: ['x'], exclude: ['y'] },
      queryFiles: [{ queries: [{ namespace: 'a', sql: 'SELECT 1' }] }],
      limits: { statements: 7, tables: 9 },
      timeoutMs: 2000,
    })
    expect(settings?.servers[0]?.password?.reveal()).toBe('secret')
    expect([...(settings?.collectors ?? [])]).toEqual([
      ['buffercache_summary', true],
      ['stat_statements', false],
    ])
  })

  it('has the variables of the exporter beside it', () => {
    const file = path.join(folder, 'pw')
    writeFileSync(file, 'from-file\n')
    const { settings, faults } = read(undefined, {
      DATA_SOURCE_URI: 'db:6432/shop?sslmode=disable',
      DATA_SOURCE_USER: 'u@x',
      DATA_SOURCE_PASS: 'no',
      DATA_SOURCE_PASS_FILE: file,
      PG_EXPORTER_AUTO_DISCOVER_DATABASES: 'true',
      PG_EXPORTER_EXCLUDE_DATABASES: 'a,b',
      PG_EXPORTER_DISABLE_DEFAULT_METRICS: '1',
      PG_EXPORTER_DISABLE_SETTINGS_METRICS: 'false',
      PG_EXPORTER_CONSTANT_LABELS: 'a=b, c=d',
      PG_EXPORTER_METRIC_PREFIX: 'my',
    })
    expect(faults).toEqual([])
    expect(settings).toMatchObject({
      servers: [{ host: 'db', port: 6432, user: 'u@x', database: 'shop', tls: 'disable' }],
      discovery: { isOn: true, include: [], exclude: ['a', 'b'] },
      ...{ hasDefaults: false, hasSettings: true, prefix: 'my' },
      constantLabels: ['a', 'b', 'c', 'd'],
    })
    expect(settings?.servers[0]?.password?.reveal()).toBe('from-file')
    const several = read(undefined, { DATA_SOURCE_NAME: 'postgresql://a,postgresql://b:1' })
    expect(several.settings?.servers.map(serverLabel)).toEqual(['a:5432', 'b:1'])
  })

  it.each([
    ['{servers: [mysql://u:secret@db]}', 'vedette.yml:1:12: servers[0]: not a connection string: '],
    ['{servers: [{password: a}]}', 'dsn: must be a connection string'],
    ['{servers: [host=a], time: 3s}', 'time: unknown key. Allowed here: '],
    ['{timeout: 1ms}', 'vedette.yml:1:11: timeout: must be at least 100ms'],
    ['{statements: 0}', 'statements: must be at least 1'],
    ['{collectors: {wall: true}}', 'wall: unknown key; did you mean wal?'],
    ['{databases: {discovery: true}}', 'discovery: unknown key; did you mean discover?'],
    ['{queries: [none.yml]}', 'queries: there is no file none.yml'],
  ])('%s is refused', (section, message) => {
    const { faults } = read(section)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
    expect(faults[0]).not.toContain('secret')
  })

  it.each([
    [{ DATA_SOURCE_NAME: 'host=secret,x port=0' }, 'DATA_SOURCE_NAME: several hosts'],
    [{ DATA_SOURCE_URI: 'a', DATA_SOURCE_PASS_FILE: '/nowhere' }, 'DATA_SOURCE_PASS_FILE: ENOENT'],
    [
      { PG_EXPORTER_EXTEND_QUERY_PATH: '/nowhere' },
      'PG_EXPORTER_EXTEND_QUERY_PATH: there is no file',
    ],
    [{ PG_EXPORTER_CONSTANT_LABELS: 'a' }, 'PG_EXPORTER_CONSTANT_LABELS: must be label=value'],
    [{ PG_EXPORTER_METRIC_PREFIX: '1' }, 'PG_EXPORTER_METRIC_PREFIX: must be the beginning'],
    [
      { PG_EXPORTER_DISABLE_DEFAULT_METRICS: 'x' },
      'PG_EXPORTER_DISABLE_DEFAULT_METRICS: must be true',
    ],
  ])('%o is refused', (env, message) => {
    const { faults } = read('', env)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
  })

  it.each([
    ['a: {metrics: []}', 'q.yml:1:4: query: must be set: the SQL of this query'],
    [
      'a: {query: x, metrics: [{b: {usage: GUAGE}}]}',
      'usage: must be one of DISCARD, LABEL, COUNTER, GAUGE,',
    ],
    ['a: {query: x, metrics: [{b: {}}]}', 'usage: must be one of'],
    ['a: {query: x, runonserver: new}', 'runonserver: must be a range of versions'],
    ['a: {query: x, cache_seconds: -1}', 'cache_seconds: must be at least 0'],
    ['a: {query: x, master: yes please}', 'master: must be true or false'],
    [
      'a: {query: x, metrics: [{b: {usage: MAPPEDMETRIC, metric_mapping: {on: high}}}]}',
      'on: must be a number',
    ],
    ['a: [', 'not valid YAML'],
  ])('a file of queries with %s is refused', (text, message) => {
    writeFileSync(path.join(folder, 'q.yml'), text)
    const { faults } = read('{queries: [q.yml]}')
    expect(faults[0]).toContain(message)
  })
})

describe('a built-in query', () => {
  const facts = (version: number) => ({
    ...{ version, versionText: '', database: 'x', dataFolder: undefined },
    extensions: new Map([['pg_stat_statements', '"my ext"']]),
    limits: { statements: 3, tables: 4 },
  })
  const sqlOf = (collector: string, version: number): string | undefined =>
    BUILT_IN_QUERIES.find((query) => query.collector === collector)?.sql(facts(version))

  it('asks each version for the columns that it has', () => {
    expect(sqlOf('stat_statements', 120_000)).toMatch(
      /total_time.*\sblk_read_time|total_time[^]*s\.blk_read_time/,
    )
    expect(sqlOf('stat_statements', 130_000)).toMatch(/total_exec_time[^]*s\.blk_read_time/)
    expect(sqlOf('stat_statements', 170_000)).toMatch(/total_exec_time[^]*s\.shared_blk_read_time/)
    expect(sqlOf('stat_statements', 150_000)).toContain('"my ext".pg_stat_statements(false)')
    expect(sqlOf('bgwriter', 160_000)).toContain('checkpoints_timed')
    expect(sqlOf('bgwriter', 170_000)).not.toContain('checkpoint')
    expect(sqlOf('stat_checkpointer', 160_000)).toBeUndefined()
    expect(sqlOf('stat_checkpointer', 170_000)).toContain('restartpoints_done')
    expect(sqlOf('replication_slot', 120_000)).not.toContain('safe_wal_size')
    expect(sqlOf('stat_wal_receiver', 120_000)).toContain('received_lsn')
    expect(sqlOf('buffercache_summary', 150_000)).toBeUndefined()
  })
})
