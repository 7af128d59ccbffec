import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { Answer } from './answer.ts'

const SUMMARY = { resultRows: 1, writtenRows: undefined, elapsedNs: 1 }
const servers: { close: () => unknown }[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** The response to a client that went away before anything was answered. */
async function abandoned(): Promise<ServerResponse> {
  const server = createServer()
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const asked = new Promise<ServerResponse>((resolve) => {
    server.once('request', (_request, response) => resolve(response))
  })
  const client = request({ host: '127.0.0.1', port })
  client.on('error', () => undefined)
  client.end()
  const response = await asked
  const closed = once(response, 'close')
  client.destroy()
  await closed
  return response
}

describe('an answer whose client has gone', () => {
  it.each([false, true])('is finished all the same (gzip: %s)', async (gzip) => {
    const response = await abandoned()
    const answer = new Answer(response, { queryId: 'a', format: 'TSV', gzip })
    await answer.write(Buffer.from('1\n'))
    await expect(answer.finish(SUMMARY)).resolves.toBeUndefined()
  })
})
