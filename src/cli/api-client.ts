import { Agent, request } from 'undici'
import { messageOf } from '../model/problem.ts'
import { printable } from './printable.ts'
import { readServerUrl } from './read-address.ts'

/** The server cannot be reached, or refused the request. The message is for a person, in one line, and safe for a terminal. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
}

/** The server was reached and did not answer what was asked: the question is wrong, or too large. */
export class RefusedError extends ApiError {}

export interface ApiAnswer<T> {
  readonly data: T
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

/** An answer that is not JSON. */
export interface PlainAnswer {
  readonly status: number
  readonly text: string
}

export interface ApiClient {
  /** The server, without credentials. */
  readonly url: string
  /** Calls an endpoint of the Prometheus API; parameters go in a form. The shape of `data` is the server's promise. */
  call<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<ApiAnswer<T>>
  /** Any other page. */
  get(path: string): Promise<PlainAnswer>
  close(): Promise<void>
}

export const DEFAULT_URL = 'http://127.0.0.1:9090'

/** Longer answers are for programs, which can ask over HTTP themselves. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A client of one server. `url` may hold a path and `user:password@`. Throws a `UsageError` for what is not an HTTP URL.
 */
export function createApiClient(url: string): ApiClient {
  const base = readServerUrl(url === '' ? DEFAULT_URL : url, '--url (or VEDETTE_URL)', DEFAULT_URL)
  const agent = new Agent({ connectTimeout: CONNECT_TIMEOUT_MS, pipelining: 0 })
  const ask = async (path: string, form: string): Promise<PlainAnswer> => {
    try {
      const { statusCode, body } = await request(base.shown + path, {
        dispatcher: agent,
        method: form === '' ? 'GET' : 'POST',
        headers: {
          ...base.headers,
          ...(form === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(form === '' ? {} : { body: form }),
      })
      return { status: statusCode, text: await readBounded(body) }
    } catch (thrown) {
      throw thrown instanceof ApiError ? thrown : unreachable(base.shown, thrown)
    }
  }
  return {
    url: base.shown,
    call: async <T>(path: string, parameters = {}) =>
      readEnvelope<T>(await ask(path, new URLSearchParams(parameters).toString()), base.shown),
    get: async (path) => ask(path, ''),
    close: () => agent.close(),
  }
}

/** What a server says at a path that not every server has: null where it does not, or is another program. */
export async function callIfKnown<T>(client: ApiClient, path: string): Promise<T | null> {
  try {
    return (await client.call<T | null>(path)).data
  } catch (thrown) {
    if (thrown instanceof ApiError) return null
    throw thrown
  }
}

/** The text of an answer; rejects past the bound. */
export async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_ANSWER_BYTES) {
      throw new RefusedError(
        'the answer is larger than 256 MiB: ask for fewer series, a shorter range or a longer step',
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNRESET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_SOCKET: 'it closed the connection',
}

function unreachable(url: string, cause: unknown): ApiError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = REASONS[code] ?? printable(messageOf(cause))
  return new ApiError(
    `cannot reach ${url}: ${reason}. Start a server with "vedette start", or name another one with --url or VEDETTE_URL`,
    { cause },
  )
}

interface Envelope {
  readonly status?: unknown
  readonly data?: unknown
  readonly error?: unknown
  readonly warnings?: unknown
  readonly infos?: unknown
}

function readEnvelope<T>({ status, text }: PlainAnswer, url: string): ApiAnswer<T> {
  const envelope = parseObject(text)
  if (envelope?.status === 'success') {
    return {
      data: envelope.data as T,
      warnings: texts(envelope.warnings),
      infos: texts(envelope.infos),
    }
  }
  if (envelope?.status === 'error' && typeof envelope.error === 'string') {
    throw new RefusedError(printable(envelope.error))
  }
  const said = text.trim() === '' ? 'nothing' : printable(text.trim().slice(0, 200))
  throw new ApiError(`${url} does not answer as Prometheus does (status ${status}): ${said}`)
}

function parseObject(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((item) => printable(String(item))) : []
}
