import { request as sendRequest, type Dispatcher } from 'undici'
import { VERSION } from '../self/version.ts'
import {
  readClientSettings,
  type HttpClientSettings,
  type RequestHeaders,
} from './client-settings.ts'
import type { HttpClientConfig } from './http-client.ts'
import { hideSecrets } from './hide-secrets.ts'
import { describeNetworkError } from './network-words.ts'
import { OutboundAgents } from './outbound-agents.ts'
import type { TlsSettings } from './tls-settings.ts'

const MAX_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MAX_ANSWER_BYTES = 64 * 1024
/** So long the body of an accepted request is waited for. */
const MAX_BODY_MS = 5000

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
  /** As much of the body as is read; of a failure without the credentials that were sent. */
  readonly body: string
}

/**
 * A client for an `http_config`: credentials, own headers, TLS, proxies, redirects. Files are read anew, so that a rotated secret is
 * taken. Messages of failures name no part of a URL that may be a secret.
 */
export class OutboundHttp {
  readonly #config: HttpClientConfig
  readonly #agents: OutboundAgents
  readonly #maxAnswerBytes: number
  #settings: Promise<HttpClientSettings> | undefined

  /** `maxAnswerBytes`: so much of an answer is read; by default 64 KiB, since reasons of failures are short. */
  constructor(config: HttpClientConfig, options: { readonly maxAnswerBytes?: number } = {}) {
    this.#config = config
    this.#maxAnswerBytes = options.maxAnswerBytes ?? MAX_ANSWER_BYTES
    this.#agents = new OutboundAgents(config.proxy)
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
      const answer = await this.#follow(request, settings, signal)
      if (answer.status !== 401 || settings.renew === undefined) return answer
      // A token may be withdrawn before it ends.
      settings.renew()
      return await this.#follow(request, settings, signal)
    } catch (thrown) {
      throw new Error(signal.aborted ? 'no answer in time' : describeNetworkError(thrown), {
        cause: thrown,
      })
    }
  }

  /** Ends all connections at once. */
  close(): Promise<void> {
    return this.#agents.close()
  }

  async #follow(
    request: OutboundRequest,
    settings: HttpClientSettings,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const own = await settings.headers()
    const tls = await settings.tls()
    const home = new URL(request.url).host
    let next = request
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      // Who has left the host that the credentials are for does not get them, whoever set them.
      const isHome = new URL(next.url).host === home
      const headers = isHome ? { ...next.headers, ...own } : plainOnes(next.headers)
      const answer = await this.#sendOnce(next, headers, tls, signal)
      const location = settings.followRedirects ? locationOf(answer) : undefined
      if (location === undefined)
        return withoutSecrets(await readAnswer(answer, this.#maxAnswerBytes), own)
      await answer.body.dump()
      next = redirected(next, new URL(location, next.url).href, answer.statusCode)
    }
    throw new Error(`stopped after ${MAX_REDIRECTS} redirects`)
  }

  #sendOnce(
    { url, method, body }: OutboundRequest,
    headers: RequestHeaders,
    tls: TlsSettings | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    return sendRequest(url, {
      dispatcher: this.#agents.for(url, tls),
      method,
      headers: { 'user-agent': `Vedette/${VERSION}`, ...headers },
      body: body ?? null,
      signal,
    })
  }
}

/** An answer that tells of a failure tells no credentials, even where the server repeats the request. */
function withoutSecrets(answer: OutboundAnswer, own: RequestHeaders): OutboundAnswer {
  if (answer.status < 400) return answer
  const secrets = Object.values(own)
    .flat()
    .flatMap((value) => [value, value.replace(/^\S+ /, '')])
  return { ...answer, body: hideSecrets(answer.body, secrets) }
}

/** Headers that are nobody's secret. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-type'])

function plainOnes(headers: RequestHeaders = {}): RequestHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => PLAIN_HEADERS.has(name.toLowerCase())),
  )
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

function toBytes(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
}

async function readAnswer(
  answer: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<OutboundAnswer> {
  const headers: [string, string][] = []
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.push([name, Array.isArray(value) ? value.join(', ') : value])
  }
  const { statusCode: status } = answer
  return { status, headers: Object.fromEntries(headers), body: await readBody(answer, maxBytes) }
}

/** A request that was accepted stays accepted when the body breaks off or does not end: what came of it is the body. */
async function readBody(
  { statusCode, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<string> {
  const isAccepted = statusCode >= 200 && statusCode < 300
  const timer = isAccepted ? setTimeout(() => body.destroy(), MAX_BODY_MS) : undefined
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of body) {
      const bytes = toBytes(chunk)
      chunks.push(bytes)
      sizeBytes += bytes.length
      if (sizeBytes >= maxBytes) break
    }
  } catch (thrown) {
    if (!isAccepted) throw thrown
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8')
}
