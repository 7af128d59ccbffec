import { readdirSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

/** Where packages put the sockets of a server. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp']
const USUAL_PORT = 5432
const PATIENCE_MS = 300

/** Asks whether TLS is spoken: eight bytes that a PostgreSQL answers with one before anybody has signed in. */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

export interface SearchedPlaces {
  readonly socketFolders: readonly string[]
  readonly ports: readonly number[]
}

/** PostgreSQL servers that answer on this machine, each as what stands behind `host=` and `port=` of a connection string. */
export async function findPostgresServers(
  places: SearchedPlaces = { socketFolders: SOCKET_FOLDERS, ports: [USUAL_PORT] },
): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const sockets = places.socketFolders.flatMap(socketsIn)
  const ports = places.ports.map((port) => ({ host: '127.0.0.1', port }))
  const asked = [...sockets, ...ports]
  const answers = await Promise.all(asked.map((place) => isPostgres(place)))
  const found = asked.filter((_, i) => answers[i] === true)
  // A server that is reached both ways is one server.
  return found.filter(({ port }, i) => found.findIndex((earlier) => earlier.port === port) === i)
}

function socketsIn(folder: string): { host: string; port: number }[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const port = /^\.s\.PGSQL\.(\d+)$/.exec(name)?.[1]
      return port === undefined ? [] : [{ host: folder, port: Number(port) }]
    })
  } catch {
    return []
  }
}

function isPostgres({ host, port }: { host: string; port: number }): Promise<boolean> {
  const where = host.startsWith('/')
    ? { path: path.join(host, `.s.PGSQL.${port}`) }
    : { host, port }
  return new Promise((resolve) => {
    const socket = net.connect({ ...where, timeout: PATIENCE_MS })
    const finish = (result: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => finish(false), PATIENCE_MS)
    socket.once('connect', () => socket.write(TLS_REQUEST))
    socket.once('data', (answer) => {
      const first = answer.toString('latin1', 0, 1)
      finish(first === 'S' || first === 'N')
    })
    socket.once('error', () => finish(false))
    socket.once('close', () => finish(false))
  })
}
