import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findPostgresServers } from './find-servers.ts'

let folder = ''
const open: net.Server[] = []
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'find-postgres-'))
})
afterEach(() => {
  for (const server of open.splice(0)) server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A server that answers what it is asked with this; nothing: it says nothing. */
async function serve(answer: string, at: string | number): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (asked) => {
      if (answer !== '' && asked.length === 8) socket.end(answer)
    })
  })
  open.push(server)
  await new Promise<void>((resolve) => {
    if (typeof at === 'string') server.listen(at, resolve)
    else server.listen(at, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

it('finds servers behind sockets and ports, and nothing else', async () => {
  await serve('N', path.join(folder, '.s.PGSQL.5433'))
  await serve('', path.join(folder, '.s.PGSQL.5434'))
  writeFileSync(path.join(folder, '.s.PGSQL.5435'), '')
  const postgres = await serve('S', 0)
  const web = await serve('HTTP/1.1 400 Bad Request', 0)
  expect(
    await findPostgresServers({
      socketFolders: [folder, path.join(folder, 'absent')],
      ports: [postgres, web, 1, 5433],
    }),
  ).toEqual([
    { host: folder, port: 5433 },
    { host: '127.0.0.1', port: postgres },
  ])
})
