import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../test/house/read-sources.ts'
import { DEFAULT_LINE_LIMITS } from './ingest/line-limits.ts'
import { DEFAULT_QUERY_LIMITS } from './query/logs/query-limits.ts'
import { readLogsPart, type LogsConfig } from './logs-config.ts'
import { FaultList, formatFault } from './yaml/fault.ts'

const DAY = 86_400_000
const folder = mkdtempSync(path.join(tmpdir(), 'logs-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a Loki file with this content is read as, and what is said about it. */
function read(text: string): { config: LogsConfig; told: string[] } {
  const file = path.join(folder, 'loki.yml')
  writeFileSync(file, text)
  return readFrom(file)
}

function readFrom(file: string): { config: LogsConfig; told: string[] } {
  const faults = new FaultList()
  const config = readLogsPart(undefined, { loki: file }, { faults, env: {} })
  return {
    config,
    told: faults.items.map((fault) => formatFault(fault).replace(file, path.basename(file))),
  }
}

describe('a Loki file', () => {
  it('may be absent or empty', () => {
    const faults = new FaultList()
    const config = readLogsPart(undefined, {}, { faults, env: {} })
    expect(config).toMatchObject({
      ...{ limits: DEFAULT_LINE_LIMITS, query: DEFAULT_QUERY_LIMITS, file: undefined },
      retention: { timeMs: 30 * DAY, rules: [] },
    })
    expect(read('').config.limits).toEqual(DEFAULT_LINE_LIMITS)
  })

  it('sets limits and retention', () => {
    const { config, told } = read(`
auth_enabled: false
server: {http_listen_port: 3100, grpc_listen_port: 9096}
limits_config:
  max_line_size: 64kb
  max_line_size_truncate: true
  max_line_size_truncate_identifier: '…'
  max_label_names_per_series: 30
  max_label_name_length: 10
  max_label_value_length: 20
  increment_duplicate_timestamp: true
  reject_old_samples: false
  reject_old_samples_max_age: 30d
  creation_grace_period: 1h30m
  allow_structured_metadata: false
  max_structured_metadata_size: 1.5KB
  max_structured_metadata_entries_count: 7
  max_global_streams_per_user: 0
  ingestion_rate_mb: 0.5
  ingestion_burst_size_mb: 16
  discover_log_levels: true
  log_level_fields: [how, level]
  log_level_from_json_max_depth: 0
  discover_service_name: [app, job]
  max_entries_limit_per_query: 100
  max_query_series: 7
  max_query_length: 0
  max_query_range: 1d
  max_query_lookback: 48h
  max_streams_matchers_per_query: 5
  query_timeout: 5s
  max_concurrent_tail_requests: 3
  volume_enabled: false
  volume_max_series: 50
  retention_period: 744h
  retention_stream:
    - {selector: '{namespace="dev"}', priority: 1, period: 24h}
    - {selector: '{namespace=~"prod|dev", app!="x"}', priority: 5, period: 30d}
`)
    expect(told).toEqual([])
    expect(config.limits).toEqual({
      maxLineBytes: 65_536,
      truncatesLines: true,
      truncateIdentifier: '…',
      maxLabelNames: 30,
      maxLabelNameBytes: 10,
      maxLabelValueBytes: 20,
      spreadsEqualTimes: true,
      rejectsOldLines: false,
      maxAgeMs: 30 * DAY,
      maxAheadMs: 5_400_000,
      allowsStructuredMetadata: false,
      maxStructuredMetadataBytes: 1536,
      maxStructuredMetadataEntries: 7,
      maxStreams: 0,
      ratePerSecondBytes: 524_288,
      burstBytes: 16 * 1024 * 1024,
      discoverServiceName: ['app', 'job'],
      discoversLevels: true,
      levelFields: { names: ['how', 'level'], jsonDepth: 0 },
    })
    expect(config.query).toEqual({
      maxEntries: 100,
      maxSeries: 7,
      maxLengthMs: 0,
      maxRangeMs: DAY,
      maxLookbackMs: 2 * DAY,
      maxMatchers: 5,
      timeoutMs: 5000,
      maxTails: 3,
      answersVolume: false,
      maxVolumeSeries: 50,
    })
    expect(config.retention.timeMs).toBe(31 * DAY)
    expect(config.retention.rules.map(({ timeMs, matchers }) => [timeMs, matchers.length])).toEqual(
      [
        [30 * DAY, 2],
        [DAY, 1],
      ],
    )
    expect(read('limits_config: {retention_period: 0s}').config.retention.timeMs).toBe(Infinity)
  })

  it('says when requests to delete lines are carried out', () => {
    const set = read(`
compactor: {delete_request_cancel_period: 24h}
limits_config: {deletion_mode: filter-and-delete}
`)
    expect(set.config.deletion).toEqual({ isEnabled: true, cancelPeriodMs: DAY })
    expect(set.told).toEqual([])
    expect(read('').config.deletion).toEqual({ isEnabled: true, cancelPeriodMs: 0 })
    const off = read(
      'compactor: {retention_enabled: true}\nlimits_config: {deletion_mode: disabled}',
    )
    expect(off.config.deletion.isEnabled).toBe(false)
    expect(off.told.join('\n')).toContain('only delete_request_cancel_period has an effect here')
    const hiding = read('limits_config: {deletion_mode: filter-only}')
    expect(hiding.config.deletion).toEqual({ isEnabled: true, cancelPeriodMs: Infinity })
    expect(read('limits_config: {deletion_mode: never}').told.join('\n')).toContain(
      'must be one of disabled, filter-only, filter-and-delete',
    )
  })

  it('is warned about where it has no effect', () => {
    const { told } = read(`auth_enabled: true
server: {http_listen_port: 3200}
schema_config: {configs: []}
table_manager: {retention_period: 1h}
limits_config: {enforce_metric_name: false, split_queries_by_interval: 24h}
`)
    const SHARED =
      'one process shares its work out by itself, within the limits that are heeded (docs/logs.md)'
    expect(told).toEqual([
      'loki.yml:1:15: warning: auth_enabled: there are no tenants here: X-Scope-OrgID is not looked at',
      'loki.yml:2:1: warning: server: listen.loki and --listen.loki say where the Loki API answers, not this',
      'loki.yml:3:1: warning: schema_config: has no effect here: lines are in the store of the program, at storage.path or clickhouse.url, which needs no schema',
      'loki.yml:4:1: warning: table_manager: has no effect here: limits_config.retention_period says how long lines are kept',
      `loki.yml:5:17: warning: enforce_metric_name: has no effect here: ${SHARED}`,
      `loki.yml:5:45: warning: split_queries_by_interval: has no effect here: ${SHARED}`,
    ])
  })

  it.each([
    ['retention: {}', '1:1: retention: unknown key'],
    ['limits_config: {max_lines: 1}', '1:17: max_lines: unknown key'],
    [
      'limits_config: {max_line_size: big}',
      '1:32: max_line_size: must be a size such as 256KB, not "big"',
    ],
    ['limits_config: {max_global_streams_per_user: -1}', 'must be at least 0'],
    ['limits_config: {ingestion_rate_mb: -1}', 'must not be negative'],
    [
      'limits_config: {retention_stream: [{selector: "{a=", period: 24h}]}',
      'parse error at line 1',
    ],
    [
      'limits_config: {retention_stream: [{selector: "{a=\\"b\\"} |= `c`", period: 24h}]}',
      'must be a stream selector',
    ],
    [
      'limits_config: {retention_stream: [{selector: "{a=\\"b\\"}", period: 1h}]}',
      'must be at least 24h',
    ],
    ['limits_config: {retention_stream: [{selector: "{a=\\"b\\"}"}]}', 'period must be set'],
    ['limits_config: {retention_stream: [{period: 24h}]}', 'selector: must be set'],
    ['[]', 'must be a mapping'],
  ])('is refused with its place: %s', (text, message) => {
    expect(read(text).told.join('\n')).toContain(message)
  })

  it('of the field is read without an error', () => {
    const shared = path.join(projectRoot, '../shared/data')
    if (!existsSync(shared)) {
      console.log('skipped: the folder of real configurations is not beside the project')
      return
    }
    const files = ['seeds', 'configs/loki'].flatMap((part) =>
      readdirSync(path.join(shared, part), { recursive: true, encoding: 'utf8' })
        .filter((name) => /loki[^/]*\.ya?ml$/.test(name))
        .map((name) => path.join(shared, part, name)),
    )
    expect(files.length).toBeGreaterThan(2)
    const refused = files.flatMap((file) =>
      readFrom(file).told.filter((text) => !text.includes(': warning: ')),
    )
    // Loki refuses this one for the same key.
    expect(refused.filter((text) => !text.includes('retention'))).toEqual([])
  })
})
