import type { Labels } from '../../model/labels.ts'
import { decodeUtf8 } from '../../formats/text-codec.ts'
import { messageOf } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Outbox, OutboxSource } from '../tail/outbox.ts'
import type { PositionChange } from '../tail/positions/position-record.ts'
import { LogEntry, type StagePipeline, type StageProgram } from '../tail/stages/entry.ts'
import type { ReceivedLineSink } from './line-sink.ts'

const FLUSH_MS = 1000
const RETRY_MS = 5000

/** Whether a receiver of a promtail file may open its port, and who may send to it. */
export interface ReceivingRules {
  /** Why a port may not be opened; undefined when it may. */
  readonly refuse: (host: string, port: number) => string | undefined
  readonly maySend: (address: string) => boolean
}

/** Lines of a receiver on their way through the stages of its job to the outbox. They are nowhere else: there are no positions. */
class ReceivedPipeline implements OutboxSource, ReceivedLineSink {
  readonly #outbox: Outbox
  readonly #pipeline: StagePipeline
  #count = 0

  constructor(program: StageProgram, outbox: Outbox) {
    this.#outbox = outbox
    this.#pipeline = program.open((entry) => outbox.emit(this, entry))
  }

  get safeOffset(): number {
    return this.#pipeline.heldFrom ?? this.#count
  }

  takeMarks(): readonly PositionChange[] {
    return []
  }

  commit(): readonly PositionChange[] {
    return []
  }

  get hasRoom(): boolean {
    return this.#outbox.hasRoom && this.#pausedMs <= 0
  }

  async room(): Promise<void> {
    const pausedMs = this.#pausedMs
    if (pausedMs > 0) await new Promise((resolve) => setTimeout(resolve, pausedMs))
    await this.#outbox.room()
  }

  emit(labels: Labels, timestampNs: bigint, line: Uint8Array, metadata: Labels): void {
    const at = this.#count++
    const text = decodeUtf8(line, 0, line.length)
    const entry = new LogEntry(text, timestampNs, labels, at, at + 1)
    entry.metadata = metadata
    this.#pipeline.push(entry)
    this.#outbox.touch(this)
  }

  /** Gives on what a stage holds back; with `force` all of it. */
  flush(force: boolean): void {
    if (this.#pipeline.heldFrom === undefined) return
    this.#pipeline.flush(Date.now(), force)
    this.#outbox.touch(this)
  }

  get #pausedMs(): number {
    return (this.#pipeline.pausedUntilMs ?? 0) - Date.now()
  }
}

export interface ReceiverSourceOptions {
  readonly job: string
  readonly address: { readonly host: string; readonly port: number }
  readonly rules: ReceivingRules
  readonly program: StageProgram
  readonly outbox: Outbox
  readonly log: Log
  /** Opens the receiver. A rejection is logged, and it is tried again. */
  readonly open: (sink: ReceivedLineSink) => Promise<{ stop(): Promise<void> }>
}

/** A receiver of a promtail file, from its start to its end. */
export class ReceiverSource {
  readonly #options: ReceiverSourceOptions
  readonly #lines: ReceivedPipeline
  readonly #flushing: NodeJS.Timeout
  #receiver: { stop(): Promise<void> } | undefined
  #opening: Promise<void> = Promise.resolve()
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: ReceiverSourceOptions) {
    this.#options = options
    this.#lines = new ReceivedPipeline(options.program, options.outbox)
    this.#flushing = setInterval(() => this.#lines.flush(false), FLUSH_MS)
  }

  start(): void {
    const { rules, address, log, job } = this.#options
    const reason = rules.refuse(address.host, address.port)
    if (reason === undefined) this.#opening = this.#open()
    else log.error('a receiver of log lines is not opened', { job, reason })
  }

  /** What was received is in the outbox when this returns; the ports are closed when it resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    clearInterval(this.#flushing)
    const early = this.#receiver?.stop()
    this.#lines.flush(true)
    await early
    await this.#opening
    if (early === undefined) await this.#receiver?.stop()
  }

  async #open(): Promise<void> {
    const { open, log, job } = this.#options
    try {
      this.#receiver = await open(this.#lines)
    } catch (thrown) {
      log.error('a receiver of log lines cannot be opened; it will be tried again', {
        job,
        reason: messageOf(thrown),
      })
      if (this.#isStopped) return
      this.#retry = setTimeout(() => {
        this.#opening = this.#open()
      }, RETRY_MS)
    }
  }
}
