import { quoteString } from '../../model/go-notation.ts'
import type { Labels } from '../../model/labels.ts'
import { compareAlerts, isResolvedAt, type Alert } from '../alert.ts'
import type { Clock } from '../clock.ts'
import type { DispatchRoute } from './route-match.ts'

/** A notification has at least this long, however short the interval of its group is (notify.go, MinTimeout). */
const LEAST_TIMEOUT_MS = 10_000

/** One moment of a group: what is to be told, if anything. */
export interface Flush {
  readonly groupKey: string
  readonly groupLabels: Labels
  readonly route: DispatchRoute
  /** By job, instance and the other labels. Never empty. */
  readonly alerts: readonly FlushedAlert[]
  readonly nowMs: number
  /** How long its delivery may take. */
  readonly timeoutMs: number
}

/** An alert as it was at the moment of the flush: time goes on while it is sent. */
export interface FlushedAlert {
  readonly alert: Alert
  readonly isResolved: boolean
}

/** Tells a receiver about a group; false when that failed and is to be tried again at the next flush. */
export type FlushListener = (flush: Flush, signal: AbortSignal) => Promise<boolean>

export interface GroupEvents {
  readonly notify: FlushListener
  /** An alert is new in the group, or has left it. */
  readonly onHeld: (fingerprint: string, isHeld: boolean) => void
  /** The last alert has left: the group is not used again. */
  readonly onEmpty: () => void
}

/**
 * The alerts of one route that are told together. The first flush waits `group_wait` for more of them to come, the others follow
 * every `group_interval` (alertmanager, dispatch.go, aggrGroup).
 */
export class AggregationGroup {
  readonly route: DispatchRoute
  readonly labels: Labels
  readonly key: string
  readonly #clock: Clock
  readonly #events: GroupEvents
  readonly #alerts = new Map<string, Alert>()
  readonly #stop = new AbortController()
  #cancelTimer: (() => void) | undefined
  #isRunning = false
  #isFlushing = false
  #isDue = false
  #isDestroyed = false
  #flushing: Promise<void> = Promise.resolve()
  /** When the next flush is; of a group that has not started, when the first one would be. */
  #nextMs: number
  #hasFlushed = false

  constructor(route: DispatchRoute, labels: Labels, clock: Clock, events: GroupEvents) {
    this.route = route
    this.labels = labels
    this.key = `${route.key}:${formatLabelSet(labels)}`
    this.#clock = clock
    this.#events = events
    this.#nextMs = clock.nowMs() + route.groupWaitMs
  }

  /** Takes an alert, or what is new of it. False when the group has ended: then another one must be made. */
  insert(alert: Alert): boolean {
    if (this.#isDestroyed) return false
    const isNew = !this.#alerts.has(alert.fingerprint)
    this.#alerts.set(alert.fingerprint, alert)
    if (isNew) this.#events.onHeld(alert.fingerprint, true)
    // Who waits for a group that fires for longer than its wait waits for nothing.
    const nowMs = this.#clock.nowMs()
    if (!this.#hasFlushed && alert.startsAtMs + this.route.groupWaitMs < nowMs)
      this.#schedule(nowMs)
    return true
  }

  /** Begins to flush. A group made before the dispatcher started counts its wait from its making. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#schedule(this.#nextMs)
  }

  /** The alerts, in no order. */
  alerts(): Iterable<Alert> {
    return this.#alerts.values()
  }

  /** Ends: what is being sent may take `graceMs` more. */
  async stop(graceMs: number): Promise<void> {
    this.#isDestroyed = true
    this.#cancelTimer?.()
    if (!this.#isFlushing) return
    const cancel = this.#clock.after(graceMs, () => this.#stop.abort())
    await this.#flushing
    cancel()
  }

  #schedule(atMs: number): void {
    this.#nextMs = atMs
    if (!this.#isRunning || this.#isDestroyed) return
    this.#cancelTimer?.()
    this.#cancelTimer = this.#clock.after(atMs - this.#clock.nowMs(), () => this.#fire())
  }

  #fire(): void {
    this.#cancelTimer = undefined
    if (this.#isDestroyed) return
    if (this.#isFlushing) {
      this.#isDue = true
      return
    }
    this.#hasFlushed = true
    const nowMs = this.#clock.nowMs()
    this.#schedule(nowMs + this.route.groupIntervalMs)
    this.#isFlushing = true
    this.#flushing = this.#flush(nowMs).finally(() => {
      this.#isFlushing = false
      if (!this.#isDue) return
      this.#isDue = false
      this.#fire()
    })
  }

  async #flush(nowMs: number): Promise<void> {
    if (this.#alerts.size === 0) return
    const alerts = [...this.#alerts.values()]
      .sort(compareAlerts)
      .map((alert) => ({ alert, isResolved: isResolvedAt(alert, nowMs) }))
    const { key: groupKey, labels: groupLabels, route } = this
    const timeoutMs = Math.max(route.groupIntervalMs, LEAST_TIMEOUT_MS)
    const flush = { groupKey, groupLabels, route, alerts, nowMs, timeoutMs }
    if (!(await this.#events.notify(flush, this.#stop.signal))) return
    for (const { alert, isResolved } of alerts) {
      // One that fires again since was told as resolved and stays.
      if (!isResolved || this.#alerts.get(alert.fingerprint) !== alert) continue
      this.#alerts.delete(alert.fingerprint)
      this.#events.onHeld(alert.fingerprint, false)
    }
    if (this.#alerts.size > 0 || this.#isDestroyed) return
    this.#isDestroyed = true
    this.#cancelTimer?.()
    this.#events.onEmpty()
  }
}

/** prometheus/common, LabelSet.String: `{alertname="Down", job="node"}`. */
export function formatLabelSet({ flat }: Labels): string {
  const pairs: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    pairs.push(`${flat[i]}=${quoteString(flat[i + 1] as string)}`)
  }
  return `{${pairs.join(', ')}}`
}
