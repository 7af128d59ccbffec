import type { Attributes, Counter, UpDownCounter } from '@opentelemetry/api'
import { DurationHistogram } from './exemplars.ts'
import type { ServiceTelemetry } from './telemetry.ts'

const APP = { app_name: 'litestar' }

/** The metrics of a service as Litestar's own Prometheus middleware names them, which dashboards of such services ask for. */
export class LitestarMetrics {
  readonly #requests: Counter
  readonly #errors: Counter
  readonly #inProgress: UpDownCounter
  readonly #durations: DurationHistogram

  constructor({ meter, exemplars }: ServiceTelemetry) {
    this.#requests = meter.createCounter('litestar_requests', { description: 'Total requests' })
    this.#errors = meter.createCounter('litestar_requests_error', {
      description: 'Total errors in requests',
    })
    this.#inProgress = meter.createUpDownCounter('litestar_requests_in_progress', {
      description: 'Total requests currently in progress',
    })
    this.#durations = new DurationHistogram(
      meter,
      exemplars,
      'litestar_request_duration',
      'Request duration, in seconds',
    )
  }

  /** A request begins; what is returned ends it. */
  begin(method: string, path: string): (status: number, seconds: number) => void {
    const common: Attributes = { ...APP, method, path }
    this.#inProgress.add(1, common)
    return (status, seconds) => {
      const labels = { ...common, status_code: status }
      this.#inProgress.add(-1, common)
      this.#requests.add(1, labels)
      if (status >= 500) this.#errors.add(1, labels)
      this.#durations.record(seconds, labels)
    }
  }
}
