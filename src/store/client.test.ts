import http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { messageOf, Problem } from '../model/problem.ts'
import { StoreClient } from './client.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A client of a server that gives this answer to everything. */
async function clientOf(status: number, code: number, text: string): Promise<StoreClient> {
  const server = http.createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'X-ClickHouse-Exception-Code': String(code) })
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new StoreClient({ url: `http://127.0.0.1:${port}`, database: 'd' })
  ends.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => client.close(),
  )
  return client
}

describe('problems of the store', () => {
  it.each([
    [
      'a full disk',
      [507, 243, 'Code: 243. DB::Exception: the disk has 3 bytes free. (NOT_ENOUGH_SPACE)'],
      'unavailable: the disk of the store is full: the disk has 3 bytes free',
    ],
    [
      'too much at once',
      [503, 202, 'Code: 202. DB::Exception: 5 queries wait. (TOO_MANY_SIMULTANEOUS_QUERIES)'],
      'unavailable: the store cannot do this now: 5 queries wait',
    ],
    [
      'too little memory',
      [500, 241, 'Code: 241. DB::Exception: would use 1 GiB. (MEMORY_LIMIT_EXCEEDED)'],
      'limit: the store: would use 1 GiB',
    ],
  ] as const)('%s is named', async (_, [status, code, text], expected) => {
    const client = await clientOf(status, code, text)
    const insert = client.insertNative('t', ['a'], new Uint8Array(3), 'x')
    const told = await insert.catch((thrown: unknown) =>
      thrown instanceof Problem ? `${thrown.code}: ${thrown.message}` : String(thrown),
    )
    expect(told).toContain(expected)
  })

  it('a server that is not there is told as such', async () => {
    const client = new StoreClient({ url: 'http://127.0.0.1:1', database: 'd' })
    ends.push(() => client.close())
    const message = await client.command('SELECT 1').catch(messageOf)
    expect(message).toContain('the store cannot be reached: ')
  })
})
