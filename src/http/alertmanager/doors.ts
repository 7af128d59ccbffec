import type { Alertmanager } from '../../alert/alertmanager.ts'
import type { ExplainParts } from '../../alert/why/explain.ts'
import type { AlertmanagerStatusJson } from '../../contract/alertmanager.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'

/** Everything that the Alertmanager listener needs of the rest of the program. */
export interface AlertmanagerDoors {
  /** Undefined until it is open, and when there is none. */
  readonly alertmanager: () => Alertmanager | undefined
  readonly versionInfo: () => AlertmanagerStatusJson['versionInfo']
  readonly startedMs: number
  /** Where the web UI is; undefined when it is off. */
  readonly uiUrl: () => string | undefined
  /** What `alert why` looks at besides. */
  readonly explain: Omit<ExplainParts, 'alertmanager' | 'nowMs'>
  /** Undefined while `--web.enable-lifecycle` is not given. */
  readonly reload: (() => Promise<readonly string[]>) | undefined
  readonly readiness: () => { readonly ok: boolean; readonly reason: string }
  /** The page of `/metrics` in text format 0.0.4. */
  readonly selfMetrics: () => string
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}
