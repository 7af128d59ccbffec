import { Agent, request } from 'undici'
import { messageOf } from '../model/problem.ts'
import { ApiError, readBounded, RefusedError } from './api-client.ts'
import { printable } from './printable.ts'
import { readServerUrl } from './read-address.ts'

export const DEFAULT_LOGS_URL = 'http://127.0.0.1:3100'

const CONNECT_TIMEOUT_MS = 10_000

type Parameters = Readonly<Record<string, string>>

/** A client of the Loki API of a server. */
export interface LogsClient {
  /** Without credentials. */
  readonly url: string
  /** What a path of `/loki/api/v1/` answers under `data`, as it came. */
  ask(path: string, parameters: Parameters): Promise<unknown>
  /** Sends lines; resolves when they are durable. `body` is the JSON form of a push. */
  push(body: string): Promise<void>
  /** What a WebSocket to a path needs. */
  socket(path: string, parameters: Parameters): { url: string; headers: Record<string, string> }
  close(): Promise<void>
}

/** `url` may hold a path and `user:password@`. Throws a `UsageError` for what is not an HTTP URL. */
export function createLogsClient(url: string): LogsClient {
  const { shown, headers: credentials } = readServerUrl(
    url,
    '--url (or VEDETTE_LOGS_URL)',
    DEFAULT_LOGS_URL,
  )
  const agent = new Agent({ connectTimeout: CONNECT_TIMEOUT_MS, pipelining: 0 })
  const send = async (
    path: string,
    body: string,
    contentType: string,
  ): Promise<{ status: number; text: string }> => {
    try {
      const answer = await request(`${shown}/loki/api/v1/${path}`, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          ...credentials,
          'content-type': contentType,
          'x-loki-response-encoding-flags': 'categorize-labels',
        },
        body,
      })
      return { status: answer.statusCode, text: await readBounded(answer.body) }
    } catch (thrown) {
      throw thrown instanceof ApiError ? thrown : unreachable(shown, thrown)
    }
  }
  return {
    url: shown,
    ask: async (path, parameters) => {
      const form = new URLSearchParams(parameters).toString()
      const { status, text } = await send(path, form, 'application/x-www-form-urlencoded')
      return readData(text, status, shown)
    },
    push: async (body) => {
      const { status, text } = await send('push', body, 'application/json')
      if (status !== 204 && status !== 200) throw refused(text, status)
    },
    socket: (path, parameters) => ({
      url: `${shown.replace(/^http/, 'ws')}/loki/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
      headers: credentials,
    }),
    close: () => agent.close(),
  }
}

function unreachable(url: string, cause: unknown): ApiError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : printable(messageOf(cause))
  return new ApiError(
    `cannot reach ${url}: ${reason}. Start a server with "vedette start", or name another one with --url or VEDETTE_LOGS_URL`,
    { cause },
  )
}

/** Loki answers faults as plain text; a fault of the listener may be JSON. */
function refused(text: string, status: number): ApiError {
  const said = printable(text.trim()).slice(0, 1000)
  return new RefusedError(said === '' ? `refused with status ${status}` : said)
}

function readData(text: string, status: number, url: string): unknown {
  if (status !== 200) throw refused(text, status)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'status' in value) {
      return 'data' in value ? value.data : undefined
    }
  } catch {
    // Reported below: a page of another program, most likely.
  }
  throw new ApiError(
    `${url} does not answer as Loki does: ${printable(text.trim().slice(0, 200)) || 'nothing'}`,
  )
}
