import { STATUS_CODES, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Log } from '../self/log.ts'
import { messageOf } from '../model/problem.ts'
import { createGatekeeper, type Visit } from './authenticate.ts'
import type { Access, ListenAddress, Permission } from './guard.ts'
import { textAnswer, type Listener, type RouteMeter } from './listener.ts'
import { withoutBase } from './base-path.ts'
import { Params } from './params.ts'
import type { Answer } from './send.ts'

/** Clients have little to say: what is longer ends the connection. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** How long a client may take to answer that the connection ends. */
const GOODBYE_MS = 500
const GOING_AWAY = 1001

/** A request to become a WebSocket. */
export interface SocketRequest {
  readonly params: Params
  readonly headers: IncomingHttpHeaders
  readonly visit: Visit
}

export interface SocketRoute {
  /** Without variable parts. */
  readonly path: string
  readonly permission: Permission
  /**
   * Looks at a request that may go on: what serves the socket once it is one, or the answer to a request that makes no sense. Must
   * not throw.
   */
  readonly open: (request: SocketRequest) => ((socket: WebSocket) => void) | Answer
}

export interface SocketOptions {
  readonly address: ListenAddress
  readonly access: Access
  readonly log: Log
  readonly meter: (path: string) => RouteMeter
  /** As of the listener. */
  readonly basePath?: string
}

/**
 * A listener whose paths of this list also speak WebSocket (RFC 6455). A request to become one is decided about as every other of
 * the listener is. Sockets count as its connections, and end when it drains.
 */
export function withSockets(
  listener: Listener,
  options: SocketOptions,
  routes: readonly SocketRoute[],
): Listener {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const doors = new SocketDoors(options, sockets, routes)
  const { server } = listener.app
  server.on('upgrade', (request, socket, head) => {
    if (!doors.serve(request, socket, head)) passOn(server, request, socket, head)
  })
  const sayGoodbye = (): Promise<void> => endAll(sockets)
  return {
    ...listener,
    drain: async (timeoutMs) => {
      await Promise.all([sayGoodbye(), listener.drain(timeoutMs)])
    },
    close: async () => {
      await Promise.all([sayGoodbye(), listener.close()])
    },
  }
}

class SocketDoors {
  readonly #options: SocketOptions
  readonly #sockets: WebSocketServer
  readonly #decide: ReturnType<typeof createGatekeeper>
  readonly #routes: ReadonlyMap<string, { readonly route: SocketRoute; readonly meter: RouteMeter }>

  constructor(options: SocketOptions, sockets: WebSocketServer, routes: readonly SocketRoute[]) {
    this.#options = options
    this.#sockets = sockets
    this.#decide = createGatekeeper(options.address, options.access)
    this.#routes = new Map(
      routes.map((route) => [route.path, { route, meter: options.meter(route.path) }]),
    )
  }

  /** False when the request does not ask for a WebSocket that there is. */
  serve(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const target = withoutBase(request.url ?? '', this.#options.basePath)
    const path = target.split('?', 1)[0] ?? ''
    const found = this.#routes.get(path)
    if (found === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') return false
    // A client that goes away is nobody's fault.
    socket.on('error', () => undefined)
    const begunMs = performance.now()
    const finish = (answer: Answer): void => {
      found.meter(answer.status ?? 200, (performance.now() - begunMs) / 1000, undefined, 'GET')
      refuse(socket, answer)
    }
    const begin = (admitted: ((socket: WebSocket) => void) | Answer): void => {
      if (typeof admitted !== 'function') return finish(admitted)
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        found.meter(101, (performance.now() - begunMs) / 1000, undefined, 'GET')
        opened.on('error', () => undefined)
        admitted(opened)
      })
    }
    const fail = (thrown: unknown): void => {
      this.#options.log.error('Request failed', { path, error: messageOf(thrown) })
      finish(textAnswer(500, 'internal error'))
    }
    void this.#admit(found.route, request).then(begin, fail)
    return true
  }

  async #admit(
    { permission, open }: SocketRoute,
    request: IncomingMessage,
  ): Promise<((socket: WebSocket) => void) | Answer> {
    const decision = await this.#decide(request, permission)
    if (!decision.ok) {
      const { status, message, headers } = decision.refusal
      const answer = textAnswer(status, message)
      return { ...answer, headers: { ...answer.headers, ...headers } }
    }
    const { visit } = decision
    return open({ params: new Params(request.url ?? ''), headers: request.headers, visit })
  }
}

/** Answers a request for a WebSocket with plain HTTP, and ends the connection. */
function refuse(socket: Duplex, { status = 200, headers, contentType, body }: Answer): void {
  const text = Buffer.from(typeof body === 'string' ? body : '')
  const fields = {
    connection: 'close',
    'content-length': String(text.length),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`)
  socket.end(text)
}

/** Of the headers, those that ask for another protocol. */
const UPGRADE_HEADERS = new Set(['upgrade', 'http2-settings', 'connection'])

/**
 * Other protocols are not spoken: as HTTP says, and Go does, such a request is answered as if it had not asked (Java's client asks
 * for HTTP/2 with its first request). Node gives those connections away as soon as WebSockets are listened for, so the request goes
 * back in front of what the connection still brings, and the connection to the server.
 */
function passOn(
  server: Listener['app']['server'],
  { method, url, httpVersion, rawHeaders, headers }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (UPGRADE_HEADERS.has((rawHeaders[i] ?? '').toLowerCase())) continue
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  }
  const kept = (headers.connection ?? '')
    .split(',')
    .filter((token) => !UPGRADE_HEADERS.has(token.trim().toLowerCase()))
  if (kept.length > 0) lines.push(`connection: ${kept.join(',')}`)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket)
}

/** Tells every client that the server ends, and cuts off who does not answer. */
async function endAll(sockets: WebSocketServer): Promise<void> {
  const open = [...sockets.clients]
  if (open.length === 0) return
  const ended = open.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.once('close', () => resolve())
        socket.close(GOING_AWAY, 'the server is shutting down')
      }),
  )
  const timer = setTimeout(() => {
    for (const socket of open) socket.terminate()
  }, GOODBYE_MS)
  await Promise.all(ended)
  clearTimeout(timer)
}
