import type { Log } from '../../self/log.ts'
import type { Clock } from '../clock.ts'
import type {
  NotificationReason,
  NotificationTemplates,
  SendOutcome,
} from '../notify/receiver-kind.ts'
import type { Flush, FlushedAlert } from './aggregation-group.ts'
import { reasonToNotify } from './decide.ts'
import { deliver } from './deliver.ts'
import type { Integration, Receiver } from './integration.ts'
import { buildNotification } from './notification.ts'
import type { LogEntry, NotificationLog } from './notification-log.ts'
import type { NotifyMetrics } from './notify-metrics.ts'
import { sieve, type Suppression, type Suppressors } from './suppress.ts'

/** What is told of what happens on the way, for `alert why`. */
export interface PipelineEvents {
  /** What of a group is not told, and why; called at each flush. */
  readonly suppressed: (flush: Flush, suppressed: ReadonlyMap<string, Suppression>) => void
  /** One attempt to tell an entry of a receiver. */
  readonly attempted: (
    flush: Flush,
    alerts: readonly FlushedAlert[],
    told: {
      readonly integration: string
      readonly reason: NotificationReason
      readonly attempt: number
      readonly outcome: SendOutcome
      readonly isShadow: boolean
    },
  ) => void
}

export interface PipelineOptions {
  readonly receivers: ReadonlyMap<string, Receiver>
  readonly suppressors: Suppressors
  readonly notificationLog: NotificationLog
  readonly templates: NotificationTemplates
  readonly externalUrl: string
  /** Everything is decided and recorded, and nothing is sent. */
  readonly isShadow: boolean
  /** Asked right before each attempt: whether it is this program that tells; without it, it always is. */
  readonly mayTell?: () => boolean
  readonly clock: Clock
  readonly log: Log
  readonly metrics: NotifyMetrics
  readonly events: PipelineEvents
  readonly random: () => number
}

/** What became of a notification that is no longer this program's to send. */
const LEFT: SendOutcome = {
  ...{ ok: false, retry: false, failure: 'other' },
  reason: 'another member of the cluster tells',
}

/** An entry of the log is of use until the group had two chances to repeat (set_notifies_stage.go). */
const LIFE_IN_REPEATS = 2

/**
 * The way of a group to its receiver: what is suppressed is taken out, then each entry of the receiver is told what it does not
 * know yet, each for itself, and what it accepted is noted.
 */
export class Pipeline {
  readonly #options: PipelineOptions

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** True when every entry of the receiver knows all there is to know. */
  async notify(flush: Flush, signal: AbortSignal): Promise<boolean> {
    const { receivers, suppressors, metrics, events, log } = this.#options
    const { alerts, suppressed } = sieve(flush, suppressors)
    events.suppressed(flush, suppressed)
    for (const { reason } of suppressed.values()) metrics.suppressed(reason)
    if (alerts.length === 0) return true
    const receiver = receivers.get(flush.route.receiver)
    if (receiver === undefined) {
      log.error('a group has no receiver', { receiver: flush.route.receiver })
      return false
    }
    const told = await Promise.all(
      receiver.integrations.map((integration) => this.#tell(flush, alerts, integration, signal)),
    )
    return told.every(Boolean)
  }

  async #tell(
    flush: Flush,
    alerts: readonly FlushedAlert[],
    integration: Integration,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { notificationLog } = this.#options
    const { groupKey, route, nowMs } = flush
    const place = { groupKey, receiver: route.receiver, integration: integration.id }
    const state = partition(alerts)
    const last = notificationLog.last(place)
    const rules = {
      sendResolved: integration.sendResolved,
      repeatIntervalMs: route.repeatIntervalMs,
    }
    const reason = reasonToNotify(last, state, rules, nowMs)
    if (reason === undefined) return true
    // Who is not told about resolved alerts is told nothing when all are; that is noted all the same.
    const shown = integration.sendResolved ? alerts : alerts.filter((each) => !each.isResolved)
    const outcome: SendOutcome =
      shown.length === 0
        ? { ok: true }
        : await this.#send(flush, shown, integration, { reason, last }, signal)
    if (!outcome.ok) return false
    const before = reason === 'first notification' ? {} : (last?.remembered ?? {})
    await notificationLog.record(place, {
      atMs: nowMs,
      ...state,
      remembered: { ...before, ...outcome.remember },
      expiresMs: this.#options.clock.nowMs() + LIFE_IN_REPEATS * route.repeatIntervalMs,
    })
    return true
  }

  async #send(
    flush: Flush,
    shown: readonly FlushedAlert[],
    integration: Integration,
    why: { readonly reason: NotificationReason; readonly last: LogEntry | undefined },
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const { templates, externalUrl, isShadow, clock, metrics, events, random, log } = this.#options
    const { mayTell = () => true } = this.#options
    const { reason, last } = why
    const notification = buildNotification(flush, shown, {
      reason,
      externalUrl,
      remembered: reason === 'first notification' ? {} : (last?.remembered ?? {}),
      templates,
    })
    const meter = metrics.integration(integration.kind)
    const where = { receiver: flush.route.receiver, integration: integration.id }
    let lastReason = ''
    meter.begun()
    const outcome = await deliver(
      (limit) => {
        if (isShadow) return Promise.resolve({ ok: true, answer: 'not sent: shadow mode' })
        return mayTell() ? integration.notifier.send(notification, limit) : Promise.resolve(LEFT)
      },
      {
        clock,
        slots: integration.slots,
        timeoutMs: flush.timeoutMs,
        signal,
        random,
        onAttempt: (attempt, tried, durationMs) => {
          meter.attempted(tried.ok, durationMs / 1000)
          const told = { integration: integration.id, reason, attempt, outcome: tried, isShadow }
          // Repeated failures for one reason are one event: the last one says how many there were.
          if (tried.ok || tried.reason !== lastReason) events.attempted(flush, shown, told)
          if (tried.ok || !tried.retry || tried.reason === lastReason) return
          lastReason = tried.reason
          log.warn('a notification failed and is tried again', {
            ...where,
            attempt,
            reason: tried.reason,
          })
        },
      },
    )
    if (!outcome.ok) {
      meter.failed(outcome.failure)
      // A reload or the end of the program cuts notifications off; they are sent after it.
      const level = signal.aborted || !mayTell() ? 'debug' : 'error'
      log[level]('a notification failed', {
        ...where,
        group: flush.groupKey,
        alerts: shown.length,
        reason: outcome.reason,
      })
    }
    return outcome
  }
}

function partition(alerts: readonly FlushedAlert[]): {
  readonly firing: ReadonlySet<string>
  readonly resolved: ReadonlySet<string>
} {
  const firing = new Set<string>()
  const resolved = new Set<string>()
  for (const { alert, isResolved } of alerts)
    (isResolved ? resolved : firing).add(alert.fingerprint)
  return { firing, resolved }
}
