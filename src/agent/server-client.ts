import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { encodeSnappy } from '../formats/snappy/encode.ts'
import type { SendOutcome } from '../forward/remote-sender.ts'
import { HttpSender, type HttpForm } from '../forward/send-http.ts'
import { messageOf } from '../model/problem.ts'
import type { HttpClientConfig } from '../outbound/http-client.ts'
import type { Signal } from './signal.ts'

/** Where the doors of a server are, all on the listener of its Prometheus API. */
const PATHS: Readonly<Record<Signal, string>> = {
  metrics: '/api/v1/write',
  logs: '/loki/api/v1/push',
  otlp_logs: '/api/v1/otlp/v1/logs',
  traces: '/api/v1/otlp/v1/traces',
}

/** What is refused for itself, and will be each time. All else may be set right at the server or here. */
const FOR_GOOD: ReadonlySet<number> = new Set([400, 413, 422])

/** A limit that holds for so long is no matter of a moment. */
const LIMITED_FOR_GOOD_MS = 600_000

const inflate = promisify(gunzip)

/**
 * Sends queued bodies of a signal, each packed by gzip, as one request. What the server refuses because of what it is, is refused; whatever
 * else goes wrong (no server, a wrong token, a wrong address) is to be sent again.
 */
export class ServerClient {
  readonly #url: URL
  readonly #http: HttpSender
  readonly #limitedSinceMs = new Map<Signal, number>()

  constructor(url: URL, http: HttpClientConfig) {
    this.#url = url
    this.#http = new HttpSender(http)
  }

  async send(
    signal: Signal,
    bodies: readonly Uint8Array[],
    abort: AbortSignal,
  ): Promise<SendOutcome> {
    try {
      const { form, body } = await this.#requestOf(signal, bodies)
      return this.#judge(signal, await this.#http.send(form, body, abort))
    } catch (thrown) {
      return { kind: 'refused', message: `cannot be read: ${messageOf(thrown)}` }
    }
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  /** Packed bodies one behind the other are the packed text of all of them (RFC 1952, 2.2). */
  async #requestOf(
    signal: Signal,
    bodies: readonly Uint8Array[],
  ): Promise<{ readonly form: HttpForm; readonly body: Uint8Array }> {
    const packed = Buffer.concat(bodies)
    const url = urlUnder(this.#url, PATHS[signal])
    const headers = { 'content-type': 'application/x-protobuf' }
    if (signal === 'otlp_logs' || signal === 'traces') {
      const form = { url, headers: { ...headers, 'content-encoding': 'gzip' }, isCompressed: false }
      return { form, body: packed }
    }
    const version = { 'x-prometheus-remote-write-version': '0.1.0' }
    const own = { ...headers, 'content-encoding': 'snappy', ...(signal === 'metrics' && version) }
    const body = encodeSnappy(await inflate(packed))
    return { form: { url, headers: own, isCompressed: false }, body }
  }

  #judge(signal: Signal, outcome: SendOutcome): SendOutcome {
    if (outcome.kind === 'later') return this.#judgeLater(signal, outcome)
    this.#limitedSinceMs.delete(signal)
    if (outcome.kind === 'sent') return outcome
    const { status, message } = outcome
    if (status === undefined || FOR_GOOD.has(status)) return outcome
    return { kind: 'later', message: explain(status, message, this.#url) }
  }

  /** A limit that stays would hold up all that comes behind. */
  #judgeLater(signal: Signal, outcome: SendOutcome & { readonly kind: 'later' }): SendOutcome {
    if (!outcome.message.startsWith('429 ')) return outcome
    const nowMs = Date.now()
    const sinceMs = this.#limitedSinceMs.get(signal) ?? nowMs
    this.#limitedSinceMs.set(signal, sinceMs)
    if (nowMs - sinceMs < LIMITED_FOR_GOOD_MS) return outcome
    this.#limitedSinceMs.delete(signal)
    return { kind: 'refused', message: outcome.message, status: 429 }
  }
}

function explain(status: number, message: string, url: URL): string {
  const kept = 'nothing is lost, the data waits in the queue'
  if (status === 401) {
    return `the server does not know the token (${message}): ${kept}; create one with "vedette token create NAME --agent"`
  }
  if (status === 403) {
    return `the token may not write this (${message}): ${kept}; create one with "vedette token create NAME --agent"`
  }
  return `${url.origin} is not the Prometheus API of a Vedette server (${message}): ${kept}; --server names its address, such as https://HOST:9090`
}

function urlUnder(base: URL, path: string): string {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`
  return url.href
}
