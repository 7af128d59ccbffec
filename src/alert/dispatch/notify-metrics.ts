import type { Registry } from '../../self/metrics.ts'
import type { SendFailure } from '../notify/receiver-kind.ts'
import type { SuppressionReason } from './suppress.ts'

const FAILURES: readonly SendFailure[] = [
  'other',
  'clientError',
  'serverError',
  'rateLimited',
  'authError',
  'contextCanceled',
  'contextDeadlineExceeded',
]

/** Bounds of the original, in seconds. */
const LATENCY_BUCKETS_S = [1, 5, 10, 15, 20]

/** What one kind of receiver does. */
export interface IntegrationMeter {
  begun(): void
  attempted(ok: boolean, durationS: number): void
  failed(failure: SendFailure): void
}

/** alertmanager_notifications_* under the names and labels of the original. */
export class NotifyMetrics {
  readonly #meters = new Map<string, IntegrationMeter>()
  readonly #create: (kind: string) => IntegrationMeter
  readonly suppressed: (reason: SuppressionReason) => void

  constructor(registry: Registry) {
    const names = ['integration']
    const total = registry.counterBy(
      'alertmanager_notifications_total',
      'The total number of attempted notifications.',
      names,
    )
    const failed = registry.counterBy(
      'alertmanager_notifications_failed_total',
      'The total number of failed notifications.',
      ['integration', 'reason'],
    )
    const requests = registry.counterBy(
      'alertmanager_notification_requests_total',
      'The total number of attempted notification requests.',
      names,
    )
    const requestsFailed = registry.counterBy(
      'alertmanager_notification_requests_failed_total',
      'The total number of failed notification requests.',
      names,
    )
    const latency = registry.histogramBy(
      'alertmanager_notification_latency_seconds',
      'The latency of notifications in seconds.',
      LATENCY_BUCKETS_S,
      names,
    )
    const suppressed = registry.counterBy(
      'alertmanager_notifications_suppressed_total',
      'The total number of notifications suppressed for being silenced, inhibited, outside of active time intervals, within muted time intervals or acknowledged.',
      ['reason'],
    )
    this.suppressed = (reason) => suppressed.with(reason).inc()
    this.#create = (kind) => {
      // A kind is there from the start, at 0, as in the original.
      for (const failure of FAILURES) failed.with(kind, failure)
      const cells = {
        total: total.with(kind),
        requests: requests.with(kind),
        requestsFailed: requestsFailed.with(kind),
        latency: latency.with(kind),
      }
      return {
        begun: () => cells.total.inc(),
        attempted: (ok, durationS) => {
          cells.requests.inc()
          if (!ok) cells.requestsFailed.inc()
          cells.latency.observe(durationS)
        },
        failed: (failure) => failed.with(kind, failure).inc(),
      }
    }
  }

  /** The meter of a kind of receiver. */
  integration(kind: string): IntegrationMeter {
    let meter = this.#meters.get(kind)
    if (meter === undefined) {
      meter = this.#create(kind)
      this.#meters.set(kind, meter)
    }
    return meter
  }
}
