import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { warnUnsupported, type ReadContext } from '../../yaml/context.ts'
import { readWord } from '../../yaml/section.ts'

/** `storage:`; undefined is "not said", so that flags and defaults can speak. */
export interface StorageConfig {
  readonly retentionTimeMs: number | undefined
  readonly retentionSizeBytes: number | undefined
  /** Percent of the disk; printed only. */
  readonly retentionPercentage: number | undefined
  /** Samples of any age are accepted, so this bounds nothing. */
  readonly outOfOrderTimeWindowMs: number
  readonly staleSeriesCompactionThreshold: number
  readonly chunkEncodingFloats: string | undefined
  readonly maxExemplars: number | undefined
}

const DEFAULT_STORAGE: StorageConfig = {
  retentionTimeMs: undefined,
  retentionSizeBytes: undefined,
  retentionPercentage: undefined,
  outOfOrderTimeWindowMs: 0,
  staleSeriesCompactionThreshold: 0,
  chunkEncodingFloats: undefined,
  maxExemplars: undefined,
}

type Retention = Pick<
  StorageConfig,
  'retentionTimeMs' | 'retentionSizeBytes' | 'retentionPercentage'
>

/** Reads `storage:` (config.go, StorageConfig). */
export function readStorage(node: YamlNode, context: ReadContext): StorageConfig {
  const map = node.asMap()
  if (!map) return DEFAULT_STORAGE
  const exemplars = map.key('exemplars').asMap()
  const maxExemplars = exemplars?.key('max_exemplars')
  if (maxExemplars)
    warnUnsupported(maxExemplars, context, 'exemplars are kept on disk, not counted')
  exemplars?.finish()
  const tsdb = map.key('tsdb').asMap()
  map.finish()
  return {
    ...DEFAULT_STORAGE,
    ...(tsdb ? readTsdb(tsdb, context) : {}),
    maxExemplars: maxExemplars?.asInteger(),
  }
}

function readTsdb(map: YamlMap, context: ReadContext): Omit<StorageConfig, 'maxExemplars'> {
  const threshold = map.key('stale_series_compaction_threshold')
  const encoding = map.key('chunk_encoding')
  warnUnsupported(threshold, context, 'there is no head block to compact')
  warnUnsupported(encoding, context, 'the column store chooses its own encoding')
  const encodingMap = encoding.asMap()
  const floats = encodingMap && readWord(encodingMap.key('floats'), ['xor', 'xor2'])
  encodingMap?.finish()
  const retention = readRetention(map, context)
  const config = {
    ...retention,
    outOfOrderTimeWindowMs: map.key('out_of_order_time_window').durationMs() ?? 0,
    staleSeriesCompactionThreshold: threshold.asNumber() ?? 0,
    chunkEncodingFloats: floats,
  }
  map.finish()
  return config
}

function readRetention(tsdb: YamlMap, context: ReadContext): Retention {
  const node = tsdb.key('retention')
  const map = node.asMap()
  const percentage = map?.key('percentage')
  const percent = percentage?.asNumber()
  if (percentage && percent !== undefined && !(percent >= 0 && percent <= 100)) {
    percentage.error(`must be from 0 to 100, not ${percent}`)
  }
  if (percentage && percent) warnUnsupported(percentage, context, 'set size instead')
  const own = map ? readTimeAndSize(map.key('time'), map.key('size')) : undefined
  map?.finish()
  const dotted = readDotted(tsdb, node)
  return {
    retentionTimeMs: own?.timeMs ?? dotted.timeMs,
    retentionSizeBytes: own?.sizeBytes ?? dotted.sizeBytes,
    retentionPercentage: percent,
  }
}

interface TimeAndSize {
  readonly timeMs: number | undefined
  readonly sizeBytes: number | undefined
}

function readTimeAndSize(time: YamlNode, size: YamlNode): TimeAndSize {
  const sizeBytes = size.bytes()
  if (sizeBytes !== undefined && sizeBytes < 0) size.error('must not be negative')
  return { timeMs: time.durationMs(), sizeBytes }
}

/** `retention.time: 30d` instead of `retention: {time: 30d}`: the name of the flag taken for that of a key. */
function readDotted(tsdb: YamlMap, retention: YamlNode): TimeAndSize {
  const names = ['time', 'size'].filter((name) => tsdb.has(`retention.${name}`))
  if (names.length === 0) return { timeMs: undefined, sizeBytes: undefined }
  const shown = names.map((name) => `${name}: ${tsdb.key(`retention.${name}`).asString() ?? ''}`)
  for (const name of names) {
    const node = tsdb.key(`retention.${name}`)
    if (retention.isMap) node.errorAtKey('excludes retention: write it there')
    else node.warnAtKey(`is read as part of retention; write retention: {${shown.join(', ')}}`)
  }
  const absent = tsdb.node.child('', undefined)
  const part = (name: string): YamlNode =>
    names.includes(name) ? tsdb.key(`retention.${name}`) : absent
  return readTimeAndSize(part('time'), part('size'))
}
