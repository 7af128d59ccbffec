import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine } from './test-engine.ts'
import type { TestEngine } from './test-engine.ts'

// One test for each defect of chDB that the engine must keep away from its clients. They decide whether a new version may be
// adopted.
let engine: TestEngine

beforeAll(async () => {
  engine = await startTestEngine()
  await engine.ask('CREATE DATABASE o')
  await engine.ask('CREATE TABLE o.victim (a UInt8) ENGINE = MergeTree ORDER BY a')
})

afterAll(() => engine.stop())

describe('rows are never read as SQL', () => {
  it.each([
    ['JSONEachRow', '{"s":"one"}\n\nDROP TABLE o.victim;\n{"s":"two"}\n'],
    ['JSONEachRow', '{"s":"one"}\n\n{"s":"two"}\n'],
    ['TSV', 'a;b\n\nDROP TABLE o.victim\n'],
    ['CSV', '"x\n\n; DROP TABLE o.victim;"\n"y"\n'],
    ['LineAsString', "it's; -- /* $$ `\n\nDROP TABLE o.victim;\n"],
    ['Values', "('a\n\nDROP TABLE o.victim'),\n\n('b')"],
  ])('%s: a blank line ends nothing and runs nothing: %j', async (format, rows) => {
    await engine.ask('DROP TABLE IF EXISTS o.s')
    await engine.ask('CREATE TABLE o.s (s String) ENGINE = MergeTree ORDER BY s')
    const insert = `INSERT INTO o.s ${format === 'Values' ? 'VALUES' : `FORMAT ${format}`}`
    // Good rows are stored and bad ones are an error: what matters is that nothing else happens.
    const answer = await engine.send(`/?query=${encodeURIComponent(insert)}`, { body: rows })
    expect(await engine.ask('EXISTS TABLE o.victim')).toBe('1\n')
    const stored = Number(await engine.ask('SELECT count() FROM o.s'))
    expect(stored > 0).toBe(answer.status === 200)
    // The same as one body, SQL and rows together.
    await engine.send('/', { body: `${insert}\n${rows}` })
    expect(await engine.ask('EXISTS TABLE o.victim')).toBe('1\n')
  })

  it('stores every row of two bytes 0A 0A in RowBinary', async () => {
    await engine.ask('CREATE TABLE o.b (x UInt8) ENGINE = MergeTree ORDER BY tuple()')
    const rows = Buffer.alloc(70_000, 0x0a)
    await engine.ask('INSERT INTO o.b FORMAT RowBinary', rows)
    expect(await engine.ask('SELECT count(), uniq(x), any(x) FROM o.b')).toBe('70000\t1\t10\n')
  })

  it('stores every byte value in any neighbourhood in RowBinary', async () => {
    await engine.ask('CREATE TABLE o.bytes (x UInt8) ENGINE = MergeTree ORDER BY tuple()')
    const pairs = Buffer.alloc(2 * 65536)
    for (let pair = 0; pair < 65536; pair++) pairs.writeUInt16LE(pair, pair * 2)
    await engine.ask('INSERT INTO o.bytes FORMAT RowBinary', pairs)
    expect(await engine.ask('SELECT count(), uniqExact(x), sum(x) FROM o.bytes')).toBe(
      `131072\t256\t${(255 * 256 * 512) / 2}\n`,
    )
  })

  it('stores Native blocks whose values are bytes 0A 0A', async () => {
    await engine.ask('CREATE TABLE o.n (x UInt64) ENGINE = MergeTree ORDER BY tuple()')
    const rows = 2570
    // Columns, rows, name, type: 2570 rows is 8A 14, and every value is 0A 0A 0A 0A 0A 0A 0A 0A.
    const head = Buffer.from([1, 0x8a, 0x14, 1, 0x78, 6, ...Buffer.from('UInt64')])
    await engine.ask(
      'INSERT INTO o.n FORMAT Native',
      Buffer.concat([head, Buffer.alloc(rows * 8, 0x0a)]),
    )
    expect(await engine.ask('SELECT count(), uniq(x), any(hex(x)) FROM o.n')).toBe(
      `${rows}\t1\t0A0A0A0A0A0A0A0A\n`,
    )
  })
})

describe('one request is one statement', () => {
  it.each([
    'SELECT 1; DROP TABLE o.victim',
    'SELECT 1;\n\nDROP TABLE o.victim',
    "INSERT INTO o.victim SELECT 1; SELECT '",
    'INSERT INTO o.victim SELECT 1; DROP TABLE o.victim',
    'SET max_threads = 1; DROP TABLE o.victim',
    'WITH 1 AS x INSERT INTO o.victim VALUES (1)\n\n; DROP TABLE o.victim',
    'WITH (SELECT insert FROM (SELECT 1 AS insert)) AS x INSERT INTO o.victim VALUES (1)',
    'EXPLAIN INSERT INTO o.victim FORMAT JSONEachRow {"a":1}\n\nDROP TABLE o.victim',
    'CREATE TABLE o.p (a Int8) ENGINE = Memory PARALLEL WITH DROP TABLE o.victim',
    'SELECT $a$; DROP TABLE o.victim $a$',
    'SELECT ‘; DROP TABLE o.victim; SELECT ’',
    'SELECT 1 \\G DROP TABLE o.victim',
    'BEGIN TRANSACTION',
    'EXECUTE AS default DROP TABLE o.victim',
    'SYSTEM SHUTDOWN',
    "SELECT 1 INTO OUTFILE '/tmp/vedette-outfile'",
    "INSERT INTO o.victim FROM INFILE '/etc/passwd' FORMAT TSV",
  ])('refuses %j', async (sql) => {
    const reply = await engine.send('/', { body: sql })
    expect([reply.status, reply.headers['x-clickhouse-exception-code']]).toEqual([400, '62'])
    expect(await engine.ask('EXISTS TABLE o.victim')).toBe('1\n')
    expect(await engine.ask('SELECT count() FROM o.victim')).toBe('0\n')
  })

  it('takes a closing semicolon and comments', async () => {
    expect(await engine.ask('SELECT 1 /* a; b */ + 1; -- ; done')).toBe('2\n')
    // Comments nest, for chDB as for us.
    expect(await engine.ask('SELECT 1 /* /* */ ; DROP TABLE o.victim -- */')).toBe('1\n')
    expect(await engine.ask('EXISTS TABLE o.victim')).toBe('1\n')
  })
})

describe('KILL', () => {
  it('returns at once even with SYNC, and ends the query', async () => {
    const slow = engine.send('/?query_id=slow-one', {
      body: 'SELECT count() FROM numbers(1000000000000) SETTINGS max_threads = 1',
    })
    await eventually(async () => (await processes()).includes('1000000000000'))
    const reply = await engine.send('/', { body: "KILL QUERY WHERE query_id = 'slow-one' SYNC" })
    expect(reply.status).toBe(200)
    expect((await slow).headers['x-clickhouse-exception-code']).toBe('394')
  })
})

describe('lanes', () => {
  it('answers small queries while long ones run', async () => {
    const long = Array.from({ length: 3 }, () =>
      engine.send('/', {
        body: 'SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1 FORMAT Null',
      }),
    )
    // The defect: a connection runs one statement at a time, and a sub-query of a stream runs on the thread that serves everybody.
    long.push(
      engine.send('/', {
        body: 'SELECT (SELECT sum(sleepEachRow(1)) FROM numbers(3)) FORMAT Null',
      }),
    )
    await eventually(async () => (await processes()).split('sleepEachRow').length > 4)
    const order: string[] = []
    const done = Promise.all(long).then(() => order.push('long'))
    await engine.ask('SELECT 1')
    order.push('short')
    await done
    expect(order).toEqual(['short', 'long'])
  })

  it('answers the whole of nothing when a query has failed before', async () => {
    // chDB delivers what a failed statement had written with the next answer of the same connection.
    for (let round = 0; round < 8; round++) {
      await engine
        .send('/', { body: 'SELECT number, throwIf(number = 1000000) FROM numbers(3000000)' })
        .catch(() => undefined)
      await engine.send('/', { body: 'DESCRIBE TABLE o.nothing_of_this_name' })
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => engine.ask('EXISTS TABLE o.victim')),
    )
    expect(new Set(answers)).toEqual(new Set(['1\n']))
  })

  it('lets nothing that a request set reach another one', async () => {
    await engine.ask('SET max_threads = 1, max_block_size = 7')
    await engine.ask('USE o')
    await engine.ask('CREATE TEMPORARY TABLE only_here (a UInt8)')
    await engine.send('/?max_block_size=11', { body: 'SELECT 1' })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        engine.ask(
          "SELECT currentDatabase(), getSetting('max_block_size') IN (7, 11), (SELECT count() FROM system.tables WHERE name = 'only_here')",
        ),
      ),
    )
    expect(new Set(answers)).toEqual(new Set(['default\t0\t0\n']))
  })
})

it('gives 64-bit ids exactly in Native', async () => {
  await engine.ask('CREATE TABLE o.ids (id UInt64) ENGINE = MergeTree ORDER BY id')
  await engine.client.insert({
    table: 'o.ids',
    values: [{ id: '18446744073709551615' }, { id: '9007199254740993' }],
    format: 'JSONEachRow',
  })
  const reply = await engine.send('/', { body: 'SELECT id FROM o.ids ORDER BY id FORMAT Native' })
  expect(reply.body.subarray(-16).readBigUInt64LE(0)).toBe(9007199254740993n)
  expect(reply.body.subarray(-16).readBigUInt64LE(8)).toBe(18446744073709551615n)
})

it('binds the parameters of parallel queries to the right query', async () => {
  const asked = Array.from({ length: 60 }, (_, index) => `value '${index}'\n\t\\ ü`)
  const answers = await Promise.all(
    asked.map(async (value) => {
      const result = await engine.client.query({
        query: 'SELECT {v:String} AS v, sum(number) AS n FROM numbers({n:UInt64})',
        query_params: { v: value, n: 1000 },
        format: 'JSONEachRow',
      })
      const [row] = await result.json<{ v: string }>()
      return row?.v
    }),
  )
  expect(answers).toEqual(asked)
})

describe('memory', () => {
  it('refuses a query past its cap and goes on', async () => {
    const pid = engine.handle.pid
    const reply = await engine.send('/', {
      body: 'SELECT length(groupArray(number)) FROM numbers(300000000)',
    })
    expect(reply.headers['x-clickhouse-exception-code']).toBe('241')
    expect(await engine.ask('SELECT 1')).toBe('1\n')
    expect(engine.handle.pid).toBe(pid)
  })

  it('has caps on the server and its caches', async () => {
    const value = async (name: string): Promise<number> =>
      Number(await engine.ask(`SELECT value FROM system.server_settings WHERE name = '${name}'`))
    expect(await value('max_server_memory_usage')).toBe(192 * 1024 * 1024)
    expect(await value('mark_cache_size')).toBe(8 * 1024 * 1024)
    expect(await value('uncompressed_cache_size')).toBe(0)
    expect(await value('max_thread_pool_size')).toBe(1000)
  })

  it('streams a large answer without holding it', async () => {
    const before = Number(await rssOf(engine.handle.pid))
    const result = await engine.client.exec({
      query: 'SELECT number FROM numbers(20000000) FORMAT RowBinary',
    })
    let bytes = 0
    for await (const chunk of result.stream) bytes += (chunk as Buffer).length
    expect(bytes).toBe(160_000_000)
    expect(Number(await rssOf(engine.handle.pid)) - before).toBeLessThan(80 * 1024)
  })
})

it('leaves no rows of a request behind in the spool', () => {
  expect(readdirSync(join(engine.dataDir, 'engine', 'spool'))).toEqual([])
})

it('uses chDB in the main thread of its own process only', async () => {
  expect(engine.handle.pid).not.toBe(process.pid)
  const maps = await import('node:fs/promises').then(({ readFile }) =>
    readFile('/proc/self/maps', 'utf8'),
  )
  expect(maps).not.toContain('libchdb')
})

async function processes(): Promise<string> {
  return engine.ask('SELECT query FROM system.processes')
}

async function rssOf(pid: number | undefined): Promise<string | undefined> {
  const { readFile } = await import('node:fs/promises')
  return /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
