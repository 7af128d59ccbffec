import { setImmediate as nextTurn } from 'node:timers/promises'
import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import {
  appendHistory,
  listDeliveries,
  listHistory,
  trimHistory,
  type HistoryEvent,
} from '../store/metadata/alert-history.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { BatchedWrites } from './batched-writes.ts'
import type { Clock } from './clock.ts'
import type { Flush } from './dispatch/aggregation-group.ts'
import type { PipelineEvents } from './dispatch/pipeline.ts'
import type { Suppression } from './dispatch/suppress.ts'
import { WritePace } from './write-pace.ts'

const DAY_MS = 86_400_000
/** How long it is kept what happened to alerts. */
export const HISTORY_KEPT_MS = 30 * DAY_MS
const KEPT_EVENTS = 200_000
const EVENTS_PER_WRITE = 500
/** Events that wait to be written; a database that hangs must not fill the memory. */
const MAX_WAITING = 50_000
const MAX_WATCHED_GROUPS = 10_000

/**
 * What happened to alerts on the way to people, so that `alert why` can tell it: who suppressed what and when that ended, and
 * each attempt to deliver with its answer. Written beside the way, never in it.
 */
export class AlertHistory {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #log: Log
  readonly #writes: BatchedWrites<HistoryEvent>
  /** Per group what was suppressed at its last flush: only changes are events. */
  readonly #suppressed = new Map<string, ReadonlyMap<string, string>>()
  #waiting = 0

  constructor(metadata: Metadata, clock: Clock, log: Log, pace = new WritePace()) {
    this.#metadata = metadata
    this.#clock = clock
    this.#log = log
    this.#writes = new BatchedWrites((events) => this.#write(events), pace)
  }

  /** For the pipeline. */
  events(): PipelineEvents {
    return {
      suppressed: (flush, suppressed) => this.#noteSuppressed(flush, suppressed),
      attempted: (flush, alerts, { outcome, ...told }) =>
        this.#append({
          atMs: this.#clock.nowMs(),
          kind: outcome.ok ? 'delivered' : 'failed',
          groupKey: flush.groupKey,
          receiver: flush.route.receiver,
          fingerprints: alerts.map(({ alert }) => alert.fingerprint),
          detail: {
            ...told,
            resolved: alerts
              .filter(({ isResolved }) => isResolved)
              .map(({ alert }) => alert.fingerprint),
            ...(outcome.ok
              ? { answer: outcome.answer ?? '' }
              : { reason_failed: outcome.reason, retry: outcome.retry }),
          },
        }),
    }
  }

  /** The newest attempts to deliver of all receivers, newest first. */
  deliveries(fromMs: number, limit: number): Promise<readonly HistoryEvent[]> {
    return listDeliveries(this.#metadata, fromMs, limit)
  }

  /** The events of groups, oldest first. */
  async list(
    groupKeys: readonly string[],
    fromMs: number,
    toMs: number,
    limit: number,
  ): Promise<readonly HistoryEvent[]> {
    await this.#writes.settle()
    return listHistory(this.#metadata, groupKeys, fromMs, toMs, limit)
  }

  /** Forgets what is too old or too much. */
  trim(): Promise<void> {
    return trimHistory(this.#metadata, this.#clock.nowMs() - HISTORY_KEPT_MS, KEPT_EVENTS)
  }

  settle(): Promise<void> {
    return this.#writes.settle()
  }

  #noteSuppressed(flush: Flush, suppressed: ReadonlyMap<string, Suppression>): void {
    const key = `${flush.route.id}\uffff${flush.groupKey}`
    const before = this.#suppressed.get(key)
    if (suppressed.size === 0 && before === undefined) return
    const now = new Map<string, string>()
    const changed = new Map<string, string[]>()
    for (const [fingerprint, { reason, by }] of suppressed) {
      const why = JSON.stringify({ reason, by })
      now.set(fingerprint, why)
      if (before?.get(fingerprint) === why) continue
      const same = changed.get(why)
      if (same === undefined) changed.set(why, [fingerprint])
      else same.push(fingerprint)
    }
    const base = {
      atMs: flush.nowMs,
      groupKey: flush.groupKey,
      receiver: flush.route.receiver,
    }
    for (const fingerprints of changed.values()) {
      const suppression = suppressed.get(fingerprints[0] ?? '')
      const detail = { reason: suppression?.reason, by: suppression?.by }
      this.#append({ ...base, kind: 'suppressed', fingerprints, detail })
    }
    const released = [...(before?.keys() ?? [])].filter((fingerprint) => !now.has(fingerprint))
    if (released.length > 0)
      this.#append({ ...base, kind: 'released', fingerprints: released, detail: {} })
    this.#suppressed.delete(key)
    if (now.size === 0) return
    for (const oldest of this.#suppressed.keys()) {
      if (this.#suppressed.size < MAX_WATCHED_GROUPS) break
      this.#suppressed.delete(oldest)
    }
    this.#suppressed.set(key, now)
  }

  #append(event: HistoryEvent): void {
    if (this.#waiting >= MAX_WAITING) return
    this.#waiting++
    this.#writes
      .add(event)
      .catch((thrown: unknown) => {
        this.#log.warn('the history of alerts cannot be written', { reason: messageOf(thrown) })
      })
      .finally(() => {
        this.#waiting--
      })
  }

  async #write(events: readonly HistoryEvent[]): Promise<void> {
    for (let i = 0; i < events.length; i += EVENTS_PER_WRITE) {
      await appendHistory(this.#metadata, events.slice(i, i + EVENTS_PER_WRITE))
      await nextTurn()
    }
  }
}
