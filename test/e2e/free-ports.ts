import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Ports on 127.0.0.1 that nobody listens on. All are held open until the last one is known, so they differ; a moment
 * later somebody else could take one, which a caller sees as a server that does not start.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('not a TCP listener')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
