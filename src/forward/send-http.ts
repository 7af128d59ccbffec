import { gzipSync } from 'node:zlib'
import { messageOf } from '../model/problem.ts'
import type { HttpClientConfig } from '../outbound/http-client.ts'
import { OutboundHttp } from '../outbound/outbound-http.ts'
import type { SendOutcome } from './remote-sender.ts'

/** What stands before the body of a request. */
export interface HttpForm {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether the body is to be compressed: one of remote write is already. */
  readonly isCompressed: boolean
}

/** Statuses after which the specification of OTLP (and remote write) sends again. */
const RETRYABLE: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** Sends requests over HTTP to one receiver. */
export class HttpSender {
  readonly #http: OutboundHttp

  constructor(config: HttpClientConfig) {
    this.#http = new OutboundHttp(config)
  }

  async send(form: HttpForm, body: Uint8Array, signal: AbortSignal): Promise<SendOutcome> {
    try {
      const {
        status,
        headers,
        body: text,
      } = await this.#http.send(
        {
          method: 'POST',
          url: form.url,
          headers: form.isCompressed
            ? { ...form.headers, 'content-encoding': 'gzip' }
            : form.headers,
          body: form.isCompressed ? gzipSync(body) : body,
        },
        signal,
      )
      if (status >= 200 && status < 300) return { kind: 'sent' }
      const message = `${status} ${text.slice(0, 200).trim()}`
      if (!RETRYABLE.has(status)) return { kind: 'refused', message, status }
      const seconds = Number(headers['retry-after'])
      return { kind: 'later', message, ...(seconds > 0 ? { afterMs: seconds * 1000 } : {}) }
    } catch (thrown) {
      return { kind: 'later', message: messageOf(thrown) }
    }
  }

  close(): Promise<void> {
    return this.#http.close()
  }
}
