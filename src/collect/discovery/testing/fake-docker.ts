import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A Docker daemon that answers lists: each path (`/containers/json`, `/networks`, `/services`) with what it is given. */
export class FakeDocker {
  readonly answers = new Map<string, unknown>([['/networks', []]])
  /** Paths with their queries, and the credentials. */
  readonly requests: { readonly url: string; readonly authorization: string }[] = []
  readonly #server: Server

  private constructor(tls: ServerOptions | undefined) {
    const listener: RequestListener = (request, answer) => {
      const url = request.url ?? ''
      this.requests.push({ url, authorization: request.headers.authorization ?? '' })
      const found = this.answers.get(new URL(url, 'http://docker').pathname)
      if (found !== undefined) answer.end(JSON.stringify(found))
      else answer.writeHead(500).end(JSON.stringify({ message: 'out of order' }))
    }
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  }

  /** At an address of its own, or on a socket. */
  static async start(
    options: { readonly tls?: ServerOptions; readonly socket?: string } = {},
  ): Promise<FakeDocker> {
    const docker = new FakeDocker(options.tls)
    await new Promise<void>((resolve) => {
      if (options.socket === undefined) docker.#server.listen(0, '127.0.0.1', resolve)
      else docker.#server.listen(options.socket, resolve)
    })
    return docker
  }

  get port(): number {
    const address = this.#server.address()
    return isInet(address) ? address.port : 0
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

function isInet(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
