import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthCheckAddress {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  readonly path: string
}

/** The page of the collector's extension `health_check`. */
export interface RunningHealthCheck {
  readonly port: number
  close(): Promise<void>
}

const MAX_CONNECTIONS = 64
const REQUEST_TIMEOUT_MS = 5000

/**
 * Opens the page: 200 with how long the program runs, at one path. It tells nothing else and takes nothing, so that it is open as
 * `/-/healthy` is. Rejects when the port is taken.
 */
export async function createHealthCheck(
  { host, port, path }: HealthCheckAddress,
  startedMs: number,
): Promise<RunningHealthCheck> {
  const server = createServer((request, response) => {
    const isPage = request.url?.split('?')[0] === path
    const body = {
      status: 'Server available',
      upSince: new Date(startedMs).toISOString(),
      uptime: `${(Date.now() - startedMs) / 1000}s`,
    }
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'application/json' })
    response.end(isPage ? JSON.stringify(body) : '')
    request.resume()
  })
  server.maxConnections = MAX_CONNECTIONS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = REQUEST_TIMEOUT_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => resolve())
  })
  return {
    port: portOf(server.address(), port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function portOf(address: string | AddressInfo | null, asked: number): number {
  return typeof address === 'object' && address !== null ? address.port : asked
}
