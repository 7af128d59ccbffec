import http from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from './fake-receiver.ts'

/** A proxy of HTTP that notes what goes through it. */
export interface FakeProxy {
  /** `127.0.0.1:port` */
  readonly address: string
  /** `GET http://…` or `CONNECT host:port`, and the login and the header `x-hop` that came with it. */
  readonly seen: string[]
  close(): Promise<void>
}

export async function startProxy(): Promise<FakeProxy> {
  const seen: string[] = []
  const note = ({ method = '', url = '', headers }: http.IncomingMessage): void => {
    const login = headers['proxy-authorization'] ?? '-'
    seen.push(`${method} ${url} ${login} ${String(headers['x-hop'] ?? '-')}`)
  }
  const server = http.createServer((request, response) => {
    note(request)
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = http.request(request.url ?? '', { method: request.method ?? '', headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  const sockets = new Set<{ destroy(): void }>()
  server.on('connect', (request: http.IncomingMessage, socket) => {
    note(request)
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = connect(Number(port || 80), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) {
      sockets.add(end)
      end.on('error', () => undefined)
    }
  })
  const port = await listen(server)
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { address: `127.0.0.1:${port}`, seen, close }
}

/** A proxy of SOCKS5 without a login (RFC 1928), for addresses of IPv4 and names. */
export async function startSocks(): Promise<FakeProxy> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', (request) => {
        const isName = request[3] === 3
        const length = isName ? (request[4] ?? 0) : 4
        const start = isName ? 5 : 4
        const host = request.subarray(start, start + length)
        const name = isName ? host.toString() : [...host].join('.')
        const port = request.readUInt16BE(start + length)
        seen.push(`${name}:${port}`)
        const onward = connect(port, name, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          onward.pipe(socket).pipe(onward)
        })
        sockets.add(onward.on('error', () => undefined))
      })
    })
  })
  const port = await listen(server)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { address: `127.0.0.1:${port}`, seen, close }
}
