import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Problem } from '../model/problem.ts'
import { StoreClient } from './client.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A client of an engine behind a socket that answers in this way. */
async function clientOf(
  answer: http.RequestListener,
  requestTimeoutMs = 5000,
): Promise<StoreClient> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ask-engine-'))
  const socketPath = path.join(folder, 'engine.sock')
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const options = { url: 'http://localhost', socketPath, database: 'd', requestTimeoutMs }
  const client = new StoreClient(options)
  ends.push(
    () => rmSync(folder, { recursive: true }),
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
    () => client.close(),
  )
  return client
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => 'no problem',
    (reason: unknown) => reason,
  )
  return thrown instanceof Problem ? `${thrown.code}: ${thrown.message}` : String(thrown)
}

describe('inserting into the engine', () => {
  it('sends the rows as they are, with the statement and the token beside them', async () => {
    let asked: URL | undefined
    const bodies: Buffer[] = []
    const client = await clientOf((request, response) => {
      asked = new URL(request.url ?? '', 'http://engine')
      request.on('data', (part: Buffer) => bodies.push(part))
      request.on('end', () => response.end())
    })
    const rows = new Uint8Array(300_000).map((_, i) => i % 251)
    await client.insertNative('t', ['a', 'b'], rows, 'batch-7', 'optimize_on_insert = 0')
    expect(Object.fromEntries(asked?.searchParams ?? [])).toEqual({
      query: 'INSERT INTO `d`.t (a, b) SETTINGS optimize_on_insert = 0 FORMAT Native',
      insert_deduplicate: '1',
      insert_deduplication_token: 'batch-7',
    })
    expect(Buffer.concat(bodies).equals(rows)).toBe(true)
  })

  it('names a full disk, although the engine reads no rows then', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(507)
      response.end('Code: 243. DB::Exception: the disk has 3 bytes free. (NOT_ENOUGH_SPACE)')
    })
    const insert = client.insertNative('t', ['a'], new Uint8Array(3_000_000), 'x')
    expect(await problemOf(insert)).toContain('unavailable: the disk of the store is full: ')
  })
})

describe('reading from the engine', () => {
  it('sends the statement and its settings, and joins the parts of the answer', async () => {
    let asked = ''
    const client = await clientOf((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        asked = `${request.method} ${request.url} ${body}`
        response.write('first ')
        setTimeout(() => response.end('second'), 5)
      })
    })
    const settings = { max_threads: 1, max_query_size: 1000 }
    const bytes = await client.native('SELECT a FROM {db}.t', { settings })
    expect(Buffer.from(bytes).toString()).toBe('first second')
    expect(asked).toBe('POST /?max_threads=1&max_query_size=1000 SELECT a FROM `d`.t FORMAT Native')
    expect(await client.native('SELECT 1', {})).toHaveLength(12)
  })

  it('an answer without rows is empty', async () => {
    const client = await clientOf((_, response) => response.end())
    expect(await client.native('SELECT 1')).toHaveLength(0)
  })

  it('names what the engine refuses', async () => {
    const client = await clientOf((request, response) => {
      request.resume()
      response.writeHead(500)
      response.end('Code: 241. DB::Exception: would use 1 GiB. (MEMORY_LIMIT_EXCEEDED)')
    })
    expect(await problemOf(client.native('SELECT 1'))).toBe('limit: the store: would use 1 GiB. ')
  })

  it('an answer that is cut off is none', async () => {
    const client = await clientOf((request, response) => {
      request.resume()
      response.write('half of')
      setTimeout(() => response.destroy(), 5)
    })
    expect(await problemOf(client.native('SELECT 1'))).toContain(
      'unavailable: the store cannot be reached: ',
    )
  })

  it('an engine that does not answer is away', async () => {
    const client = await clientOf((request) => request.resume(), 50)
    expect(await problemOf(client.native('SELECT 1'))).toBe(
      'unavailable: the store cannot be reached: Timeout error.',
    )
  })

  it.each([false, true])(
    'a query is cancelled, with a part of its answer sent: %s',
    async (hasBegun) => {
      const stop = new AbortController()
      let end: () => void = () => undefined
      const closed = new Promise<void>((resolve) => (end = resolve))
      const client = await clientOf((request, response) => {
        request.resume()
        response.on('close', end)
        if (hasBegun) response.write('half of')
        setTimeout(() => stop.abort(), 20)
      })
      const problem = problemOf(client.native('SELECT 1', { signal: stop.signal }))
      expect(await problem).toBe('canceled: the query was canceled')
      await closed
    },
  )
})
