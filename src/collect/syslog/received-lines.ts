import { LineColumns } from '../../formats/loki-push/line-columns.ts'
import type { PushOutcome } from '../../ingest/lines.ts'
import type { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { ReceivedLineSink } from './line-sink.ts'

/** Waiting lines, with those under way: past it there is no room. */
const ROOM_BYTES = 4 * 1024 * 1024
/** A line counts for so much beside its bytes. */
const ROW_BYTES = 64
/** A lone line waits so long for others. */
const LINGER_MS = 50
const RETRY_LEAST_MS = 250
const RETRY_MOST_MS = 5000
const REFUSAL_LOG_MS = 60_000

/**
 * Gives received lines to the store, without a pipeline: they are joined into batches, one of which is under way at a time. Senders of
 * syslog and GELF hear nothing, so a batch that is not taken now is offered again until it is.
 */
export class ReceivedLines implements ReceivedLineSink {
  readonly #push: (batch: LogBatch) => Promise<PushOutcome>
  readonly #log: Log
  #columns = new LineColumns(4096)
  #heldBytes = 0
  #underWayBytes = 0
  #underWayRows = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #isStopped = false
  #stopWaiting: () => void = () => undefined
  #waiting: (() => void)[] = []
  #refusalSaidMs = Number.NEGATIVE_INFINITY

  constructor(push: (batch: LogBatch) => Promise<PushOutcome>, log: Log) {
    this.#push = push
    this.#log = log
  }

  emit(labels: Labels, timestampNs: bigint, line: Uint8Array, metadata: Labels): void {
    const columns = this.#columns
    columns.setTimeNs(timestampNs)
    columns.append(line, 0, line.length)
    columns.endLine(columns.stream(labels), metadata.size === 0 ? 0 : columns.metadataSet(metadata))
    this.#heldBytes += line.length + ROW_BYTES + metadata.key.length
    this.#timer ??= setTimeout(() => this.#start(), LINGER_MS)
  }

  get hasRoom(): boolean {
    return this.#heldBytes + this.#underWayBytes < ROOM_BYTES
  }

  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Stores what is there, for at most so long. Resolves to the number of lines that could not be stored. */
  async stop(timeoutMs: number): Promise<number> {
    clearTimeout(this.#timer)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#flush(), late])
    clearTimeout(timer)
    this.#isStopped = true
    this.#stopWaiting()
    await this.#sending
    this.#wake()
    return this.#columns.rows + this.#underWayRows
  }

  async #flush(): Promise<void> {
    while (this.#sending !== undefined || this.#columns.rows > 0) {
      if (this.#sending === undefined) this.#start()
      await this.#sending
    }
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sending !== undefined || this.#columns.rows === 0) return
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined
      // What came meanwhile has waited long enough.
      if (!this.#isStopped) this.#start()
    })
  }

  async #send(): Promise<void> {
    const batch = this.#columns.finish()
    this.#columns = new LineColumns(4096)
    this.#underWayBytes = this.#heldBytes
    this.#underWayRows = batch.ends.length
    this.#heldBytes = 0
    let waitMs = RETRY_LEAST_MS
    while (!(await this.#offer(batch))) {
      if (this.#isStopped) return
      await this.#pause(waitMs)
      waitMs = Math.min(RETRY_MOST_MS, waitMs * 2)
    }
    this.#underWayBytes = 0
    this.#underWayRows = 0
    this.#wake()
  }

  /** Whether it needs not be offered again. */
  async #offer(batch: LogBatch): Promise<boolean> {
    try {
      const outcome = await this.#push(batch)
      if (outcome.kind === 'invalid') this.#sayRefusal(outcome.message)
      if (outcome.kind !== 'limited') return true
      this.#sayRefusal(outcome.message)
      // Some of it was taken: what was not is over a limit that waiting does not change.
      return outcome.lines > 0
    } catch (thrown) {
      this.#sayRefusal(messageOf(thrown))
      return !(thrown instanceof Problem)
    }
  }

  #sayRefusal(reason: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#refusalSaidMs < REFUSAL_LOG_MS) return
    this.#refusalSaidMs = nowMs
    this.#log.warn('received lines could not be stored', { reason })
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #wake(): void {
    if (!this.hasRoom && !this.#isStopped) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
