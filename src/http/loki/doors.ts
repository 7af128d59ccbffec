import type { LineIngest } from '../../ingest/lines.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { LiveLines } from '../../query/logs/live-tail.ts'
import type { Logql } from '../../query/logs/logql.ts'
import type { QueryLimits } from '../../query/logs/query-limits.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { ExportReceiver } from '../otlp/export-outcome.ts'
import type { RuleGroupState } from '../prometheus/doors.ts'
import type { LineDeletionDoors } from './delete.ts'
import type { LimitsInForce } from './published-limits.ts'

/** Reads the body of a push, decompressed. Throws a `Problem` in Loki's words. */
export interface LinePushDecoder {
  json(bytes: Uint8Array): LogBatch
  legacyJson(bytes: Uint8Array): LogBatch
  /** Snappy, as protobuf pushes always are. */
  protobuf(compressed: Uint8Array): LogBatch
}

/** The rules on logs. */
export interface LogRulesView {
  /** Whether the API has them at all (`ruler.enable_api`). */
  isServed(): boolean
  /** Sorted by file and name. */
  groups(): readonly RuleGroupState[]
}

/** What the Loki API stands on. */
export interface LokiDoors {
  readonly ingest: LineIngest
  readonly decoder: LinePushDecoder
  readonly otlpLogs: ExportReceiver
  readonly source: LinesSource & LiveLines
  readonly logql: Logql
  readonly rules: LogRulesView
  readonly deletions: LineDeletionDoors
  readonly readiness: { ready(): { readonly ok: boolean; readonly reason: string } }
  /** What `/config` shows. */
  readonly configYaml: () => string
  readonly selfMetrics: () => string
  readonly limits: () => QueryLimits
  /** What is told of the configuration. */
  readonly inForce: () => LimitsInForce
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}
