import { formatDurationMs } from './model/duration.ts'
import type { DownsamplingLevel } from './store/downsample/levels.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'

const DAY_MS = 86_400_000
const DEFAULT_AFTER_MS = 2 * DAY_MS
const WORDS = { '5m': 300_000, '1h': 3_600_000 } as const
const NAMES = ['5m', '1h'] as const

/**
 * `storage.downsampling`: what old samples are made into, in a list of `{resolution, after, keep}`. `rawMs` is how long the samples
 * themselves are kept.
 */
export function readDownsampling(
  storage: YamlMap | undefined,
  rawMs: number,
  hasOwnEngine: boolean,
): readonly DownsamplingLevel[] {
  const place = storage?.key('downsampling')
  const levels: DownsamplingLevel[] = []
  for (const item of place?.asList() ?? []) {
    const level = readLevel(item, rawMs)
    if (level === undefined) continue
    if (levels.some(({ resolutionMs }) => resolutionMs === level.resolutionMs)) {
      item.error(`resolution ${formatDurationMs(level.resolutionMs)} stands twice`)
    } else levels.push(level)
  }
  if (hasOwnEngine || levels.length === 0) return levels
  place?.errorAtKey(
    'is for the own store: other processes write into the ClickHouse at clickhouse.url, too, and their late samples would be missed',
  )
  return []
}

function readLevel(node: YamlNode, rawMs: number): DownsamplingLevel | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error('an empty item') : undefined
  const [resolution, after, keep] = [map.key('resolution'), map.key('after'), map.key('keep')]
  const word = resolution.asOneOf(NAMES)
  const afterMs = after.durationMs() ?? DEFAULT_AFTER_MS
  const keepMs = keep.durationMs()
  if (resolution.isEmpty) node.error('resolution must be set: 5m or 1h')
  if (keep.isEmpty) node.error('keep must be set: how long the aggregates are kept, such as 1y')
  map.finish()
  if (afterMs < DAY_MS) after.error('must be at least 1d: late samples make a day be made again')
  else if (afterMs >= rawMs) {
    const kept = `raw samples are kept for ${formatDurationMs(rawMs)} (storage.retention_time)`
    const where = after.isEmpty ? node : after
    where.error(`after is ${formatDurationMs(afterMs)}, and ${kept}: it must be shorter`)
  } else if (keepMs !== undefined && keepMs <= afterMs) {
    keep.error(`must be longer than after, which is ${formatDurationMs(afterMs)}`)
  } else if (word !== undefined && keepMs !== undefined) {
    return { resolutionMs: WORDS[word], afterMs, keepMs }
  }
  return undefined
}
