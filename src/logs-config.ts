import { statSync } from 'node:fs'
import path from 'node:path'
import {
  NO_RULER,
  readRulerPart,
  type RulerPart,
  type RulerSource,
} from './alert/rules/ruler-section.ts'
import { DEFAULT_LINE_LIMITS, type LineLimits } from './ingest/line-limits.ts'
import { DEFAULT_OTLP_LOG_SETTINGS, type OtlpLogSettings } from './formats/otlp/log-rules.ts'
import { readLineLimits } from './ingest/line-limits-section.ts'
import { formatFault } from './lang/logql/fault.ts'
import { parse } from './lang/logql/parse.ts'
import { matcher } from './model/matcher.ts'
import {
  DEFAULT_LINE_DELETION,
  readLineDeletion,
  type LineDeletionSettings,
} from './query/logs/deletion-section.ts'
import {
  DEFAULT_QUERY_LIMITS,
  readQueryLimits,
  type QueryLimits,
} from './query/logs/query-limits.ts'
import type { Retention } from './store/limits.ts'
import { readOtlpLogSettings } from './http/otlp/log-settings-section.ts'
import { LOKI_WITHOUT_EFFECT } from './without-effect.ts'
import type { FaultList } from './yaml/fault.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYamlFile } from './yaml/read-file.ts'

/** What a Loki file says that has an effect here. */
export interface LogsConfig {
  readonly limits: LineLimits
  readonly query: QueryLimits
  readonly retention: Pick<Retention, 'timeMs' | 'rules'>
  readonly deletion: LineDeletionSettings
  /** What becomes of the attributes of OTLP. */
  readonly otlp: OtlpLogSettings
  /** Rules on logs. */
  readonly ruler: RulerPart
  /** Undefined when it stands in another file, or the defaults hold. */
  readonly file: string | undefined
}

/** Loki keeps logs for ever unless it is told; a disk that is full helps nobody. */
const DEFAULT_RETENTION_MS = 30 * 86_400_000

const DEFAULTS: LogsConfig = {
  limits: DEFAULT_LINE_LIMITS,
  query: DEFAULT_QUERY_LIMITS,
  retention: { timeMs: DEFAULT_RETENTION_MS, rules: [] },
  deletion: DEFAULT_LINE_DELETION,
  otlp: DEFAULT_OTLP_LOG_SETTINGS,
  ruler: NO_RULER,
  file: undefined,
}

const LIMIT_REASON =
  'one process shares its work out by itself, within the limits that are heeded (docs/logs.md)'

/** Of `limits_config`: keys of Loki 2 and 3 that are accepted and do nothing here. */
const LIMITS_WITHOUT_EFFECT = [
  ...['ingestion_rate_strategy', 'discover_generic_fields'],
  ...['use_owned_stream_count', 'max_streams_per_user', 'per_stream_rate_limit'],
  ...['per_stream_rate_limit_burst', 'max_chunks_per_query'],
  ...['max_query_parallelism'],
  ...['tsdb_max_query_parallelism', 'tsdb_max_bytes_per_shard', 'tsdb_sharding_strategy'],
  ...['cardinality_limit'],
  ...['max_cache_freshness_per_query', 'max_stats_cache_freshness', 'max_queriers_per_tenant'],
  ...['max_metadata_cache_freshness', 'query_ready_index_num_days'],
  ...['split_queries_by_interval', 'split_metadata_queries_by_interval', 'min_sharding_lookback'],
  ...['split_instant_metric_queries_by_interval', 'split_ingester_queries_by_interval'],
  ...['split_recent_metadata_queries_by_interval', 'recent_metadata_query_window'],
  ...['max_query_bytes_read', 'max_querier_bytes_read'],
  ...['ruler_max_rules_per_rule_group', 'ruler_max_rule_groups_per_tenant'],
  ...['ruler_tenant_shard_size', 'ruler_remote_write_disabled', 'ruler_remote_write_config'],
  ...['ruler_evaluation_delay_duration', 'ruler_remote_evaluation_timeout', 'shard_streams'],
  ...['blocked_queries', 'required_labels', 'minimum_labels_number'],
  ...['enforce_metric_name', 'unordered_writes', 'max_query_capacity', 'shard_aggregations'],
  ...['metric_aggregation_enabled', 'pattern_persistence_enabled', 'bloom_creation_enabled'],
  ...['bloom_gateway_enable_filtering', 'enforced_labels', 'block_ingestion_until'],
  ...['block_ingestion_status_code', 'index_gateway_shard_size', 'per_tenant_override_config'],
  ...['per_tenant_override_period', 'max_line_size_should_truncate', 'allow_deletes'],
]

interface LogsSource {
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the `loki` section of a vedette.yml (the content of a Loki file, or its path), or else the Loki file of the folder. Keys that
 * have no effect here are warned about by name; others that Loki does not know are errors.
 */
export function readLogsPart(
  node: YamlNode | undefined,
  found: { readonly main?: string; readonly loki?: string },
  source: LogsSource,
): LogsConfig {
  const folder = path.dirname(path.resolve(found.main ?? '.'))
  const { faults } = source
  if (node?.isMap === true) return readLoki(node, undefined, { folder, faults })
  const written = node?.asString()
  const file = written === undefined ? found.loki : path.resolve(folder, written)
  if (file === undefined) return DEFAULTS
  if (written !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    node?.error(`there is no file ${file}`)
    return DEFAULTS
  }
  const root = readYamlFile(file, source)
  return root === undefined
    ? DEFAULTS
    : readLoki(root, file, { folder: path.dirname(path.resolve(file)), faults })
}

function readLoki(root: YamlNode, file: string | undefined, source: RulerSource): LogsConfig {
  const map = root.asMap()
  if (map === undefined) return { ...DEFAULTS, file }
  const auth = map.key('auth_enabled')
  if (auth.asBool() === true) {
    auth.warn('there are no tenants here: X-Scope-OrgID is not looked at')
  }
  const server = map.key('server')
  const port = server.isMap ? server.asMap()?.key('http_listen_port').asInteger() : undefined
  if (port !== undefined && port !== 3100) {
    server.warnAtKey('listen.loki and --listen.loki say where the Loki API answers, not this')
  }
  for (const [name, reason] of LOKI_WITHOUT_EFFECT) {
    const section = map.key(name)
    if (section.isPresent) section.warnAtKey(`has no effect here: ${reason}`)
  }
  const limits = map.key('limits_config').asMap()
  const indexAttributes = readIndexAttributes(map.key('distributor'))
  const otlp = readOtlpLogSettings(limits?.key('otlp_config'), indexAttributes)
  const deletion = readLineDeletion(map.key('compactor'), limits)
  const read = limits === undefined ? DEFAULTS : readLimits(limits)
  const ruler = readRulerPart(map, source)
  map.finish()
  return { ...read, otlp, ruler, deletion, file }
}

/** Of the section `distributor` one key has an effect: the list of attributes that become labels. */
function readIndexAttributes(section: YamlNode): readonly string[] | undefined {
  const map = section.isMap ? section.asMap() : undefined
  const otlp = map?.key('otlp_config').asMap()
  if (section.isPresent && (map === undefined || map.unread.length > 0)) {
    section.warnAtKey('only otlp_config has an effect here')
  }
  const attributes = otlp?.key('default_resource_attributes_as_index_labels').asStrings()
  otlp?.finish()
  return attributes
}

function readLimits(map: YamlMap): LogsConfig {
  for (const name of LIMITS_WITHOUT_EFFECT) {
    const key = map.key(name)
    if (key.isPresent) key.warnAtKey(`has no effect here: ${LIMIT_REASON}`)
  }
  const limits = readLineLimits(map)
  const query = readQueryLimits(map)
  const timeMs = map.key('retention_period').durationMs()
  const rules = readRules(map.key('retention_stream'))
  map.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
  return {
    limits,
    query,
    deletion: DEFAULT_LINE_DELETION,
    otlp: DEFAULT_OTLP_LOG_SETTINGS,
    ruler: NO_RULER,
    retention: {
      // 0 is Loki's word for ever.
      timeMs: timeMs === 0 ? Number.POSITIVE_INFINITY : (timeMs ?? DEFAULT_RETENTION_MS),
      rules,
    },
    file: undefined,
  }
}

/** `retention_stream`: of the rules whose selector accepts a stream, the one of the highest priority holds. */
function readRules(node: YamlNode): Retention['rules'] {
  const rules: { rule: Retention['rules'][number]; priority: number }[] = []
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (map === undefined) continue
    const selector = map.key('selector')
    const matchers = readStreamSelector(selector)
    const priority = map.key('priority').asInteger() ?? 0
    const period = map.key('period')
    const timeMs = period.durationMs()
    if (period.isEmpty) item.error('period must be set')
    else if (timeMs !== undefined && timeMs < 86_400_000) period.error('must be at least 24h')
    else if (matchers !== undefined && timeMs !== undefined) {
      rules.push({ rule: { matchers, timeMs }, priority })
    }
    map.finish()
  }
  return rules.sort((a, b) => b.priority - a.priority).map(({ rule }) => rule)
}

/** A selector of LogQL, without stages. */
export function readStreamSelector(
  node: YamlNode,
): Retention['rules'][number]['matchers'] | undefined {
  const text = node.asRawString()
  if (text === undefined) return node.error('must be set')
  const { expr, faults } = parse(text)
  if (expr === undefined) return node.error(formatFault(text, faults[0]))
  if (expr.kind !== 'log' || expr.stages.length > 0) {
    return node.error('must be a stream selector such as {namespace="dev"}')
  }
  return expr.selector.matchers.map(({ name, op, value }) => matcher(name, op, value))
}
