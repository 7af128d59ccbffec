import { setTimeout as sleep } from 'node:timers/promises'
import { encodeCompressedWriteRequest } from '../../../src/formats/remote-write/encode.ts'
import { batchOf, RemoteWriter, type PushRow } from './remote-write.ts'

/** What a steady sender sends. Sample `k` of each series has the value `k`. */
export interface Load {
  /** Labels that all its series carry; each also has `series`, from 0. */
  readonly labels: Readonly<Record<string, string>>
  readonly seriesCount: number
  /** Samples a series in each request. */
  readonly samplesEach: number
  /** The time of sample `k`, different for each. */
  readonly timestampOf: (k: number) => number
}

/** How long one request is repeated before the sender gives up. */
const patienceMs = 90_000
const retryAfterMs = 30

/**
 * Sends request after request and repeats each, the same bytes, until it is acknowledged, as a well-behaved remote-write
 * sender does. What it may count on afterwards is then simple: samples 0 to `acknowledged`, and nothing else.
 */
export class SteadySender {
  readonly load: Load
  /** Samples of each series that were acknowledged. */
  acknowledged = 0
  /** Requests that had no answer or an answer that said to try again. */
  retries = 0
  readonly #writer: RemoteWriter
  readonly #stopping = new AbortController()
  #abandoned = false
  readonly #finished: Promise<void>

  constructor(url: string, load: Load) {
    this.load = load
    this.#writer = new RemoteWriter(url)
    this.#finished = this.#run()
    // Whoever calls `finish` sees the failure; until then it waits.
    this.#finished.catch(() => undefined)
  }

  /** Lets the request under way be acknowledged, however often that takes, and ends. Rejects when it was refused. */
  async finish(): Promise<void> {
    this.#stopping.abort()
    await this.#finished
  }

  /** Ends at once; the request under way stays unacknowledged. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    this.#stopping.abort()
    await this.#writer.close()
    await this.#finished
  }

  async #run(): Promise<void> {
    try {
      await this.#sendUntilStopped()
    } finally {
      await this.#writer.close()
    }
  }

  async #sendUntilStopped(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (!(await this.#sendUntilAcknowledged(this.#encodeNext()))) return
      this.acknowledged += this.load.samplesEach
    }
  }

  #encodeNext(): Uint8Array {
    const { labels, seriesCount, samplesEach, timestampOf } = this.load
    const rows: PushRow[] = []
    for (let series = 0; series < seriesCount; series++) {
      const own = { ...labels, series: String(series) }
      for (let k = this.acknowledged; k < this.acknowledged + samplesEach; k++) {
        rows.push([own, timestampOf(k), k])
      }
    }
    return encodeCompressedWriteRequest(batchOf(rows))
  }

  /** Resolves to false when the sender was abandoned meanwhile. */
  async #sendUntilAcknowledged(body: Uint8Array): Promise<boolean> {
    const deadlineMs = performance.now() + patienceMs
    let reason = ''
    while (performance.now() < deadlineMs) {
      if (this.#abandoned) return false
      try {
        const { status, text } = await this.#writer.send(body)
        if (status === 204) return true
        if (status < 500) throw new Refused(`a good push was refused for good: ${status} ${text}`)
        reason = `${status} ${text}`
      } catch (thrown) {
        if (thrown instanceof Refused) throw thrown
        reason = String(thrown)
      }
      this.retries++
      await sleep(retryAfterMs)
    }
    throw new Refused(`no acknowledgement within ${patienceMs} ms; at last: ${reason}`)
  }
}

class Refused extends Error {}
