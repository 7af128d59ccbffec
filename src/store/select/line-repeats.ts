import { decodeBlocks, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { LINE_BUCKET_NS } from '../schema.ts'
import { LINE_QUERY_SETTINGS } from './read-lines.ts'

const BUCKET = `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS})`

/** Names of parts that no merge has made, in which a line may be twice by itself. */
const UNMERGED = '_0(_[0-9]+)?$'

/** The engine's MEMORY_LIMIT_EXCEEDED. */
const NO_MEMORY = '241'

/**
 * What rows that were inserted twice and are not folded yet come to, by stream: column `id`, `entries` and `bytes` that are too many, and
 * `step`, an expression of `ts`. Only ten minutes that lie in several parts, or in one that was never merged, are looked at, and only the text of lines that
 * have stream and nanosecond in common; where there is no memory for that, nothing is found. `where` is a condition on the table of lines.
 */
export async function readRepeats(
  client: StoreClient,
  where: string,
  step: string,
): Promise<readonly NativeBlock[]> {
  const scattered = `${where} AND ${BUCKET} IN (
    SELECT ${BUCKET} AS bucket FROM {db}.lines WHERE ${where} GROUP BY bucket HAVING uniqExact(_part) > 1 OR max(match(_part, '${UNMERGED}')))`
  const query = `SELECT id, ${step} AS step, toFloat64(sum(times - 1)) AS entries, toFloat64(sum((times - 1) * size)) AS bytes
    FROM (
      SELECT id, ts, length(body) AS size, count() AS times FROM {db}.lines
      WHERE ${where} AND (${BUCKET}, id, ts) IN (
        SELECT ${BUCKET} AS bucket, id, ts FROM {db}.lines WHERE ${scattered} GROUP BY bucket, id, ts HAVING count() > 1)
      GROUP BY id, ts, size, cityHash64(body, meta) HAVING times > 1)
    GROUP BY id, step`
  try {
    const settings = { ...LINE_QUERY_SETTINGS, optimize_aggregation_in_order: 1 }
    return [...decodeBlocks(await client.native(query, { seesDoomed: true, settings }))]
  } catch (thrown) {
    const cause = thrown instanceof Problem ? thrown.cause : undefined
    if (cause instanceof Error && 'code' in cause && cause.code === NO_MEMORY) return []
    throw thrown
  }
}
