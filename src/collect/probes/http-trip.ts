import http from 'node:http'
import http2 from 'node:http2'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** One request over a connection that is open. */
export interface TripRequest {
  readonly url: URL
  readonly method: string
  /** As they are to be sent; `Host` is among them. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array
  readonly signal: AbortSignal
}

/** The answer as far as its head. */
export interface TripAnswer {
  readonly status: number
  /** `HTTP/1.1`, `HTTP/2.0`. */
  readonly version: string
  /** Names in lower case; several of one name stay apart. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Readable
  /** Ends what belongs to the request. */
  readonly close: () => void
}

/** Sends a request by the protocol that was agreed on when the connection was made. Rejects when no answer begins. */
export function makeTrip(socket: Socket, request: TripRequest): Promise<TripAnswer> {
  const isHttp2 = socket instanceof TLSSocket && socket.alpnProtocol === 'h2'
  return isHttp2 ? tripHttp2(socket, request) : tripHttp1(socket, request)
}

function tripHttp1(socket: Socket, request: TripRequest): Promise<TripAnswer> {
  const { url, method, headers, body, signal } = request
  return new Promise((resolve, reject) => {
    const sent = http.request({
      createConnection: () => socket,
      ...{ method, signal },
      path: url.pathname + url.search,
      headers: {
        ...Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            typeof value === 'string' ? value : [...value],
          ]),
        ),
        ...(body.length === 0 ? {} : { 'Content-Length': String(body.length) }),
      },
    })
    sent.on('error', reject)
    sent.once('response', (answer) => {
      // One that breaks off is told to who reads; who does not read needs no telling.
      answer.on('error', () => undefined)
      resolve({
        status: answer.statusCode ?? 0,
        version: `HTTP/${answer.httpVersion}`,
        headers: new Map(
          Object.entries(answer.headersDistinct).map(([name, values]) => [name, values ?? []]),
        ),
        body: answer,
        close: () => sent.destroy(),
      })
    })
    sent.end(body)
  })
}

/** Headers that HTTP/2 has no use for (RFC 9113, 8.2.2). */
const NOT_IN_HTTP2: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

function tripHttp2(socket: Socket, request: TripRequest): Promise<TripAnswer> {
  const { url, method, headers, body, signal } = request
  return new Promise((resolve, reject) => {
    const session = http2.connect(url.origin, { createConnection: () => socket })
    session.on('error', reject)
    const named = Object.entries(headers).map(([name, value]): [string, string | string[]] => [
      name.toLowerCase(),
      typeof value === 'string' ? value : [...value],
    ])
    const host = named.find(([name]) => name === 'host')?.[1]
    const stream = session.request(
      {
        ...Object.fromEntries(named.filter(([name]) => !NOT_IN_HTTP2.has(name))),
        ':method': method,
        ':path': url.pathname + url.search,
        ':authority': typeof host === 'string' ? host : url.host,
        ...(body.length === 0 ? {} : { 'content-length': String(body.length) }),
      },
      { signal, endStream: body.length === 0 },
    )
    const close = (): void => session.destroy()
    stream.on('error', (error: Error) => {
      reject(error)
      close()
    })
    stream.once('response', (answer) => {
      const found: [string, readonly string[]][] = []
      for (const [name, value] of Object.entries(answer)) {
        if (name.startsWith(':') || value === undefined) continue
        found.push([name, Array.isArray(value) ? value : [value]])
      }
      const status = answer[':status'] ?? 0
      resolve({ status, version: 'HTTP/2.0', headers: new Map(found), body: stream, close })
    })
    if (body.length > 0) stream.end(body)
  })
}
