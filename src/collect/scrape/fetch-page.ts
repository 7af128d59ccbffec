import { isDeepStrictEqual } from 'node:util'
import { connectVia, type Addresses } from './addresses.ts'
import { Agent } from 'undici'
import { VERSION } from '../../self/version.ts'
import type { HttpClientSettings, RequestHeaders } from '../../outbound/client-settings.ts'
import type { TlsSettings } from '../../outbound/tls-settings.ts'
import type { BodyRoom, BodyShare, PageRecord } from './body-room.ts'
import { decompress } from './decompress.ts'
import { BrokenAnswer, exchange, type Answer } from './http-exchange.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { BodySizeFault, type Page } from './page-source.ts'

const MAX_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MAX_HEADER_BYTES = 64 * 1024
const KEEP_ALIVE_MS = 5 * 60_000
/** No answer can be had sooner from what does not even take the connection; the scrape's own time-out is what ends a scrape. */
const CONNECT_TIMEOUT_MS = 30_000
/** Prometheus has no bound without `body_size_limit`; here an endless body must end before the memory does (body-room.ts). */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024

export interface FetchOptions {
  readonly accept: string
  /** `enable_compression` */
  readonly compressed: boolean
  /** Told to the target; the signal is what ends the scrape. */
  readonly timeoutMs: number
  /** Of the page after decompression; 0 is the limit of last resort. As in Prometheus a page of exactly this length is refused. */
  readonly bodySizeLimit: number
  readonly signal: AbortSignal
  /** Of the target, kept between its scrapes. */
  readonly record?: PageRecord
}

/** Room for what comes over the network, and for what it is unpacked to. */
interface Shares {
  readonly body: BodyShare
  readonly page: BodyShare
}

/** The HTTP client of a job: connections are kept between scrapes. */
export class ScrapeClient {
  readonly #settings: HttpClientSettings
  readonly #room: BodyRoom
  readonly #addresses: Addresses
  #agent: Agent | undefined
  #agentTls: TlsSettings | undefined

  /** `room` is what all pages of all jobs together may take; `addresses` is where some targets really answer. */
  constructor(settings: HttpClientSettings, room: BodyRoom, addresses: Addresses = new Map()) {
    this.#settings = settings
    this.#room = room
    this.#addresses = addresses
  }

  /**
   * Fetches one page. Rejects with an Error whose message is what the targets API shows, in the words of Prometheus, which are Go's.
   */
  async fetch(url: string, options: FetchOptions): Promise<Page> {
    const { record = { refusals: 0 } } = options
    const body = this.#room.open(record)
    const page = this.#room.open(record)
    const release = (): void => {
      body.release()
      page.release()
    }
    try {
      const got = await this.#fetch(url, options, { body, page })
      record.refusals = 0
      return { ...got, release }
    } catch (thrown) {
      if (body.holds('large') || page.holds('large')) record.refusals++
      release()
      throw thrown
    }
  }

  async #fetch(url: string, options: FetchOptions, shares: Shares): Promise<Page> {
    const limit = options.bodySizeLimit > 0 ? options.bodySizeLimit : LARGEST_BODY_BYTES
    let address = url
    try {
      const headers = await this.#settings.headers()
      const agent = this.#agentFor(await this.#settings.tls())
      const home = hostOf(url)
      let isHome = true
      for (let redirects = 0; ; redirects++) {
        const answer = await this.#get(agent, address, isHome ? headers : {}, {
          ...options,
          limit,
          share: shares.body,
        })
        const next = this.#settings.followRedirects ? redirectOf(answer, address) : undefined
        if (next === undefined) return await readPage(answer, limit, options.signal, shares)
        if (redirects === MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`)
        address = next
        // Who has left the host that the credentials are for does not get them, nor on a way back.
        isHome &&= isSameOrBelow(hostOf(next), home)
      }
    } catch (thrown) {
      throw faultOf(thrown, address, options)
    }
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    await this.#agent?.destroy()
  }

  #get(
    agent: Agent,
    address: string,
    own: RequestHeaders,
    options: FetchOptions & { readonly limit: number; readonly share: BodyShare },
  ): Promise<Answer> {
    const { limit, share } = options
    const { origin, path } = splitUrl(address)
    const request = {
      origin,
      path,
      headers: {
        'user-agent': `Vedette/${VERSION}`,
        accept: options.accept,
        'accept-encoding': options.compressed ? 'gzip' : 'identity',
        'x-prometheus-scrape-timeout-seconds': String(options.timeoutMs / 1000),
        ...own,
      },
      // What gzip adds to what it cannot make smaller.
      maxBytes: limit + 1024 + Math.ceil(limit / 1000),
      share,
      signal: options.signal,
    }
    return exchange(agent, request).catch((thrown: unknown) => {
      // The target may have closed a kept connection while the request was on its way: Go asks again, and so does this.
      if (options.signal.aborted || !isClosedConnection(thrown)) throw thrown
      return exchange(agent, request)
    })
  }

  /** A new agent when a certificate or key has changed, so that a rotated one is taken. */
  #agentFor(tls: TlsSettings | undefined): Agent {
    if (this.#agent !== undefined && isDeepStrictEqual(tls, this.#agentTls)) return this.#agent
    this.#agent?.close().catch(() => undefined)
    this.#agentTls = tls
    this.#agent = new Agent({
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The signal ends every request; these would only cut it short.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connectVia(this.#addresses, { timeout: CONNECT_TIMEOUT_MS, ...tls }),
    })
    return this.#agent
  }
}

/** The answer came, but it is no page. */
class PageFault extends Error {}

function faultOf(thrown: unknown, address: string, options: FetchOptions): Error {
  if (thrown instanceof BodySizeFault) {
    const isOwnLimit = options.bodySizeLimit > 0 || thrown.isExplained
    return isOwnLimit
      ? thrown
      : new BodySizeFault(`: without body_size_limit at most ${LARGEST_BODY_BYTES} bytes are read`)
  }
  if (thrown instanceof PageFault) return thrown
  if (thrown instanceof BrokenAnswer) {
    if (options.signal.aborted) return thrown
    const reason = describeNetworkError(thrown.cause)
    return new Error(reason === 'EOF' ? 'unexpected EOF' : reason, { cause: thrown })
  }
  const reason = describeNetworkError(thrown)
  return new Error(`Get ${JSON.stringify(address)}: ${reason}`, { cause: thrown })
}

async function readPage(
  answer: Answer,
  limit: number,
  signal: AbortSignal,
  shares: Shares,
): Promise<Page> {
  if (answer.statusCode !== 200) throw new PageFault(`server returned HTTP status ${answer.status}`)
  const bytes = await decompress(
    answer.body,
    textOf(answer.headers['content-encoding']),
    limit,
    shares.page,
  ).catch((thrown: unknown) => {
    throw thrown instanceof Error && !(thrown instanceof BodySizeFault)
      ? new PageFault(thrown.message, { cause: thrown })
      : thrown
  })
  if (signal.aborted) throw new PageFault('context deadline exceeded')
  if (bytes.length >= limit) throw new BodySizeFault()
  if (bytes !== answer.body) shares.body.release()
  return { bytes, contentType: textOf(answer.headers['content-type']) }
}

/** Where an answer sends the scrape; undefined when it is to be read as it is. */
function redirectOf(answer: Answer, address: string): string | undefined {
  const location = textOf(answer.headers.location)
  if (!REDIRECTS.has(answer.statusCode) || location === '') return undefined
  try {
    return new URL(location, address).href.replace(/#.*$/s, '')
  } catch {
    throw new Error(`failed to parse Location header ${JSON.stringify(location)}`)
  }
}

/** The parts of a URL as they are written: a parser of URLs would change the path. */
function splitUrl(url: string): { origin: string; path: string } {
  const found = /^([^:/?#]*):\/\/([^/?#]*)(.*)$/s.exec(url)
  const [, scheme = '', host = '', rest = ''] = found ?? []
  if (scheme !== 'http' && scheme !== 'https') {
    throw new Error(`unsupported protocol scheme ${JSON.stringify(scheme)}`)
  }
  if (!URL.canParse(`${scheme}://${host}`) || host.includes('@')) {
    throw new Error(`${JSON.stringify(host)} is not a valid host`)
  }
  return { origin: `${scheme}://${host}`, path: rest.startsWith('/') ? rest : `/${rest}` }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

/** Go keeps credentials for the same name and names below it. */
function isSameOrBelow(host: string, home: string): boolean {
  return (
    host === home || (/[a-z]/i.test(home) && !home.startsWith('[') && host.endsWith(`.${home}`))
  )
}

function isClosedConnection(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown instanceof BrokenAnswer || !('code' in thrown))
    return false
  return thrown.code === 'UND_ERR_SOCKET' || thrown.code === 'ECONNRESET' || thrown.code === 'EPIPE'
}

function textOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
