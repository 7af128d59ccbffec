import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'
import { Agent, interceptors, request, type Dispatcher } from 'undici'
import { messageOf } from '../../model/problem.ts'

/** What a target answered. */
export interface Page {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** Where the page of a target comes from: the network, or a part of this process (an alias). */
export type PageSource = (signal: AbortSignal) => Promise<Page>

export interface HttpClientSettings {
  /** Sent as they are; credentials included. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly followRedirects: boolean
  readonly tls?: {
    readonly ca?: string | Buffer
    readonly cert?: string | Buffer
    readonly key?: string | Buffer
    readonly servername?: string
    readonly insecureSkipVerify: boolean
    readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
    readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  }
}

const MAX_REDIRECTS = 10
const MAX_HEADER_BYTES = 64 * 1024

/** One HTTP client for the targets of a job: connections are kept between scrapes. */
export class ScrapeClient {
  readonly #agent: Agent
  readonly #dispatcher: Dispatcher
  readonly #settings: HttpClientSettings

  constructor(settings: HttpClientSettings) {
    this.#settings = settings
    const tls = settings.tls
    this.#agent = new Agent({
      connections: 2,
      pipelining: 1,
      keepAliveTimeout: 5 * 60_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The scrape's own time-out ends everything; these would only cut it short.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(tls
        ? {
            connect: {
              rejectUnauthorized: !tls.insecureSkipVerify,
              ...(tls.ca === undefined ? {} : { ca: tls.ca }),
              ...(tls.cert === undefined ? {} : { cert: tls.cert }),
              ...(tls.key === undefined ? {} : { key: tls.key }),
              ...(tls.servername === undefined ? {} : { servername: tls.servername }),
              ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
              ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
            },
          }
        : {}),
    })
    this.#dispatcher = settings.followRedirects
      ? this.#agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS }))
      : this.#agent
  }

  /**
   * Fetches one page. Rejects with an Error whose message is what the targets API shows, in Prometheus's words where it has them.
   * `bodySizeLimit` bounds the bytes after decompression; 0 is the limit of last resort.
   */
  async fetch(
    url: string,
    options: {
      readonly accept: string
      readonly timeoutMs: number
      readonly bodySizeLimit: number
      readonly signal: AbortSignal
    },
  ): Promise<Page> {
    const headers = {
      'user-agent': 'Vedette/0.1.0',
      accept: options.accept,
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': String(options.timeoutMs / 1000),
      ...(await this.#settings.headers()),
    }
    const answer = await request(url, {
      dispatcher: this.#dispatcher,
      method: 'GET',
      headers,
      signal: options.signal,
    }).catch((thrown: unknown) => {
      throw new Error(`Get ${JSON.stringify(url)}: ${reasonOf(thrown, options.signal)}`, { cause: thrown })
    })
    if (answer.statusCode !== 200) {
      answer.body.on('error', () => undefined).destroy()
      throw new Error(`server returned HTTP status ${answer.statusCode} ${answer.statusText}`.trimEnd())
    }
    const encoding = headerText(answer.headers['content-encoding'])
    const limit = options.bodySizeLimit > 0 ? options.bodySizeLimit : LARGEST_BODY
    try {
      const bytes = await readBody(answer.body, encoding, limit)
      return { bytes, contentType: headerText(answer.headers['content-type']) }
    } catch (thrown) {
      answer.body.on('error', () => undefined).destroy()
      if (options.signal.aborted) throw new Error(reasonOf(thrown, options.signal), { cause: thrown })
      throw thrown
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}

/** Prometheus has no bound without `body_size_limit`; an endless body must end somewhere. */
const LARGEST_BODY = 256 * 1024 * 1024

async function readBody(body: Readable, encoding: string, limit: number): Promise<Uint8Array> {
  let stream: Readable = body
  if (encoding === 'gzip') {
    const gunzip = createGunzip()
    body.on('error', (error) => gunzip.destroy(error))
    stream = body.pipe(gunzip)
  } else if (encoding !== '' && encoding !== 'identity') {
    throw new Error(`unsupported content encoding ${JSON.stringify(encoding)}`)
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > limit) {
      stream.destroy()
      throw new Error('body size limit exceeded')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function reasonOf(thrown: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'context deadline exceeded'
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  return messageOf(cause)
}

function headerText(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
