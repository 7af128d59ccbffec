import { Option } from 'commander'
import { Agent, request } from 'undici'
import { messageOf } from '../model/problem.ts'
import { ApiError, readBounded, RefusedError } from './api-client.ts'
import { printable } from './printable.ts'
import { readServerUrl } from './read-address.ts'

const DEFAULT_TRACES_URL = 'http://127.0.0.1:3200'
const CONNECT_TIMEOUT_MS = 10_000

/** A client of the Tempo API of a server. */
export interface TracesClient {
  /** What a path answers, as JSON; undefined when there is no such thing (404). */
  ask(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>
  close(): Promise<void>
}

/** Where the Tempo API is, for every verb that asks it. */
export function tracesUrlOption(): Option {
  return new Option('--url <url>', 'the Tempo API of a server; may hold user:password@ and a path')
    .env('VEDETTE_TRACES_URL')
    .default(DEFAULT_TRACES_URL)
}

/** `url` may hold a path and `user:password@`. Throws a `UsageError` for what is not an HTTP URL. */
export function createTracesClient(url: string): TracesClient {
  const { shown, headers: credentials } = readServerUrl(
    url,
    '--url (or VEDETTE_TRACES_URL)',
    DEFAULT_TRACES_URL,
  )
  const agent = new Agent({ connectTimeout: CONNECT_TIMEOUT_MS, pipelining: 0 })
  return {
    ask: async (path, parameters = {}) => {
      const query = new URLSearchParams(parameters).toString()
      const address = `${shown}${path}${query === '' ? '' : `?${query}`}`
      let status: number
      let text: string
      try {
        const headers = { ...credentials, accept: 'application/json' }
        const answer = await request(address, { dispatcher: agent, headers })
        status = answer.statusCode
        text = await readBounded(answer.body)
      } catch (thrown) {
        throw thrown instanceof ApiError ? thrown : unreachable(shown, thrown)
      }
      return status === 404 ? undefined : readAnswer(text, status, shown)
    },
    close: () => agent.close(),
  }
}

function unreachable(url: string, cause: unknown): ApiError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : printable(messageOf(cause))
  return new ApiError(
    `cannot reach ${url}: ${reason}. Start a server with "vedette start", or name another one with --url or VEDETTE_TRACES_URL`,
    { cause },
  )
}

/** Tempo answers faults as plain text. */
function readAnswer(text: string, status: number, url: string): unknown {
  const said = printable(text.trim().slice(0, 1000))
  if (status !== 200) throw new RefusedError(said === '' ? `refused with status ${status}` : said)
  try {
    return JSON.parse(text)
  } catch {
    const beginning = said.slice(0, 200) || 'nothing'
    throw new ApiError(`${url} does not answer as Tempo does: ${beginning}`)
  }
}
