import { isDeepStrictEqual } from 'node:util'
import { Agent, request } from 'undici'
import { messageOf } from '../model/problem.ts'
import type { HttpClientSettings } from '../outbound/client-settings.ts'
import type { TlsSettings } from '../outbound/tls-settings.ts'
import type { Log } from '../self/log.ts'
import { VERSION } from '../self/version.ts'
import type { AlertSink, PostedAlert } from './alert-sink.ts'
import type { TargetMetrics } from './forward-metrics.ts'

/** Alerts that may wait for one Alertmanager; of more the oldest are dropped (Prometheus's own default). */
export const QUEUE_CAPACITY = 10_000
/** Alerts of one request. */
const BATCH_SIZE = 64
/** What an Alertmanager answers is a few bytes; the rest of a longer answer is not waited for. */
const MAX_ANSWER_BYTES = 64 * 1024

export interface AlertForwarderOptions {
  /** `http://host:9093/api/v2/alerts` */
  readonly url: string
  readonly timeoutMs: number
  readonly http: HttpClientSettings
  readonly metrics: TargetMetrics
  readonly log: Log
  readonly batchSize?: number
  readonly queueCapacity?: number
}

/**
 * Sends alerts to an Alertmanager elsewhere (notifier/sendloop.go of Prometheus): in order, one request at a time. What cannot be
 * sent is dropped and counted: rules tell an alert again while it fires, and for 15 minutes after it is resolved.
 */
export class AlertForwarder implements AlertSink {
  readonly #options: AlertForwarderOptions
  #queue: PostedAlert[] = []
  #sending: Promise<void> | undefined
  #agent: Agent | undefined
  #agentTls: TlsSettings | undefined
  #isStopped = false

  constructor(options: AlertForwarderOptions) {
    this.#options = options
  }

  put(alerts: readonly PostedAlert[]): void {
    if (this.#isStopped || alerts.length === 0) return
    const { metrics, log, queueCapacity = QUEUE_CAPACITY } = this.#options
    this.#queue.push(...alerts)
    const excess = this.#queue.length - queueCapacity
    if (excess > 0) {
      this.#queue.splice(0, excess)
      metrics.dropped.inc(excess)
      log.warn('too many alerts wait to be sent; the oldest are dropped', { count: excess })
    }
    metrics.queueLength.set(this.#queue.length)
    this.#sending ??= this.#send()
  }

  /** Takes no more alerts; resolves when those that wait are sent, or when that takes longer than `drainMs`. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopped = true
    if (this.#sending !== undefined) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMs)))
      await Promise.race([this.#sending, late])
      clearTimeout(timer)
    }
    const left = this.#queue.splice(0).length
    if (left > 0) this.#options.metrics.dropped.inc(left)
    await this.#agent?.destroy()
  }

  async #send(): Promise<void> {
    const { batchSize = BATCH_SIZE, metrics, log, url } = this.#options
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, batchSize)
      metrics.queueLength.set(this.#queue.length)
      const begun = performance.now()
      try {
        await this.#post(batch)
        metrics.sent.inc(batch.length)
        metrics.took(performance.now() - begun)
      } catch (thrown) {
        metrics.errors.inc(batch.length)
        metrics.dropped.inc(batch.length)
        log.error('alerts cannot be sent', {
          alertmanager: url,
          count: batch.length,
          reason: messageOf(thrown),
        })
      }
    }
    this.#sending = undefined
  }

  async #post(batch: readonly PostedAlert[]): Promise<void> {
    const { url, timeoutMs, http } = this.#options
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await request(url, {
      method: 'POST',
      dispatcher: this.#agentFor(await http.tls()),
      signal,
      headers: {
        'user-agent': `Vedette/${VERSION}`,
        'content-type': 'application/json',
        ...(await http.headers()),
      },
      body: JSON.stringify(batch.map(toJson)),
    })
    await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal })
    const { statusCode } = answer
    if (statusCode < 200 || statusCode > 299) throw new Error(`bad response status ${statusCode}`)
  }

  /** A new agent when a certificate or key has changed. */
  #agentFor(tls: TlsSettings | undefined): Agent {
    if (this.#agent !== undefined && isDeepStrictEqual(tls, this.#agentTls)) return this.#agent
    this.#agent?.close().catch(() => undefined)
    this.#agentTls = tls
    this.#agent = new Agent({ pipelining: 1, connections: 1, connect: { ...tls } })
    return this.#agent
  }
}

/** An alert as API v2 of Alertmanager takes it. */
function toJson(alert: PostedAlert) {
  const { labels, annotations, startsAtMs, endsAtMs, generatorUrl } = alert
  return {
    labels: labels.toObject(),
    annotations: annotations.toObject(),
    startsAt: new Date(startsAtMs).toISOString(),
    ...(endsAtMs === undefined ? {} : { endsAt: new Date(endsAtMs).toISOString() }),
    ...(generatorUrl === '' ? {} : { generatorURL: generatorUrl }),
  }
}
