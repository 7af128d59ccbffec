import type { Matcher } from '../model/matcher.ts'
import type { ArchivedSignal } from './archive-gate.ts'
import type { StoreClient } from './client.ts'
import { literal } from './select/sql-literal.ts'

const DAY_MS = 86_400_000
const MIB = 1024 * 1024

/** Where a signal's rows are, and what they belong to. */
const TABLES = {
  metrics: { rows: 'samples', days: 'series_days' },
  logs: { rows: 'lines', days: 'stream_days' },
  traces: { rows: 'spans', days: 'resource_days' },
} as const satisfies Record<ArchivedSignal, { readonly rows: string; readonly days: string }>

/** The UTC days that have rows of a signal, ascending: days since 1970. */
export async function listDays(
  client: StoreClient,
  signal: ArchivedSignal,
): Promise<readonly number[]> {
  const rows = await client.rows(
    `SELECT DISTINCT extract(partition, '\\\\d{4}-\\\\d{2}-\\\\d{2}') AS day FROM {parts}
     WHERE active AND database = {db_name} AND table = '${TABLES[signal].rows}' ORDER BY day`,
  )
  return rows.flatMap((row) => {
    const ms = Date.parse(`${String(row['day'])}T00:00:00Z`)
    return Number.isNaN(ms) ? [] : ms / DAY_MS
  })
}

/** What is taken of a day. */
export interface ExportedDay {
  readonly signal: ArchivedSignal
  /** Days since 1970. */
  readonly day: number
  /** Of series or streams; of spans there are none. */
  readonly matchers: readonly Matcher[]
  readonly compression: 'zstd' | 'snappy'
}

/**
 * The rows of a day as a Parquet file, a piece at a time. Its columns are described in docs/archive.md. The engine holds a few blocks of each part and
 * a group of 32768 rows, whatever the day holds; of one row that was stored twice, one is given.
 */
export async function exportDay(
  client: StoreClient,
  wanted: ExportedDay,
): Promise<AsyncIterable<Uint8Array>> {
  const { days } = TABLES[wanted.signal]
  const [counted] = await client.rows(
    `SELECT uniq(id) AS n FROM {db}.${days} WHERE ${dayIs(wanted.day)}`,
  )
  return client.stream(statementOf(wanted), 'Parquet', {
    max_threads: 1,
    max_block_size: wanted.signal === 'metrics' ? 4096 : 1024,
    max_read_buffer_size: 65_536,
    local_filesystem_read_method: 'pread',
    optimize_read_in_window_order: 1,
    // Labels of more series than this do not fit; then they go through files, which takes four times as long.
    join_algorithm: Number(counted?.['n'] ?? 0) > 50_000 ? 'grace_hash' : 'hash',
    max_bytes_in_join: 24 * MIB,
    max_execution_time: 0,
    output_format_parquet_compression_method: wanted.compression,
    output_format_parquet_row_group_size: 32_768,
    output_format_parquet_row_group_size_bytes: 4 * MIB,
    output_format_parquet_parallel_encoding: 0,
  })
}

function statementOf({ signal, day, matchers }: ExportedDay): string {
  const { rows, days } = TABLES[signal]
  const labels = `(SELECT id, CAST(any(labels), 'Map(String, String)') AS known FROM {db}.${days} WHERE ${dayIs(day)} GROUP BY id)`
  const chosen =
    matchers.length === 0
      ? ''
      : ` AND id IN (SELECT id FROM {db}.${days} WHERE ${[dayIs(day), ...matchers.map(condition)].join(' AND ')})`
  const where = `WHERE toDate(ts) = ${dateOf(day)}${chosen}`
  switch (signal) {
    case 'metrics':
      return `SELECT known['__name__'] AS name, mapFilter((k, v) -> k != '__name__', known) AS labels, ts, v AS value
        FROM (${onceEach(rows, where)}) AS s ANY LEFT JOIN ${labels} AS l USING id`
    case 'logs':
      return `SELECT ts, known AS labels, body AS line, CAST(meta, 'Map(String, String)') AS metadata
        FROM (SELECT id, ts, body, meta FROM {db}.${rows} FINAL ${where}) AS s ANY LEFT JOIN ${labels} AS l USING id`
    case 'traces':
      return `SELECT lower(hex(trace)) AS trace_id, ${idOf('span')} AS span_id, if(parent = 0, '', ${idOf('parent')}) AS parent_id,
          ts, dur AS duration_ns, name, ${nameOf('kind', KINDS)} AS kind, ${nameOf('status', STATUSES)} AS status, message AS status_message,
          ${plain('known')} AS resource, ${plain("CAST(attrs, 'Map(String, String)')")} AS attributes, events, links
        FROM (SELECT res AS id, * EXCEPT (res, lists) FROM {db}.${rows} FINAL ${where}) AS s ANY LEFT JOIN ${labels} AS l USING id`
    default:
      return signal satisfies never
  }
}

/**
 * Of samples with one time of one series, one. They lie next to each other in the order of the table, so that one row before is looked at. What marks the end of a series
 * (model/stale.ts) is no sample.
 */
function onceEach(table: string, where: string): string {
  return `SELECT id, ts, v FROM (
      SELECT id, ts, v, lagInFrame(id, 1, 0) OVER w AS id_before, lagInFrame(ts, 1) OVER w AS ts_before FROM {db}.${table} ${where}
      WINDOW w AS (ORDER BY mh, intDiv(toUnixTimestamp64Milli(ts), 7200000), id, ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))
    WHERE NOT (id = id_before AND ts = ts_before) AND reinterpretAsUInt64(v) != 0x7ff0000000000002`
}

function condition({ name, op, value }: Matcher): string {
  const label = `labels[${literal(name)}]`
  if (op === '=' || op === '!=') return `${label} ${op} ${literal(value)}`
  const found = `match(${label}, ${literal(`^(?s:${value})$`)})`
  return op === '=~' ? found : `NOT ${found}`
}

/** OpenTelemetry's numbers. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error']

function nameOf(column: string, names: readonly string[]): string {
  return `transform(${column}, [${names.map((_, number) => number).join(', ')}], [${names.map((name) => `'${name}'`).join(', ')}], toString(${column}))`
}

/** Sixteen digits: the engine leaves zeros at the beginning out. */
function idOf(column: string): string {
  return `leftPad(lower(hex(${column})), 16, '0')`
}

/** Values without the letter that tells their type (model/attribute-value.ts). */
function plain(map: string): string {
  return `mapApply((k, v) -> (k, substring(v, 2)), ${map})`
}

function dayIs(day: number): string {
  return `day = ${dateOf(day)}`
}

function dateOf(day: number): string {
  return `toDate('${new Date(day * DAY_MS).toISOString().slice(0, 10)}')`
}
