import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { gunzipSync, gzipSync, deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryRoot, spoolFolderOf } from './data-dir.ts'
import { memoryFolderOf } from './memory-folder.ts'
import { startTestEngine } from './test-engine.ts'
import type { Reply, SendOptions, TestEngine } from './test-engine.ts'

let engine: TestEngine
let remoteUrl = ''

beforeAll(async () => {
  engine = await startTestEngine({
    listen: { host: '127.0.0.1', port: 0, user: 'ann', password: "p'ss:w" },
  })
  remoteUrl = engine.handle.url
  await engine.ask('CREATE DATABASE o')
  await engine.ask('CREATE TABLE o.t (a UInt32) ENGINE = MergeTree ORDER BY a')
})

afterAll(() => engine.stop())

function codeOf(reply: Reply): string {
  return `${reply.status} ${String(reply.headers['x-clickhouse-exception-code'])}`
}

function insertTarget(sql: string): string {
  return `/?query=${encodeURIComponent(sql)}`
}

async function running(): Promise<string> {
  return engine.ask("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'")
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('answers', () => {
  it('has ClickHouse headers on success', async () => {
    const { status, headers, body } = await engine.send(
      '/?query_id=abc&default_format=JSONEachRow',
      { body: 'SELECT 1 AS a' },
    )
    expect([status, body.toString()]).toEqual([200, '{"a":1}\n'])
    expect(headers).toMatchObject({
      'x-clickhouse-query-id': 'abc',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-timezone': 'UTC',
      'content-type': 'application/x-ndjson; charset=UTF-8',
    })
    expect(JSON.parse(String(headers['x-clickhouse-summary']))).toMatchObject({ result_rows: '1' })
  })

  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON', 'application/json; charset=UTF-8'],
    [
      'SELECT 1 FORMAT TSV SETTINGS max_threads = 1',
      'TSV',
      'text/tab-separated-values; charset=UTF-8',
    ],
    ['SELECT 1 FORMAT Native', 'Native', 'application/octet-stream'],
    ['SHOW DATABASES', 'TabSeparated', 'text/tab-separated-values; charset=UTF-8'],
  ])('%s is %s', async (sql, format, type) => {
    const { headers } = await engine.send('/', { body: sql })
    expect([headers['x-clickhouse-format'], headers['content-type']]).toEqual([format, type])
  })

  it('is packed when asked for, small or large', async () => {
    for (const count of [3, 300_000]) {
      const { headers, body } = await engine.send('/?enable_http_compression=1', {
        body: `SELECT number FROM numbers(${count}) FORMAT TSV`,
        headers: { 'accept-encoding': 'gzip, br' },
      })
      expect(headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(body).toString().split('\n')).toHaveLength(count + 1)
    }
    const plain = await engine.send('/', {
      body: 'SELECT 1',
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(plain.headers['content-encoding']).toBeUndefined()
  })

  it('answers /ping and GET queries, and nothing else by GET', async () => {
    expect((await engine.send('/ping')).body.toString()).toBe('Ok.\n')
    expect((await engine.send('/')).body.toString()).toBe('Ok.\n')
    expect((await engine.send('/?query=SELECT%201')).body.toString()).toBe('1\n')
    expect(codeOf(await engine.send('/?query=DROP%20TABLE%20o.t'))).toBe('500 164')
    expect((await engine.send('/elsewhere')).status).toBe(404)
    expect((await engine.send('/', { method: 'DELETE' })).status).toBe(405)
  })
})

describe('errors', () => {
  it.each([
    ['', '400 62'],
    ['   -- nothing', '400 62'],
    ['SELECT * FROM nowhere.t', '404 81'],
    ['SELECT * FROM o.nothing', '404 60'],
    ['SELECT a FROM', '400 62'],
    ["SELECT 'open", '400 62'],
    ['SELECT 1 SETTINGS no_such_setting = 1', '404 115'],
    ['SELECT {p:UInt8}', '400 456'],
    [
      'SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_execution_time = 0.3, max_block_size = 1',
      '408 159',
    ],
    ['SELECT 1 FORMAT Nonsense', '404 73'],
  ])('%j gives %s', async (sql, expected) => {
    const reply = await engine.send('/', { body: sql })
    expect(codeOf(reply)).toBe(expected)
    expect(reply.body.toString()).toMatch(/^Code: \d+\. DB::Exception: [\s\S]+\([A-Z_]+\)/)
  })

  it.each([
    ["/?a'b=1", '404 115'],
    ['/?max_threads=1&no_such_setting_either=1', '404 115'],
    ['/?param_a%27b=1', '400 36'],
    ['/?query_id=%00', '400 36'],
    ['/?default_format=a%20b', '404 73'],
    ['/?session_id=s', '501 48'],
    ['/?compress=1', '501 48'],
    ['/?database=nowhere', '404 81'],
  ])('refuses the URL %s', async (target, expected) => {
    expect(codeOf(await engine.send(target, { body: 'SELECT 1' }))).toBe(expected)
  })

  it('quotes the values of settings', async () => {
    const reply = await engine.send(
      `/?log_comment_x=1&max_threads=${encodeURIComponent("1', readonly = '1")}`,
      { body: 'SELECT 1' },
    )
    expect(reply.status).not.toBe(200)
    const good = await engine.send(`/?workload=${encodeURIComponent("a'b\\c\nd")}`, {
      body: "SELECT getSetting('workload') FORMAT JSONCompactEachRow",
    })
    expect(JSON.parse(good.body.toString())).toEqual(["a'b\\c\nd"])
  })
})

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('unpacks %s, of rows and of statements', async (encoding, pack) => {
    const headers = { 'content-encoding': encoding }
    expect((await engine.send('/', { body: pack('SELECT 41 + 1'), headers })).body.toString()).toBe(
      '42\n',
    )
    await engine.ask('TRUNCATE TABLE o.t')
    const reply = await engine.send(insertTarget('INSERT INTO o.t FORMAT TSV'), {
      body: pack('1\n2\n'),
      headers,
    })
    expect(reply.status).toBe(200)
    expect(await engine.ask('SELECT count() FROM o.t')).toBe('2\n')
  })

  it('refuses what unpacks to far too much, and what is not packed', async () => {
    const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024))
    const headers = { 'content-encoding': 'gzip' }
    expect(
      codeOf(
        await engine.send(insertTarget('INSERT INTO o.t FORMAT TSV'), { body: bomb, headers }),
      ),
    ).toBe('413 307')
    expect(
      codeOf(
        await engine.send(insertTarget('INSERT INTO o.t FORMAT TSV'), { body: 'plain', headers }),
      ),
    ).toBe('400 354')
    expect(
      codeOf(await engine.send('/', { body: 'x', headers: { 'content-encoding': 'br' } })),
    ).toBe('400 89')
  })

  it('refuses rows and statements beyond their bounds', async () => {
    const rows = await engine
      .send(insertTarget('INSERT INTO o.t FORMAT RowBinary'), {
        body: Buffer.alloc(70 * 1024 * 1024),
      })
      .catch(() => undefined)
    // The connection may be cut before the answer is read; either way nothing is stored.
    expect(['cut', '413 307']).toContain(rows === undefined ? 'cut' : codeOf(rows))
    const statement = await engine
      .send('/', { body: `SELECT '${'x'.repeat(5 * 1024 * 1024)}'` })
      .catch(() => undefined)
    expect(['cut', '413 62']).toContain(statement === undefined ? 'cut' : codeOf(statement))
    expect(Number(await engine.ask('SELECT count() FROM o.t'))).toBeLessThan(100)
  })

  it('takes a statement in parts, split anywhere', async () => {
    await engine.ask('TRUNCATE TABLE o.t')
    const text = Buffer.from('INSERT INTO o.t (a) FORMAT TSV\r\n1\n2\n3\n')
    for (let cut = 1; cut < text.length; cut++) {
      const [first, second] = [text.subarray(0, cut), text.subarray(cut)]
      const call = request({ socketPath: engine.handle.socketPath, path: '/', method: 'POST' })
      call.write(first)
      setImmediate(() => call.end(second))
      const status = await new Promise((resolve) => {
        call.on('response', (response) => resolve(response.resume().statusCode))
      })
      expect(status).toBe(200)
    }
    expect(await engine.ask('SELECT count(), uniq(a) FROM o.t')).toBe(
      `${(text.length - 1) * 3}\t3\n`,
    )
  })

  it('takes a URL and a body as one text', async () => {
    expect((await engine.send(insertTarget('SELECT'), { body: '1 + 1' })).body.toString()).toBe(
      '2\n',
    )
    expect(
      (await engine.send(insertTarget('INSERT INTO o.t'), { body: 'VALUES (7)' })).status,
    ).toBe(200)
    expect(
      (await engine.send(insertTarget('INSERT INTO o.t VALUES (8)'), { body: ', (9)' })).status,
    ).toBe(200)
    expect(await engine.ask('SELECT count() FROM o.t WHERE a IN (7, 8, 9)')).toBe('3\n')
  })

  it('stores nothing of an insert whose client leaves in the middle, and keeps no file', async () => {
    await engine.ask('TRUNCATE TABLE o.t')
    const call = request({
      socketPath: engine.handle.socketPath,
      path: insertTarget('INSERT INTO o.t FORMAT TSV'),
      method: 'POST',
    })
    call.on('error', () => undefined)
    for (let part = 0; part < 60; part++) call.write('1\n'.repeat(50_000))
    const spool = spoolFolderOf(engine.dataDir)
    await until(() => readdirSync(spool).length > 0)
    call.destroy()
    await until(() => readdirSync(spool).length === 0)
    expect(await engine.ask('SELECT count() FROM o.t')).toBe('0\n')
    expect(readdirSync(memoryFolderOf(memoryRoot, spool))).toEqual(['owner'])
  })
})

describe('a client that goes away', () => {
  it.each([
    ['before any row', 'SELECT count() FROM numbers(1000000000000) SETTINGS max_threads = 1'],
    ['in the middle of the rows', 'SELECT number FROM numbers(1000000000000) FORMAT RowBinary'],
  ])('ends its query: %s', async (_when, sql) => {
    const call = request({ socketPath: engine.handle.socketPath, path: '/', method: 'POST' })
    call.on('error', () => undefined)
    call.on('response', (response) => response.on('data', () => undefined))
    call.end(sql)
    await until(async () => (await running()).includes('1000000000000'))
    call.destroy()
    await until(async () => !(await running()).includes('1000000000000'))
  })

  it('blocks nobody while it takes nothing', async () => {
    const calls = Array.from({ length: 3 }, () => {
      const call = request({ socketPath: engine.handle.socketPath, path: '/', method: 'POST' })
      call.on('error', () => undefined)
      call.on('response', (response) => response.pause())
      call.end('SELECT number FROM numbers(1000000000000) FORMAT RowBinary')
      return call
    })
    await until(async () => (await running()).split('1000000000000').length > 3)
    expect(await engine.ask('SELECT 1')).toBe('1\n')
    for (const call of calls) call.destroy()
    await until(async () => !(await running()).includes('1000000000000'))
  })
})

it('answers 503 with Retry-After when too many wait, and recovers', async () => {
  const flood = Array.from({ length: 100 }, () => {
    const options: SendOptions = { body: 'SELECT sleep(0.3) FORMAT Null' }
    return sendAlone(options)
  })
  const replies = await Promise.all(flood)
  const refused = replies.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
  expect(new Set(refused.map(codeOf))).toEqual(new Set(['503 202']))
  expect(replies.every(({ status }) => status === 503 || status === 200)).toBe(true)
  expect(await engine.ask('SELECT 1')).toBe('1\n')
}, 60_000)

describe('over TCP', () => {
  const auth = { authorization: `Basic ${Buffer.from("ann:p'ss:w").toString('base64')}` }
  const remote = async (sql: string, headers: Record<string, string> = auth): Promise<string> => {
    const reply = await fetch(remoteUrl, { method: 'POST', body: sql, headers })
    return `${reply.status} ${reply.headers.get('x-clickhouse-exception-code') ?? (await reply.text())}`
  }

  it('takes the password in each of the usual ways', async () => {
    expect(await remote('SELECT 1')).toBe('200 1\n')
    expect(
      await remote('SELECT 1', { 'x-clickhouse-user': 'ann', 'x-clickhouse-key': "p'ss:w" }),
    ).toBe('200 1\n')
    const byUrl = await fetch(
      `${remoteUrl}/?user=ann&password=${encodeURIComponent("p'ss:w")}&query=SELECT%201`,
    )
    expect(byUrl.status).toBe(200)
    expect((await fetch(`${remoteUrl}/ping`)).status).toBe(200)
  })

  it.each([
    [{}],
    [{ authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` }],
    [{ authorization: `Basic ${Buffer.from("bob:p'ss:w").toString('base64')}` }],
    [{ authorization: 'Basic ???' }],
    [{ 'x-clickhouse-user': 'ann' }],
  ])('refuses %j', async (headers) => {
    expect(await remote('SELECT 1', headers as Record<string, string>)).toBe('401 516')
  })

  it.each([
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM `file`('/etc/passwd', 'LineAsString')",
    "SELECT * FROM \"f\\x69le\"('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT * FROM FILE /* */ ('/etc/passwd')",
    "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
    "INSERT INTO FUNCTION file('/tmp/x', 'TSV') SELECT 1",
    "SELECT * FROM eval('SELECT 1')",
    "CREATE TABLE o.f (a String) ENGINE = File('TSV', '/etc/passwd')",
    "CREATE TABLE o.f (a String) ENGINE URL('http://127.0.0.1/', 'TSV')",
    "CREATE DATABASE f ENGINE = Filesystem('/etc')",
    "CREATE DICTIONARY o.d (a String) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format 'TSV')) LAYOUT(FLAT()) LIFETIME(0)",
    'SELECT * FROM default.`/etc/passwd`',
    'SELECT * FROM "default" . "/etc/passwd"',
  ])('reaches nothing outside: %s', async (sql) => {
    expect(await remote(sql)).toBe('403 497')
  })

  it('sees no files as tables, whatever its database', async () => {
    expect(await remote("SELECT * FROM '/etc/passwd'")).toBe('404 60')
    const other = await fetch(`${remoteUrl}/?database=default`, {
      method: 'POST',
      body: 'SELECT * FROM "/etc/passwd"',
      headers: auth,
    })
    expect(other.headers.get('x-clickhouse-exception-code')).toBe('60')
    const named = await fetch(
      `${remoteUrl}/?param_d=default&param_t=${encodeURIComponent('/etc/passwd')}`,
      {
        method: 'POST',
        body: 'SELECT * FROM {d:Identifier}.{t:Identifier}',
        headers: auth,
      },
    )
    expect(named.headers.get('x-clickhouse-exception-code')).toBe('497')
  })

  it('reads and writes the data of the engine', async () => {
    expect(await remote('CREATE TABLE o.remote (a UInt8) ENGINE = MergeTree ORDER BY a')).toBe(
      '200 ',
    )
    expect(await remote('INSERT INTO o.remote SELECT number FROM numbers(3)')).toBe('200 ')
    expect(await remote('INSERT INTO o.remote FORMAT TSV\n7\n')).toBe('200 ')
    expect(await remote('SELECT sum(a) FROM o.remote')).toBe('200 10\n')
  })
})

/** A request on a connection of its own. */
function sendAlone(options: SendOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: engine.handle.socketPath, path: '/', method: 'POST' })
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      )
    })
    call.end(options.body)
  })
}
