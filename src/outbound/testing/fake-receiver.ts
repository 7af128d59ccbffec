import http from 'node:http'
import https from 'node:https'
import type { Server } from 'node:net'
import type { SecureContextOptions } from 'node:tls'

/** A request as it came. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What is answered to a request; `hang` answers never. */
export type Answering = (request: SeenRequest) => FakeAnswer | 'hang'

/** A place that takes notifications over HTTP and remembers them. */
export class FakeReceiver {
  readonly seen: SeenRequest[] = []
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly #server: http.Server | https.Server

  private constructor(server: http.Server | https.Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(
    answering: Answering = () => ({}),
    tls?: SecureContextOptions,
  ): Promise<FakeReceiver> {
    const server = tls === undefined ? http.createServer() : https.createServer(tls)
    const port = await listen(server)
    const scheme = tls === undefined ? 'http' : 'https'
    const fake = new FakeReceiver(server, `${scheme}://127.0.0.1:${port}`)
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const seen = toSeen(request, Buffer.concat(chunks).toString('utf8'))
        fake.seen.push(seen)
        const answer = answering(seen)
        if (answer === 'hang') return
        response.writeHead(answer.status ?? 200, { ...answer.headers })
        response.end(answer.body ?? '')
      })
    })
    return fake
  }

  /** The only request so far. */
  get only(): SeenRequest {
    const [first, ...more] = this.seen
    if (first === undefined || more.length > 0) {
      throw new Error(`${this.seen.length} requests came, not one`)
    }
    return first
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}

/** Listens on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function toSeen(request: http.IncomingMessage, body: string): SeenRequest {
  const { method = '', url = '', headers } = request
  return { method, path: url, headers, body, json: parse(body) }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
