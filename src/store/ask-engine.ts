import http from 'node:http'
import net from 'node:net'
import { parseError } from '@clickhouse/client'

/** A connection that nobody needs is closed before the engine would close it, so that no request meets one that is being closed. */
const IDLE_MS = 8000
const MAX_CONNECTIONS = 32

/** Connects every request to one unix socket, whatever the URL says. */
export class UnixSocketAgent extends http.Agent {
  readonly #path: string

  constructor(path: string) {
    super({ keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS })
    this.#path = path
  }

  override createConnection(): net.Socket {
    return net.createConnection(this.#path)
  }
}

export interface EngineRequestOptions {
  /** Of this use alone: the client of ClickHouse closes connections that it has used when they seem idle to it. */
  readonly agent: http.Agent
  /** Parameters of the URL: settings, and the statement where the body holds its rows. */
  readonly parameters: Readonly<Record<string, string | number>>
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
  /** Called with the bytes of each part that has come. */
  readonly note?: (bytes: number) => void
}

/**
 * Sends a statement, or the rows of one, to the engine and gives the bytes of its answer, in the parts in which they came: what the client of
 * ClickHouse does with `exec`, at an eighth of its processor time. The body must stay as it is until then. Rejects with an `AbortError`, an
 * error of the connection, or a `ClickHouseError`.
 */
export function askEngine(
  body: string | Uint8Array,
  { agent, parameters, signal, timeoutMs, note }: EngineRequestOptions,
): Promise<readonly Uint8Array[]> {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent,
      method: 'POST',
      path: `/?${search.toString()}`,
      timeout: timeoutMs,
      ...(signal ? { signal } : {}),
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('Timeout error.')))
    request.on('response', (response) => {
      const parts: Uint8Array[] = []
      response.on('error', reject)
      response.on('data', (part: Uint8Array) => {
        parts.push(part)
        note?.(part.length)
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(parts)
        else reject(parseError(Buffer.concat(parts).toString()))
      })
    })
    request.end(body)
  })
}
