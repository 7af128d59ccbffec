import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { DiskQueue } from '../forward/disk-queue.ts'
import { RemoteSender, type Send } from '../forward/remote-sender.ts'
import type { Log } from '../self/log.ts'
import type { Counter, Registry } from '../self/metrics.ts'
import type { Signal } from './signal.ts'

export interface SignalQueueOptions {
  readonly signal: Signal
  /** Of this queue alone. */
  readonly folder: string
  readonly maxBytes: number
  /** Sends bodies as one request, each packed by gzip. */
  readonly send: Send
  readonly registry: Registry
  readonly log: Log
}

export interface SignalQueueFigures {
  readonly sizeBytes: number
  readonly maxBytes: number
  /** Of the oldest record that waits; undefined: none does. */
  readonly oldestMs: number | undefined
}

/** The time of a record, in front of its body: milliseconds since 1970, a double. */
const TIME_BYTES = 8
/** What waits is sent in requests of some megabytes, unpacked: servers refuse larger ones, and they are in memory here. */
const SENT_AT_ONCE = {
  bytes: 256 * 1024,
  records: 32,
  weightOf: unpackedBytes,
  weight: 4 * 1024 * 1024,
}
const TIMEOUT_MS = 60_000
/** A queue that was full has room again when this much of it is left. */
const ROOM_SHARE = 0.8
const RETRY = { initialMs: 500, maxMs: 30_000, maxElapsedMs: Number.POSITIVE_INFINITY }
/** Repetitive text is packed nearly as well as at higher levels, at a third of the time. */
const LEVEL = 1
/** Of a memory of 256 KiB for each body that is packed, a fourth. */
const MEM_LEVEL = 7

const pack = promisify<Uint8Array, { level: number; memLevel: number }, Buffer>(gzip)

/** What waits on disk of one signal until the server has it, and what sends it. */
export class SignalQueue {
  readonly #options: SignalQueueOptions
  readonly #queue: DiskQueue
  readonly #sender: RemoteSender
  readonly #dropped: Readonly<Record<'queue_full' | 'disk', Counter>>
  #oldestMs: number | undefined
  #isFull = false

  private constructor(options: SignalQueueOptions, queue: DiskQueue) {
    this.#options = options
    this.#queue = queue
    const { signal, registry, log, send } = options
    const dropped = registry.counterBy(
      'vedette_agent_dropped_total',
      'Parts of the queue (what was collected within a second, or one push) that were dropped, and why.',
      ['signal', 'reason'],
    )
    // There from the start, at 0: an increase of what was not there before is none.
    this.#dropped = {
      queue_full: dropped.with(signal, 'queue_full'),
      disk: dropped.with(signal, 'disk'),
    }
    const counter = (name: string, help: string) =>
      registry.counterBy(name, help, ['signal']).with(signal)
    this.#sender = new RemoteSender({
      ...{ queue, log, limit: SENT_AT_ONCE, retry: RETRY, timeoutMs: TIMEOUT_MS },
      send: (records, abort) => {
        this.#oldestMs = timeOf(records[0])
        return send(
          records.map((record) => record.subarray(TIME_BYTES)),
          abort,
        )
      },
      sent: counter('vedette_agent_sent_requests_total', 'Requests that the server took.'),
      failed: counter(
        'vedette_agent_refused_requests_total',
        'Requests that the server refused for what is in them, in whole or in part; they are not sent again.',
      ),
    })
  }

  /** Rejects when the folder cannot be used. */
  static async open(options: SignalQueueOptions): Promise<SignalQueue> {
    const { folder, maxBytes } = options
    const maxRecords = Number.POSITIVE_INFINITY
    const queue = await DiskQueue.open({ folder, maxBytes, maxRecords })
    return new SignalQueue(options, queue)
  }

  /** Resolves to whether the body is durable; false when the queue is full. Rejects with a `Problem` when the disk does not take it. */
  async push(body: Uint8Array): Promise<boolean> {
    const isTaken = await this.#queue.push(await this.#recordOf(body))
    if (isTaken) this.#noteRoom()
    else this.#sayFull('nothing more is taken until it has room')
    return isTaken
  }

  /** Makes room where there is none, by dropping what is oldest. Resolves to whether anything was dropped. */
  async pushOverOldest(body: Uint8Array): Promise<boolean> {
    const record = await this.#recordOf(body)
    let isDropping = false
    while (!(await this.#queue.push(record))) {
      const oldestMs = this.#oldestMs
      const dropped = await this.#queue.dropOldest()
      isDropping = true
      this.#dropped.queue_full.inc(dropped)
      this.#sayFull('what is oldest is dropped', oldestMs)
      if (dropped === 0 && this.#queue.records === 0) return true
    }
    if (!isDropping) this.#noteRoom()
    return isDropping
  }

  /** Bodies that were lost before they came into the queue. */
  countDropped(reason: 'disk', bodies: number): void {
    this.#dropped[reason].inc(bodies)
  }

  figures(): SignalQueueFigures {
    const { records, sizeBytes } = this.#queue
    const oldestMs = records === 0 ? undefined : this.#oldestMs
    return { sizeBytes, maxBytes: this.#options.maxBytes, oldestMs }
  }

  /** Ends. What was not sent stays on disk. */
  async stop(): Promise<void> {
    await this.#sender.stop()
    await this.#queue.close()
  }

  async #recordOf(body: Uint8Array): Promise<Uint8Array> {
    const packed = await pack(body, { level: LEVEL, memLevel: MEM_LEVEL })
    const time = Buffer.alloc(TIME_BYTES)
    time.writeDoubleBE(Date.now())
    return Buffer.concat([time, packed])
  }

  /** Once, until there is room again. */
  #sayFull(what: string, oldestMs?: number): void {
    if (this.#isFull) return
    this.#isFull = true
    const { log, maxBytes } = this.#options
    const oldest = oldestMs === undefined ? undefined : new Date(oldestMs).toISOString()
    log.error(`the queue is full: ${what}`, { max_bytes: maxBytes, oldest })
  }

  /** What was dropped a moment ago is no room yet. */
  #noteRoom(): void {
    if (!this.#isFull || this.#queue.sizeBytes > this.#options.maxBytes * ROOM_SHARE) return
    this.#isFull = false
    this.#options.log.info('the queue has room again')
  }
}

/** What a body of gzip unpacks to, which stands at its end (RFC 1952, ISIZE). */
function unpackedBytes(record: Uint8Array): number {
  const { buffer, byteOffset, length } = record
  return length < 4 ? 0 : new DataView(buffer, byteOffset).getUint32(length - 4, true)
}

function timeOf(record: Uint8Array | undefined): number | undefined {
  if (record === undefined || record.length < TIME_BYTES) return undefined
  return new DataView(record.buffer, record.byteOffset).getFloat64(0)
}
