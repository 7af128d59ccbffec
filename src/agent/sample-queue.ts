import { encodeWriteRequest } from '../formats/remote-write/encode.ts'
import type { Labels } from '../model/labels.ts'
import { messageOf, Problem } from '../model/problem.ts'
import type { AppendResult, MetricMetadata, SampleBatch, SampleSink } from '../model/samples.ts'
import type { Log } from '../self/log.ts'
import type { SignalQueue } from './signal-queue.ts'

/** Scraped samples are durable after so long, as in a server. */
const FLUSH_MS = 1000
/** More at once is written at once, and in parts of about this size. */
const FLUSH_BYTES = 1024 * 1024
/** Rows of one body: some megabytes, which every receiver takes. */
const MAX_ROWS = 20_000
/** Of samples that wait in memory because the disk does not take them. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024
const RETRY_MS = 5000
/** Families whose type and help are told again after a part of the queue was dropped. */
const MAX_FAMILIES = 10_000

export interface SampleQueueOptions {
  readonly queue: Pick<SignalQueue, 'push' | 'pushOverOldest' | 'countDropped'>
  /** Labels that each series gets which does not have them, as Prometheus adds them to what it sends. */
  readonly externalLabels: () => Readonly<Record<string, string>>
  readonly log: Log
}

/**
 * Takes samples into the queue. What is scraped (`offer`) waits a second at most until it is durable, and when the queue is full it
 * goes before what is oldest; what is pushed (`append`) is durable when the push is answered, and refused when the queue is full.
 */
export class SampleQueue implements SampleSink {
  readonly #options: SampleQueueOptions
  readonly #families = new Map<string, MetricMetadata>()
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #isFailing = false
  #tellsFamilies = false

  constructor(options: SampleQueueOptions) {
    this.#options = options
  }

  async append(batch: SampleBatch): Promise<AppendResult> {
    const { queue } = this.#options
    const taken = await Promise.all(this.#encode(batch).map((body) => queue.push(body)))
    if (!taken.every(Boolean)) {
      throw new Problem('unavailable', 'the queue of metrics is full: try again')
    }
    return allOf(batch)
  }

  offer(batch: SampleBatch): AppendResult {
    this.#remember(batch.metadata)
    // The batch is read now: its columns may be used again.
    for (const body of this.#encode(batch)) {
      this.#waiting.push(body)
      this.#waitingBytes += body.length
    }
    while (this.#waitingBytes > MAX_WAITING_BYTES && this.#waiting.length > 1) {
      this.#waitingBytes -= this.#waiting.shift()?.length ?? 0
      this.#options.queue.countDropped('disk', 1)
      this.#tellsFamilies = true
    }
    if (!this.#isFailing) this.#schedule(this.#waitingBytes >= FLUSH_BYTES ? 0 : FLUSH_MS)
    return allOf(batch)
  }

  /** Makes durable what waits. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#flushing
    await this.#flush()
    clearTimeout(this.#timer)
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined && delayMs > 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#flushing = (this.#flushing ?? Promise.resolve()).then(() => this.#flush())
    }, delayMs)
  }

  async #flush(): Promise<void> {
    const taken = this.#waiting
    if (taken.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    const { queue, log } = this.#options
    if (this.#tellsFamilies) taken.push(encodeWriteRequest(familiesOnly(this.#families.values())))
    try {
      let isDropping = false
      while (taken.length > 0) {
        const count = countUpTo(taken, FLUSH_BYTES)
        // Requests one behind the other are one.
        const body = Buffer.concat(taken.slice(0, count))
        isDropping = (await queue.pushOverOldest(body)) || isDropping
        taken.splice(0, count)
      }
      this.#tellsFamilies = isDropping
      if (this.#isFailing) log.info('the disk takes samples again')
      this.#isFailing = false
    } catch (thrown) {
      if (!this.#isFailing) {
        const reason = messageOf(thrown)
        log.error('samples cannot be written to the queue and are held in memory', { reason })
      }
      this.#isFailing = true
      this.#waiting.unshift(...taken)
      this.#waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0)
      this.#schedule(RETRY_MS)
    }
  }

  #encode(batch: SampleBatch): readonly Uint8Array[] {
    return inParts(this.#labelled(batch)).map(encodeWriteRequest)
  }

  #labelled(batch: SampleBatch): SampleBatch {
    const external = Object.entries(this.#options.externalLabels())
    if (external.length === 0) return batch
    const { exemplars, histograms } = batch
    const label = (labels: Labels): Labels => withMissing(labels, external)
    const relabel = <T extends { readonly series: Labels }>(each: T): T => ({
      ...each,
      series: label(each.series),
    })
    return {
      ...batch,
      series: batch.series.map(label),
      ...(exemplars && { exemplars: exemplars.map(relabel) }),
      ...(histograms && { histograms: histograms.map(relabel) }),
    }
  }

  #remember(metadata: readonly MetricMetadata[] = []): void {
    for (const each of metadata) {
      if (this.#families.size < MAX_FAMILIES) this.#families.set(each.family, each)
    }
  }
}

/** A large batch by its rows; what is not in rows goes with the first part. */
function inParts(batch: SampleBatch): readonly SampleBatch[] {
  const { series, seriesIndex, timestampsMs, values } = batch
  if (values.length <= MAX_ROWS) return [batch]
  return Array.from({ length: Math.ceil(values.length / MAX_ROWS) }, (_, part) => {
    const [start, end] = [part * MAX_ROWS, (part + 1) * MAX_ROWS]
    const rows = {
      seriesIndex: seriesIndex.subarray(start, end),
      timestampsMs: timestampsMs.subarray(start, end),
      values: values.subarray(start, end),
    }
    return part === 0 ? { ...batch, ...rows } : { series, ...rows }
  })
}

/** How many bodies have so many bytes together; one at least. */
function countUpTo(bodies: readonly Uint8Array[], bytes: number): number {
  let sum = 0
  const end = bodies.findIndex(({ length }) => (sum += length) > bytes)
  return end === -1 ? bodies.length : Math.max(1, end)
}

function withMissing(labels: Labels, added: readonly (readonly [string, string])[]): Labels {
  const missing = added.filter(([name]) => !labels.has(name))
  return missing.length === 0 ? labels : labels.with(Object.fromEntries(missing))
}

function allOf({ values, histograms = [] }: SampleBatch): AppendResult {
  return { accepted: values.length + histograms.length, rejected: [], rejectedCount: 0 }
}

function familiesOnly(metadata: Iterable<MetricMetadata>): SampleBatch {
  return {
    series: [],
    seriesIndex: new Uint32Array(0),
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    metadata: [...metadata],
  }
}
