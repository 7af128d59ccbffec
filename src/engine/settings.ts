import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { EngineFault } from './engine-fault.ts'

const mebibyte = 1024 * 1024

/** What the engine may use, all derived from one number. */
export interface EngineCaps {
  /** `max_server_memory_usage`: what the engine may allocate, slack of its allocator included, before queries fail, in bytes. */
  readonly serverMemoryBytes: number
  /** `max_memory_usage` of one statement, in bytes. */
  readonly queryMemoryBytes: number
  /** `max_threads` of one statement. */
  readonly queryThreads: number
  readonly markCacheBytes: number
  /** Rows of one request, decompressed. */
  readonly bodyBytes: number
}

/** The least that the engine may have in use: merges and one query of ordinary size need it. */
const leastUsableBytes = 128 * mebibyte

/** What the process takes besides the engine's allocator: the runtime's heap and relocated pages of the library. */
const untrackedBytes = 64 * mebibyte
/** What the allocator holds without it being in use: 50 to 60 MiB measured. */
const slackBytes = 64 * mebibyte

/**
 * Splits the memory budget of the engine's process into caps. The budget is what its RSS should stay near in ordinary work; about
 * 200 MiB of that are clean pages of the library's file, which the kernel takes back whenever it needs them.
 */
export function deriveCaps(memoryBudgetBytes: number): EngineCaps {
  const usableBytes = Math.max(leastUsableBytes, memoryBudgetBytes - untrackedBytes - slackBytes)
  return {
    serverMemoryBytes: usableBytes + slackBytes,
    queryMemoryBytes: Math.round(usableBytes / 2),
    queryThreads: Math.min(4, Math.max(2, availableParallelism())),
    markCacheBytes: clamp(Math.round(usableBytes / 16), 8 * mebibyte, 256 * mebibyte),
    bodyBytes: clamp(Math.round(usableBytes / 2), 64 * mebibyte, 512 * mebibyte),
  }
}

/**
 * The configuration file of the engine. Only what is server configuration and not a setting stands here; limits of a profile in
 * this file are not applied by chDB, which is why sessions get theirs from `sessionSettings`. `storage` is what archive-disk.ts renders.
 */
export function renderConfigFile(caps: EngineCaps, freeBytesWanted: number, storage = ''): string {
  const entries: Record<string, number | string> = {
    max_server_memory_usage: caps.serverMemoryBytes,
    mark_cache_size: caps.markCacheBytes,
    index_mark_cache_size: Math.round(caps.markCacheBytes / 4),
    primary_index_cache_size: Math.round(caps.markCacheBytes / 2),
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 64,
    compiled_expression_cache_size: 4 * mebibyte,
    query_condition_cache_size: 8 * mebibyte,
    // A query that aggregates in order over many parts, with conditions that are queries themselves, starts some fifty threads, which wait
    // for others that it starts: with 64 for all it stood still for good. Threads that nobody needs end.
    max_thread_pool_size: 1000,
    // Starting a thread for every statement costs a third of a small query.
    max_thread_pool_free_size: 16,
    thread_pool_queue_size: 1000,
    background_pool_size: 1,
    background_merges_mutations_concurrency_ratio: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
    background_buffer_flush_schedule_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    max_io_thread_pool_size: 16,
    max_io_thread_pool_free_size: 2,
    tables_loader_foreground_pool_size: 2,
    tables_loader_background_pool_size: 1,
    asynchronous_metrics_update_period_s: 60,
    asynchronous_heavy_metrics_update_period_s: 600,
    memory_worker_period_ms: 1000,
    // What is bounded is what this process has allocated: not the memory of a control group, which it shares with the server and
    // perhaps with others, nor what the machine happens to have free, nor what the process might grow by. By default the same load
    // is served on one host and refused on the next.
    memory_worker_use_cgroup: 0,
    memory_worker_dynamic_hard_limit: 0,
    memory_worker_rss_speculative_reserve_ratio: 0,
  }
  const mergeTree: Record<string, number> = {
    number_of_free_entries_in_pool_to_lower_max_size_of_merge: 1,
    number_of_free_entries_in_pool_to_execute_mutation: 1,
    number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 1,
    merge_max_block_size: 2048,
    max_parts_to_merge_at_once: 16,
    // The last line of defence behind our own watermark, which acts at twice this.
    min_free_disk_bytes_to_perform_insert: Math.round(freeBytesWanted / 2),
    max_bytes_to_merge_at_max_space_in_pool: 4096 * mebibyte,
  }
  return [
    '<clickhouse>',
    '<logger><level>none</level><console>0</console></logger>',
    renderElements(entries),
    '<query_cache><max_size_in_bytes>1048576</max_size_in_bytes></query_cache>',
    `<merge_tree>${renderElements(mergeTree)}</merge_tree>`,
    storage,
    '</clickhouse>',
    '',
  ].join('\n')
}

/** Settings of ClickHouse by name, as text. */
export type Settings = ReadonlyMap<string, string>

/** What every session starts with. A request may override them by URL parameter or a SETTINGS clause. */
export function sessionSettings(caps: EngineCaps, hasAvx2 = cpuHasAvx2()): Map<string, string> {
  const settings = new Map<string, string | number>([
    ['max_threads', caps.queryThreads],
    ['max_insert_threads', 1],
    ['max_memory_usage', caps.queryMemoryBytes],
    // Large aggregations and sorts go on in files below the data directory instead of failing.
    ['max_bytes_before_external_group_by', Math.round(caps.queryMemoryBytes * 0.4)],
    ['max_bytes_before_external_sort', Math.round(caps.queryMemoryBytes * 0.4)],
    ['max_execution_time', 120],
    ['input_format_parallel_parsing', 0],
    ['output_format_parallel_formatting', 0],
    ['min_insert_block_size_bytes', 32 * mebibyte],
    ['log_queries', 0],
    // Of an archive in S3: by default each column of each part reads ahead into megabytes, which is more than a query may have.
    ['allow_prefetched_read_pool_for_remote_filesystem', 0],
    ['remote_filesystem_read_prefetch', 0],
    ['max_read_buffer_size_remote_fs', 262_144],
    // The first expression that is compiled maps 15 MiB of the library's compiler, for good.
    ['compile_expressions', 0],
    ['compile_aggregate_expressions', 0],
    ['compile_sort_description', 0],
  ])
  // ClickHouse's JSON functions fail with simdjson on processors without AVX2 (cheap virtual machines).
  if (!hasAvx2) settings.set('allow_simdjson', 0)
  return new Map([...settings].map(([name, value]) => [name, String(value)]))
}

/** Parameters of ClickHouse's HTTP interface that are no settings of the engine. */
const interfaceParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'compress',
  'decompress',
  'stacktrace',
  'wait_end_of_query',
  'buffer_size',
  'client_protocol_version',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'http_headers_progress_interval_ms',
  'http_write_exception_in_output_format',
  'http_make_head_request',
  'send_progress_in_http_headers',
  'add_http_cors_header',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment',
])

/** The settings among a URL's parameters. Throws an EngineFault (UNKNOWN_SETTING) for a name that cannot be one. */
export function settingsOf(parameters: URLSearchParams): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (interfaceParameters.has(name) || name.startsWith('param_')) continue
    if (!/^[a-z0-9_]{1,100}$/.test(name)) {
      throw new EngineFault(
        115,
        'UNKNOWN_SETTING',
        `${JSON.stringify(name)} is not the name of a setting`,
      )
    }
    settings.set(name, value)
  }
  return settings
}

/**
 * One SET statement. Values are always quoted: ClickHouse reads numbers and booleans from strings too. Names must have been
 * checked before (`settingsOf`, `parametersOf`).
 */
export function renderSet(settings: Settings): string {
  return `SET ${[...settings].map(([name, value]) => `${name} = ${quoteString(value)}`).join(', ')}`
}

/** A ClickHouse string literal. */
export function quoteString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

/** A ClickHouse identifier in back quotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** Whether this machine's processor has AVX2; ARM processors do not need it. */
export function cpuHasAvx2(architecture: string = process.arch): boolean {
  if (architecture !== 'x64') return true
  try {
    return /^flags\s*:.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}

function renderElements(entries: Record<string, number | string>): string {
  return Object.entries(entries)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('\n')
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
