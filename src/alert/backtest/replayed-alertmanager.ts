import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { AlertSink, PostedAlert } from '../alert-sink.ts'
import { AlertStore } from '../alert-store.ts'
import { toAlert } from '../alert.ts'
import { assembleRouting, type Routing } from '../assemble-routing.ts'
import type { Clock } from '../clock.ts'
import type { AlertmanagerConfig } from '../config/alertmanager-config.ts'
import type { ReceiverConfig } from '../config/receiver.ts'
import type { Flush } from '../dispatch/aggregation-group.ts'
import { Dispatcher } from '../dispatch/dispatcher.ts'
import { createIntegration, type Receiver } from '../dispatch/integration.ts'
import { NotificationLog } from '../dispatch/notification-log.ts'
import { NotifyMetrics } from '../dispatch/notify-metrics.ts'
import { Pipeline } from '../dispatch/pipeline.ts'
import type { Suppression } from '../dispatch/suppress.ts'
import { KEEPS_NO_ALERTS, KEEPS_NO_NOTIFICATIONS } from '../keep.ts'
import type { Notification, NotificationTemplates } from '../notify/receiver-kind.ts'

/** What is told of what would have happened. */
export interface ReplayEvents {
  /** An entry of a receiver is told; `integration` is `slack[0]`. */
  readonly sent: (integration: string, notification: Notification) => void
  /** What of a group is not told, at each flush; empty when all is. */
  readonly withheld: (flush: Flush, suppressed: ReadonlyMap<string, Suppression>) => void
}

const MAINTENANCE_MS = 60_000
const KEEP_LOG_MS = 24 * 3_600_000

/** Nobody reads what is sent. */
const NO_TEMPLATES: NotificationTemplates = {
  renderText: (text) => ({ text, error: undefined }),
  renderHtml: (text) => ({ text, error: undefined }),
}

/**
 * An Alertmanager whose receivers accept everything at once and remember it: routes, groups, waits, repeats, inhibitions and time
 * intervals are the real ones; silences and acknowledgements there are none.
 */
export class ReplayedAlertmanager implements AlertSink {
  readonly #clock: Clock
  readonly #resolveTimeoutMs: number
  readonly #routing: Routing
  readonly #alerts: AlertStore
  readonly #log: NotificationLog
  readonly #dispatcher: Dispatcher

  private constructor(
    config: AlertmanagerConfig,
    clock: Clock,
    log: NotificationLog,
    events: ReplayEvents,
  ) {
    this.#clock = clock
    this.#resolveTimeoutMs = config.global.resolveTimeoutMs
    this.#routing = assembleRouting(config)
    this.#log = log
    const quiet = silentLog()
    this.#alerts = new AlertStore({ keep: KEEPS_NO_ALERTS, clock, log: quiet, maxPerName: 0 })
    const { inhibitor, isInInterval, matchRoutes } = this.#routing
    const pipeline = new Pipeline({
      receivers: new Map(config.receivers.map((each) => [each.name, toReceiver(each, events)])),
      suppressors: {
        inhibitedBy: (alert) => inhibitor.inhibitedBy(alert, clock.nowMs()),
        silencedBy: () => [],
        acknowledgedBy: () => undefined,
        isInInterval,
      },
      notificationLog: log,
      templates: NO_TEMPLATES,
      externalUrl: '',
      isShadow: false,
      clock,
      log: quiet,
      metrics: new NotifyMetrics(createRegistry()),
      events: { suppressed: events.withheld, attempted: () => undefined },
      random: () => 0.5,
    })
    this.#dispatcher = new Dispatcher({
      matchRoutes,
      notify: (flush, signal) => pipeline.notify(flush, signal),
      clock,
      log: quiet,
      maxGroups: 0,
      startAtMs: 0,
    })
    this.#alerts.listen((alert) => {
      inhibitor.take(alert)
      this.#dispatcher.take(alert)
    })
    this.#planMaintenance()
  }

  static async open(
    config: AlertmanagerConfig,
    clock: Clock,
    events: ReplayEvents,
  ): Promise<ReplayedAlertmanager> {
    const log = await NotificationLog.open(KEEPS_NO_NOTIFICATIONS, clock, silentLog())
    return new ReplayedAlertmanager(config, clock, log, events)
  }

  put(alerts: readonly PostedAlert[]): void {
    const nowMs = this.#clock.nowMs()
    // Nothing is written, so nothing can fail.
    void this.#alerts.put(alerts.map((each) => toAlert(each, nowMs, this.#resolveTimeoutMs)))
  }

  #planMaintenance(): void {
    this.#clock.after(MAINTENANCE_MS, () => {
      this.#routing.inhibitor.forget(
        this.#alerts.forgetResolved((each) => this.#dispatcher.holds(each)),
      )
      if (this.#log.size > 0) {
        const keys = new Set([...this.#dispatcher.groups()].map(({ key }) => key))
        void this.#log.forgetExpired((key) => keys.has(key), KEEP_LOG_MS)
      }
      this.#planMaintenance()
    })
  }
}

function toReceiver({ name, labels, entries }: ReceiverConfig, { sent }: ReplayEvents): Receiver {
  const integrations = entries.map(({ kind, index, settings }) =>
    createIntegration(kind, index, settings.sendResolved, {
      send: (notification) => {
        sent(`${kind}[${index}]`, notification)
        return Promise.resolve({ ok: true })
      },
    }),
  )
  return { name, labels, integrations }
}
