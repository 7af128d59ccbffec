import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine } from './test-engine.ts'
import type { TestEngine } from './test-engine.ts'

// What `@clickhouse/client` does with a ClickHouse server, done with the engine.
let engine: TestEngine

beforeAll(async () => {
  engine = await startTestEngine()
  await engine.client.command({ query: 'CREATE DATABASE o' })
})

afterAll(() => engine.stop())

async function rowsOf(query: string): Promise<unknown[]> {
  const result = await engine.client.query({ query, format: 'JSONEachRow' })
  return result.json()
}

it('pings, with and without a query', async () => {
  expect(await engine.client.ping()).toEqual({ success: true })
  expect(await engine.client.ping({ select: true })).toEqual({ success: true })
})

describe('query', () => {
  it.each(['JSON', 'JSONCompact', 'JSONStrings', 'JSONColumnsWithMetadata'] as const)(
    'answers %s whole',
    async (format) => {
      const result = await engine.client.query({
        query: 'SELECT number AS n FROM numbers(3) SETTINGS max_threads = 1',
        format,
      })
      const answer = await result.json<{ rows: number }>()
      expect(answer).toMatchObject({ rows: 3, meta: [{ name: 'n', type: 'UInt64' }] })
    },
  )

  it.each(['JSONEachRow', 'JSONCompactEachRow', 'JSONStringsEachRow'] as const)(
    'streams %s row by row',
    async (format) => {
      const result = await engine.client.query({
        query: 'SELECT number FROM numbers(200000)',
        format,
      })
      let rows = 0
      for await (const part of result.stream()) rows += part.length
      expect(rows).toBe(200_000)
    },
  )

  it.each(['CSV', 'CSVWithNames', 'TabSeparated'] as const)(
    'answers %s as text',
    async (format) => {
      const result = await engine.client.query({ query: 'SELECT 1 AS a, 2 AS b', format })
      expect((await result.text()).trim().split('\n').at(-1)).toMatch(/^1[,\t]2$/)
    },
  )

  it('answers nothing for no rows, in any format', async () => {
    expect(await rowsOf('SELECT 1 WHERE 0')).toEqual([])
    const native = await engine.send('/', { body: 'SELECT 1 WHERE 0 FORMAT Native' })
    expect([native.status, native.body.length]).toEqual([200, 0])
  })

  it('takes settings, parameters and a query id', async () => {
    const result = await engine.client.query({
      query:
        "SELECT getSetting('max_block_size') AS size, {list:Array(String)} AS list, {at:DateTime} AS at, {name:Identifier} FROM (SELECT 1 AS x)",
      query_params: { list: ['a', "b'c"], at: new Date(0), name: 'x' },
      clickhouse_settings: { max_block_size: '4321' },
      query_id: 'mine',
      format: 'JSONEachRow',
    })
    expect(result.query_id).toBe('mine')
    expect(result.response_headers['x-clickhouse-query-id']).toBe('mine')
    expect(await result.json()).toEqual([
      { size: 4321, list: ['a', "b'c"], at: '1970-01-01 00:00:00', x: 1 },
    ])
  })

  it('gives the error with its code and type', async () => {
    await expect(engine.client.query({ query: 'SELECT nothing_like_it' })).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    })
  })

  it('gives the error that comes after the first rows', async () => {
    const result = await engine.client.query({
      query: 'SELECT throwIf(number = 5000000) FROM numbers(10000000)',
      format: 'JSONEachRow',
    })
    const drain = async (): Promise<void> => {
      for await (const part of result.stream()) expect(part.length).toBeGreaterThan(0)
    }
    await expect(drain()).rejects.toMatchObject({ code: '395' })
  })

  it('is compressed when asked to be', async () => {
    const zipped = createClient({
      url: engine.handle.url,
      http_agent: engine.newAgent(),
      compression: { response: true, request: true },
    })
    const result = await zipped.query({
      query: 'SELECT number FROM numbers(100000)',
      format: 'JSONCompactEachRow',
    })
    expect((await result.json()).length).toBe(100_000)
    await zipped.command({
      query: 'CREATE TABLE o.zipped (s String) ENGINE = MergeTree ORDER BY s',
    })
    await zipped.insert({
      table: 'o.zipped',
      values: [{ s: 'a'.repeat(1000) }],
      format: 'JSONEachRow',
    })
    expect(await rowsOf('SELECT length(s) AS n FROM o.zipped')).toEqual([{ n: 1000 }])
    await zipped.close()
  })
})

describe('exec', () => {
  it('gives the raw stream of a result', async () => {
    const result = await engine.client.exec({
      query: 'SELECT toUInt32(number) AS n FROM numbers(3) FORMAT Native',
    })
    const chunks: Buffer[] = []
    for await (const chunk of result.stream) chunks.push(Buffer.from(chunk as Uint8Array))
    const head = [1, 3, 1, 0x6e, 6, ...Buffer.from('UInt32')]
    expect([...Buffer.concat(chunks)]).toEqual([...head, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
  })

  it('inserts a stream of Native blocks', async () => {
    await engine.client.command({
      query:
        'CREATE TABLE o.native (id UInt64, v Float64 DEFAULT 7) ENGINE = MergeTree ORDER BY id',
    })
    const block = (first: number, count: number): Buffer => {
      const values = Buffer.alloc(count * 8)
      for (let row = 0; row < count; row++) values.writeBigUInt64LE(BigInt(first + row), row * 8)
      return Buffer.concat([
        Buffer.from([1, count, 2, 0x69, 0x64, 6, ...Buffer.from('UInt64')]),
        values,
      ])
    }
    const values = Readable.from([
      block(0, 100),
      block(100, 50).subarray(0, 31),
      block(100, 50).subarray(31),
    ])
    const { stream } = await engine.client.exec({
      query: 'INSERT INTO o.native FORMAT Native',
      values,
    })
    stream.resume()
    expect(
      await rowsOf('SELECT count() AS c, uniqExact(id) AS u, sum(v) AS v FROM o.native'),
    ).toEqual([{ c: 150, u: 150, v: 1050 }])
  })
})

describe('insert', () => {
  beforeAll(async () => {
    await engine.client.command({
      query: `CREATE TABLE o.t (id UInt64, s String DEFAULT concat('row ', toString(id)), m Map(LowCardinality(String), String),
        at DateTime64(3, 'UTC'), doubled UInt64 MATERIALIZED id * 2, \`odd \\\` name\` Nullable(Int8), e Enum8('it\\'s' = 1, 'b' = 2) DEFAULT 'b')
        ENGINE = MergeTree ORDER BY id`,
    })
  })

  it('stores rows, with the defaults of fields that are missing', async () => {
    await engine.client.insert({
      table: 'o.t',
      values: [
        { id: '1', m: { a: 'b\n\nc' }, at: '2026-01-02 03:04:05.678' },
        { id: 2, s: 'given', 'odd ` name': -3, e: "it's" },
      ],
      format: 'JSONEachRow',
    })
    expect(await rowsOf('SELECT *, doubled FROM o.t ORDER BY id')).toEqual([
      {
        id: 1,
        s: 'row 1',
        m: { a: 'b\n\nc' },
        at: '2026-01-02 03:04:05.678',
        'odd ` name': null,
        e: 'b',
        doubled: 2,
      },
      {
        id: 2,
        s: 'given',
        m: {},
        at: '1970-01-01 00:00:00.000',
        'odd ` name': -3,
        e: "it's",
        doubled: 4,
      },
    ])
  })

  it('stores a list of columns, and all but some', async () => {
    await engine.client.insert({
      table: 'o.t',
      values: [['x', 3]],
      format: 'JSONCompactEachRow',
      columns: ['s', 'id'],
    })
    await engine.client.insert({
      table: 'o.t',
      values: [{ id: 4, e: 'b' }],
      format: 'JSONEachRow',
      columns: { except: ['s', 'm'] },
    })
    await engine.client.insert({
      table: 'o.t',
      values: [{ id: 5 }],
      format: 'JSONEachRow',
      columns: ['`id`', '`odd \\` name`', 'e'],
    })
    expect(await rowsOf('SELECT id, s FROM o.t WHERE id IN (3, 4, 5) ORDER BY id')).toEqual([
      { id: 3, s: 'x' },
      { id: 4, s: 'row 4' },
      { id: 5, s: 'row 5' },
    ])
  })

  it('stores a stream of objects and a stream of bytes', async () => {
    const objects = new Readable({ objectMode: true, read() {} })
    for (let id = 10; id < 1010; id++) objects.push({ id })
    objects.push(null)
    await engine.client.insert({ table: 'o.t', values: objects, format: 'JSONEachRow' })
    const bytes = Readable.from([Buffer.from('id\n2000\n20'), Buffer.from('01\n')], {
      objectMode: false,
    })
    await engine.client.insert({ table: 'o.t', values: bytes, format: 'CSVWithNames' })
    expect(await rowsOf('SELECT count() AS c FROM o.t WHERE id >= 10')).toEqual([{ c: 1002 }])
  })

  it('stores a body larger than what is kept in memory', async () => {
    await engine.client.command({
      query: 'CREATE TABLE o.large (s String) ENGINE = MergeTree ORDER BY tuple()',
    })
    const line = Buffer.concat([Buffer.from(randomBytes(500).toString('hex')), Buffer.from('\n')])
    const lines = Readable.from(
      (function* () {
        for (let part = 0; part < 100; part++)
          yield Buffer.concat(Array.from({ length: 200 }, () => line))
      })(),
      { objectMode: false },
    )
    await engine.client.insert({ table: 'o.large', values: lines, format: 'TabSeparated' })
    expect(await rowsOf('SELECT count() AS c, uniq(s) AS u FROM o.large')).toEqual([
      { c: 20_000, u: 1 },
    ])
  })

  it('tells how many rows were written to who asks for progress', async () => {
    const result = await engine.client.insert({
      table: 'o.t',
      values: [{ id: 30 }, { id: 31 }],
      format: 'JSONEachRow',
      clickhouse_settings: { send_progress_in_http_headers: 1 },
    })
    expect(result.summary).toMatchObject({ written_rows: '2' })
  })

  it('refuses rows that do not fit and stores none of them', async () => {
    const insert = engine.client.insert({
      table: 'o.t',
      values: [{ id: 7000 }, { id: 'seven' }],
      format: 'JSONEachRow',
    })
    await expect(insert).rejects.toMatchObject({ code: '27' })
    expect(await rowsOf('SELECT count() AS c FROM o.t WHERE id = 7000')).toEqual([{ c: 0 }])
  })

  it('sees a table that was changed a moment ago', async () => {
    await engine.client.command({
      query: 'CREATE TABLE o.grows (a UInt8) ENGINE = MergeTree ORDER BY a',
    })
    await engine.client.insert({ table: 'o.grows', values: [{ a: 1 }], format: 'JSONEachRow' })
    await engine.client.command({ query: 'ALTER TABLE o.grows ADD COLUMN b String' })
    await engine.client.insert({
      table: 'o.grows',
      values: [{ a: 2, b: 'x' }],
      format: 'JSONEachRow',
    })
    expect(await rowsOf('SELECT * FROM o.grows ORDER BY a')).toEqual([
      { a: 1, b: '' },
      { a: 2, b: 'x' },
    ])
  })
})

describe('command', () => {
  it('runs DDL and INSERT … VALUES and INSERT … SELECT', async () => {
    await engine.client.command({
      query: 'CREATE TABLE o.c (a UInt8, b String) ENGINE = MergeTree ORDER BY a;',
    })
    await engine.client.command({
      query: "INSERT INTO o.c (b, a) VALUES ('x;y', 1), (concat('a', 'b'), 1 + 1);",
    })
    await engine.client.command({ query: 'INSERT INTO o.c SELECT a + 10, b FROM o.c' })
    await engine.client.command({ query: "WITH 99 AS n INSERT INTO o.c SELECT n, 'with'" })
    expect(await rowsOf('SELECT * FROM o.c ORDER BY a')).toEqual([
      { a: 1, b: 'x;y' },
      { a: 2, b: 'ab' },
      { a: 11, b: 'x;y' },
      { a: 12, b: 'ab' },
      { a: 99, b: 'with' },
    ])
    await engine.client.command({
      query: 'ALTER TABLE o.c DELETE WHERE a > 10 SETTINGS mutations_sync = 1',
    })
    await engine.client.command({ query: 'OPTIMIZE TABLE o.c FINAL' })
    await engine.client.command({ query: 'SYSTEM STOP MERGES o.c' })
    await engine.client.command({ query: 'SYSTEM START MERGES o.c' })
    expect(await rowsOf('SELECT count() AS c FROM o.c')).toEqual([{ c: 2 }])
  })

  it('reads rows through input()', async () => {
    const query =
      "INSERT INTO o.c SELECT n * 2, s FROM input('n UInt8, s String') WHERE n > 20 FORMAT CSV"
    const { stream } = await engine.client.exec({
      query,
      values: Readable.from(['20,"no"\n21,"yes"\n'], { objectMode: false }),
    })
    stream.resume()
    expect(await rowsOf('SELECT * FROM o.c WHERE a > 30')).toEqual([{ a: 42, b: 'yes' }])
  })

  it('explains and shows', async () => {
    expect(await rowsOf('EXPLAIN SELECT 1')).not.toEqual([])
    expect(await rowsOf("SHOW TABLES FROM o LIKE 'c'")).toEqual([{ name: 'c' }])
    expect(await rowsOf('EXISTS TABLE o.c')).toEqual([{ result: 1 }])
    expect(await rowsOf('DESCRIBE TABLE o.c')).toHaveLength(2)
  })
})

it('works in the database of the client', async () => {
  const other = createClient({
    url: engine.handle.url,
    http_agent: engine.newAgent(),
    database: 'o',
  })
  await other.command({ query: 'CREATE TABLE here (a UInt8) ENGINE = MergeTree ORDER BY a' })
  await other.insert({ table: 'here', values: [{ a: 1 }], format: 'JSONEachRow' })
  expect(
    await (await other.query({ query: 'SELECT a FROM here', format: 'JSONEachRow' })).json(),
  ).toEqual([{ a: 1 }])
  await other.close()
})
