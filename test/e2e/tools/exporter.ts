import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

type Handler = RequestListener

/** A target with one page a path, each of which a test programs. A path nobody programmed answers 404. */
export class Exporter {
  readonly #server: Server
  readonly #handlers = new Map<string, Handler>()
  readonly #hits = new Map<string, number>()

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://exporter').pathname
      this.#hits.set(path, this.hits(path) + 1)
      // Who scrapes may go away at any moment.
      response.on('error', () => undefined)
      const handler = this.#handlers.get(path)
      if (handler === undefined) response.writeHead(404).end()
      else handler(request, response)
    })
  }

  static async start(): Promise<Exporter> {
    const exporter = new Exporter()
    await once(exporter.#server.listen(0, '127.0.0.1'), 'listening')
    return exporter
  }

  /** `host:port`, as in `static_configs`. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How often a path was asked for. */
  hits(path: string): number {
    return this.#hits.get(path) ?? 0
  }

  /** Does anything at all under a path. */
  serve(path: string, handler: Handler): void {
    this.#handlers.set(path, handler)
  }

  /** Answers a page of text, which may differ from scrape to scrape. */
  page(path: string, text: string | (() => string), contentType = 'text/plain'): void {
    this.serve(path, (_request, response) => {
      const body = typeof text === 'string' ? text : text()
      response.writeHead(200, { 'content-type': contentType }).end(body)
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await once(this.#server.close(), 'close')
  }
}
