import type { SpanLimitSettings } from '../../ingest/span-limits-section.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { SpansSource } from '../../store/spans-source.ts'

/** What the Tempo API stands on. */
export interface TempoDoors {
  readonly source: SpansSource
  readonly readiness: { ready(): { readonly ok: boolean; readonly reason?: string } }
  /** `/metrics` of our own, as text. */
  readonly selfMetrics: () => string
  readonly registry: Registry
  /** What a Tempo file says of ranges of time. */
  readonly limits: () => SpanLimitSettings
  readonly log: Log
  readonly nowMs: () => number
}
