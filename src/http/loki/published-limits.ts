import type { LineLimits } from '../../ingest/line-limits.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { formatMatcher } from '../../model/matcher.ts'
import type { QueryLimits } from '../../query/logs/query-limits.ts'
import { LOKI_VERSION } from '../../self/version.ts'
import type { Retention } from '../../store/limits.ts'
import type { Route } from '../exchange.ts'
import type { LokiDoors } from './doors.ts'
import { jsonAnswer } from './respond.ts'

/** What of the configuration clients may know. */
export interface LimitsInForce {
  readonly limits: LineLimits
  readonly query: QueryLimits
  readonly retention: Pick<Retention, 'timeMs' | 'rules'>
}

/** The limits by Loki's names: for Grafana's Logs Drilldown, which decides by them what it offers, and for people. */
export function limitRoutes({ inForce }: Pick<LokiDoors, 'inForce'>): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/loki/api/v1/drilldown-limits',
      permission: 'logs:read',
      handle: () =>
        jsonAnswer({
          limits: publish(inForce()),
          pattern_ingester_enabled: true,
          version: LOKI_VERSION,
        }),
    },
    {
      methods: ['GET'],
      path: '/config/tenant/v1/limits',
      permission: 'logs:read',
      handle: () => ({
        contentType: 'text/plain; charset=utf-8',
        body: Object.entries(publish(inForce()))
          .map(([name, value]) => `${name}: ${showYaml(value)}\n`)
          .join(''),
      }),
    },
  ]
}

function publish({ limits, query, retention }: LimitsInForce): Readonly<Record<string, unknown>> {
  return {
    discover_log_levels: limits.discoversLevels,
    discover_service_name: limits.discoverServiceName,
    log_level_fields: limits.levelFields.names,
    max_entries_limit_per_query: query.maxEntries,
    max_line_size_truncate: limits.truncatesLines,
    max_query_bytes_read: '0B',
    max_query_length: showDuration(query.maxLengthMs),
    max_query_lookback: showDuration(query.maxLookbackMs),
    max_query_range: showDuration(query.maxRangeMs),
    max_query_series: query.maxSeries,
    metric_aggregation_enabled: false,
    pattern_persistence_enabled: false,
    query_timeout: showDuration(query.timeoutMs),
    retention_period: showDuration(retention.timeMs),
    retention_stream: retention.rules.map(({ matchers, timeMs }, i, { length }) => ({
      period: showDuration(timeMs),
      // The first that accepts a stream decides.
      priority: length - i,
      selector: `{${matchers.map(formatMatcher).join(', ')}}`,
    })),
    volume_enabled: query.answersVolume,
    volume_max_series: query.maxVolumeSeries,
  }
}

/** 0 is no limit, as for ever is. */
function showDuration(durationMs: number): string {
  return Number.isFinite(durationMs) && durationMs > 0 ? formatDurationMs(durationMs) : '0s'
}

/** JSON is YAML; plain words stay as they are. */
function showYaml(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
