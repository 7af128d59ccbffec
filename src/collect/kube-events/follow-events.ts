import { setTimeout as wait } from 'node:timers/promises'
import { LineColumns } from '../../formats/loki-push/line-columns.ts'
import type { PushOutcome } from '../../ingest/lines.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { messageOf } from '../../model/problem.ts'
import type { KubernetesApi } from '../kubernetes/api-client.ts'
import {
  watchResources,
  type ResourceWatch,
  type WatchPace,
} from '../kubernetes/watch-resources.ts'
import type { EventCursor } from './event-cursor.ts'
import { readEventLine, type EventLine } from './event-line.ts'

export interface FollowEventsOptions {
  readonly api: KubernetesApi
  /** Of the collection: `/api/v1/events`, or that of a namespace. */
  readonly path: string
  readonly cursor: EventCursor
  /** Resolves when the lines are durable; rejects when they are to be offered again. */
  readonly push: (batch: LogBatch) => Promise<PushOutcome>
  /** Events cannot be read, or not be stored; said once. */
  readonly onFault: (reason: string) => void
  readonly pace?: WatchPace
}

/** So many wait for the store at most; the oldest are given up then. */
const MAX_WAITING = 20_000
const BATCH = 1000
const RETRY_LEAST_MS = 250
const RETRY_MOST_MS = 10_000
/** As Grafana's agents call it. */
const JOB = 'integrations/kubernetes/eventhandler'

/** Writes the events of a cluster into the store as log lines, each once, also when the program is started anew. */
export class EventFollower {
  readonly #options: FollowEventsOptions
  readonly #watch: ResourceWatch<EventLine>
  readonly #abort = new AbortController()
  #waiting: EventLine[] = []
  /** What came last, so that a second list brings nothing twice. */
  #taken = -1
  #sending: Promise<void> | undefined
  #said = ''

  constructor(options: FollowEventsOptions) {
    this.#options = options
    const { api, path, cursor, onFault, pace } = options
    this.#watch = watchResources<EventLine>({
      ...{ api, path, read: readEventLine },
      onSnapshot: (events) => this.#take(cursor.fresh(path, [...events.values()])),
      onChange: ({ type, object }) => {
        if (type !== 'deleted') this.#take([object])
      },
      onFault: (fault, isNews) => {
        if (isNews) onFault(fault.message)
      },
      ...(pace === undefined ? {} : { pace }),
    })
  }

  /** What waits is offered once more and then left: the next start finds it again. */
  async stop(): Promise<void> {
    await this.#watch.stop()
    this.#abort.abort()
    await this.#sending
  }

  #take(events: readonly EventLine[]): void {
    const fresh = events.filter(({ version }) => version < 0 || version > this.#taken)
    for (const { version } of fresh) this.#taken = Math.max(this.#taken, version)
    this.#waiting.push(...fresh)
    if (this.#waiting.length > MAX_WAITING)
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING)
    if (this.#waiting.length > 0) this.#sending ??= this.#send()
  }

  async #send(): Promise<void> {
    let waitMs = RETRY_LEAST_MS
    while (this.#waiting.length > 0) {
      const events = this.#waiting.slice(0, BATCH)
      if (await this.#store(events)) {
        const sent = new Set(events)
        this.#waiting = this.#waiting.filter((event) => !sent.has(event))
        waitMs = RETRY_LEAST_MS
        continue
      }
      const { signal } = this.#abort
      if (signal.aborted) break
      await wait(waitMs, undefined, { signal }).catch(() => undefined)
      waitMs = Math.min(RETRY_MOST_MS, waitMs * 2)
    }
    this.#sending = undefined
  }

  /** Whether they need not be offered again. */
  async #store(events: readonly EventLine[]): Promise<boolean> {
    const { push, cursor, path } = this.#options
    try {
      const outcome = await push(toBatch(events))
      if (outcome.kind === 'invalid' || outcome.kind === 'limited') this.#say(outcome.message)
      if (outcome.kind === 'limited' && outcome.lines === 0) return false
      await cursor.advance(path, events)
      return true
    } catch (thrown) {
      this.#say(`events cannot be stored now: ${messageOf(thrown)}`)
      return false
    }
  }

  #say(reason: string): void {
    if (reason !== this.#said) this.#options.onFault(reason)
    this.#said = reason
  }
}

const encoder = new TextEncoder()

function toBatch(events: readonly EventLine[]): LogBatch {
  const columns = new LineColumns(events.length * 256)
  for (const { namespace, timestampMs, text, isWarning } of events) {
    const line = encoder.encode(text)
    columns.setTimeNs(BigInt(timestampMs) * 1_000_000n)
    columns.append(line, 0, line.length)
    const level = Labels.from({ detected_level: isWarning ? 'warn' : 'info' })
    const stream = Labels.from({ job: JOB, ...(namespace === '' ? {} : { namespace }) })
    columns.endLine(columns.stream(stream), columns.metadataSet(level))
  }
  return columns.finish()
}
