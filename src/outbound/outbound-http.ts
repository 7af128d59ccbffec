import { isDeepStrictEqual } from 'node:util'
import { Agent, request as sendRequest, type Dispatcher } from 'undici'
import { VERSION } from '../self/version.ts'
import { readClientSettings, type HttpClientSettings, type TlsSettings } from './client-settings.ts'
import type { HttpClientConfig } from './http-client.ts'
import { describeNetworkError } from './network-words.ts'

const MAX_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const CONNECT_TIMEOUT_MS = 30_000
/** So much of an answer is read: reasons of failures are short. */
const MAX_ANSWER_BYTES = 64 * 1024

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface OutboundAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** At most the first 64 KiB of the body. */
  readonly body: string
}

/**
 * A client for an `http_config`: credentials, own headers, TLS, redirects. Files are read anew, so that a rotated secret is
 * taken. Messages of failures name no part of a URL that may be a secret.
 */
export class OutboundHttp {
  readonly #config: HttpClientConfig
  #settings: Promise<HttpClientSettings> | undefined
  #agent: Agent | undefined
  #agentTls: TlsSettings | undefined

  constructor(config: HttpClientConfig) {
    this.#config = config
  }

  /** Any status is an answer; rejects when there is none. */
  async send(request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    try {
      this.#settings ??= readClientSettings(this.#config)
      const settings = await this.#settings.catch((thrown: unknown) => {
        // The next request reads the files again.
        this.#settings = undefined
        throw thrown
      })
      return await this.#follow(request, settings, signal)
    } catch (thrown) {
      throw new Error(signal.aborted ? 'no answer in time' : describeNetworkError(thrown), {
        cause: thrown,
      })
    }
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    await this.#agent?.destroy()
  }

  async #follow(
    request: OutboundRequest,
    settings: HttpClientSettings,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const own = await settings.headers()
    const agent = this.#agentFor(await settings.tls())
    const home = new URL(request.url).host
    let next = request
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const isHome = new URL(next.url).host === home
      const answer = await sendRequest(next.url, {
        dispatcher: agent,
        method: next.method,
        // Who has left the host that the credentials are for does not get them.
        headers: { 'user-agent': `Vedette/${VERSION}`, ...next.headers, ...(isHome ? own : {}) },
        body: next.body ?? null,
        signal,
      })
      const location = settings.followRedirects ? locationOf(answer) : undefined
      if (location === undefined) return readAnswer(answer)
      await answer.body.dump()
      next = redirected(next, new URL(location, next.url).href, answer.statusCode)
    }
    throw new Error(`stopped after ${MAX_REDIRECTS} redirects`)
  }

  /** A new agent when a certificate or key has changed. */
  #agentFor(tls: TlsSettings | undefined): Agent {
    if (this.#agent !== undefined && isDeepStrictEqual(tls, this.#agentTls)) return this.#agent
    this.#agent?.close().catch(() => undefined)
    this.#agentTls = tls
    this.#agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS, ...tls } })
    return this.#agent
  }
}

function locationOf({ statusCode, headers }: Dispatcher.ResponseData): string | undefined {
  const { location } = headers
  return REDIRECTS.has(statusCode) && typeof location === 'string' ? location : undefined
}

/** As browsers and Go do: a POST that is sent elsewhere by 301, 302 or 303 becomes a GET. */
function redirected(request: OutboundRequest, url: string, status: number): OutboundRequest {
  const keeps = status === 307 || status === 308 || request.method === 'GET'
  return keeps ? { ...request, url } : { method: 'GET', url }
}

async function readAnswer(answer: Dispatcher.ResponseData): Promise<OutboundAnswer> {
  const headers: [string, string][] = []
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.push([name, Array.isArray(value) ? value.join(', ') : value])
  }
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of answer.body) {
    const bytes: Buffer = chunk
    chunks.push(bytes)
    sizeBytes += bytes.length
    if (sizeBytes >= MAX_ANSWER_BYTES) break
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8')
  return { status: answer.statusCode, headers: Object.fromEntries(headers), body }
}
