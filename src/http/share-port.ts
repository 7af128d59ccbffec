import type { Server } from 'node:http'
import type net from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What a client of HTTP/2 that knows what it talks to begins with (RFC 9113, 3.4); no request of HTTP/1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n')
/** A connection that says nothing is not kept. */
const FIRST_BYTES_TIMEOUT_MS = 20_000

/**
 * The protocols to be offered over TLS where a port is shared. Who speaks both gets HTTP/1, which the server answers; who speaks gRPC offers
 * HTTP/2 only.
 */
export const SHARED_PROTOCOLS: readonly string[] = ['http/1.1', 'h2']

/** The same as `shareWithHttp2` for a server with TLS that offers `SHARED_PROTOCOLS`: the two sides have agreed on what follows. */
export function shareTlsWithHttp2(
  server: Server,
  take: (socket: TLSSocket) => void,
): ReadonlySet<net.Socket> {
  const taken = new Set<net.Socket>()
  const keepers = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2') {
      for (const keeper of keepers) Reflect.apply(keeper, server, [socket])
      return
    }
    taken.add(socket)
    socket.once('close', () => taken.delete(socket))
    take(socket)
  })
  return taken
}

/**
 * Hands connections that begin as HTTP/2 to `take`; the server keeps the others. For servers without TLS. Returns the connections that were
 * handed over and are open.
 */
export function shareWithHttp2(
  server: Server,
  take: (socket: net.Socket) => void,
): ReadonlySet<net.Socket> {
  const taken = new Set<net.Socket>()
  const keepers = server.listeners('connection')
  server.removeAllListeners('connection')
  const keep = (socket: net.Socket): void => {
    for (const keeper of keepers) Reflect.apply(keeper, server, [socket])
  }
  server.on('connection', (socket: net.Socket) => {
    const giveUp = (): void => void socket.destroy()
    const timer = setTimeout(giveUp, FIRST_BYTES_TIMEOUT_MS)
    socket.once('error', giveUp)
    socket.once('end', giveUp)
    let held = Buffer.alloc(0)
    const look = (): void => {
      const more: unknown = socket.read()
      if (Buffer.isBuffer(more)) held = Buffer.concat([held, more])
      const compared = Math.min(held.length, PREFACE.length)
      const isHttp2 = held.compare(PREFACE, 0, compared, 0, compared) === 0
      // Of the preface only a part: the rest decides. It is not given back before that, which would only make it readable again.
      if (isHttp2 && compared < PREFACE.length) {
        if (!socket.destroyed) socket.once('readable', look)
        return
      }
      socket.unshift(held)
      clearTimeout(timer)
      socket.off('error', giveUp)
      socket.off('end', giveUp)
      if (!isHttp2) {
        keep(socket)
        return
      }
      taken.add(socket)
      socket.once('close', () => taken.delete(socket))
      take(socket)
    }
    socket.once('close', () => clearTimeout(timer))
    socket.once('readable', look)
  })
  return taken
}
