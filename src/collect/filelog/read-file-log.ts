import type { AnyMap } from '../../formats/otlp/any-value.ts'
import { readGoDuration } from '../../yaml/go-duration.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { COMPRESSIONS, type Compression } from '../tail/files/uncompress.ts'
import { textFormOf, UTF8, type TextForm } from '../tail/files/split-lines.ts'
import { readSize } from './container.ts'
import { readValues } from './edit-operators.ts'
import { readMultiline } from './multiline.ts'
import type { Operator } from './operator.ts'
import { readOperators } from './read-operators.ts'

/** A `filelog` receiver. */
export interface FileLogSettings {
  /** Patterns of absolute paths. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly startsAtEnd: boolean
  readonly scanIntervalMs: number
  readonly form: TextForm
  readonly compression: Compression | undefined
  readonly hasFileName: boolean
  readonly hasFilePath: boolean
  /** Whether white space around a line goes. */
  readonly trims: boolean
  /** Longer lines are cut. */
  readonly maxCharacters: number
  readonly attributes: AnyMap
  readonly resource: AnyMap
  readonly operators: readonly Operator[]
}

const DEFAULT_MAX_BYTES = 1024 * 1024
const DEFAULT_FLUSH_MS = 500
const LEAST_SCAN_MS = 1000

/** Keys that change nothing which could be missed here. */
const WITHOUT_NEED = [
  ...['fingerprint_size', 'initial_buffer_size', 'max_concurrent_files', 'max_batches', 'storage'],
  ...['retry_on_failure', 'id', 'type', 'polls_to_archive'],
]
/** Keys of what is not done here. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  include_file_name_resolved: 'has no effect here: log.file.name is the name that was found',
  include_file_path_resolved: 'has no effect here: log.file.path is the path that was found',
  include_file_owner_name: 'has no effect here: the owner of a file is not told',
  include_file_owner_group_name: 'has no effect here: the group of a file is not told',
  include_file_record_number: 'has no effect here: lines are not counted',
  include_file_record_offset: 'has no effect here: where a line stands is not told',
  exclude_older_than: 'has no effect here: files of any age are read',
  acquire_fs_lock: 'has no effect here: files are not locked',
}
const REFUSED: Readonly<Record<string, string>> = {
  delete_after_read: 'is not supported: no file is deleted here',
  header: 'is not supported: use operators',
  ordering_criteria: 'is not supported: all files that match are read',
}

/** Reads a `filelog` receiver (receiver/filelogreceiver/README.md); reports by line what is not supported. */
export function readFileLog(node: YamlNode): FileLogSettings | undefined {
  const map = node.asMap()
  const include = map && readPatterns(map.key('include'))
  if (map === undefined || include === undefined || include.length === 0) {
    return node.errorAtKey('include must be set: a list of patterns such as /var/log/*.log')
  }
  const lines = readLines(map)
  const flushMs = readGoDuration(map.key('force_flush_period')) ?? DEFAULT_FLUSH_MS
  const multiline = map.key('multiline')
  const joins = multiline.isEmpty
    ? undefined
    : readMultiline(multiline, { flushMs, maxCharacters: lines.maxCharacters })
  const settings: FileLogSettings = {
    include,
    exclude: readPatterns(map.key('exclude')) ?? [],
    startsAtEnd: map.key('start_at').asOneOf(['beginning', 'end']) !== 'beginning',
    scanIntervalMs: Math.max(LEAST_SCAN_MS, readGoDuration(map.key('poll_interval')) ?? 0),
    hasFileName: map.key('include_file_name').asBool() ?? true,
    hasFilePath: map.key('include_file_path').asBool() ?? false,
    attributes: readValues(map.key('attributes')),
    resource: readValues(map.key('resource')),
    ...lines,
    operators: [...(joins ? [joins] : []), ...readOperators(map.key('operators'))],
  }
  for (const name of WITHOUT_NEED) map.key(name)
  warnOfRest(map)
  map.finish()
  return settings
}

function warnOfRest(map: YamlMap): void {
  for (const [name, message] of Object.entries(WITHOUT_EFFECT)) {
    const key = map.key(name)
    if (!key.isEmpty && !(key.isScalar && key.asString() === 'false')) key.warnAtKey(message)
  }
  for (const [name, message] of Object.entries(REFUSED)) {
    const key = map.key(name)
    if (!key.isEmpty && !(key.isScalar && key.asString() === 'false')) key.errorAtKey(message)
  }
}

function readLines(
  map: YamlMap,
): Pick<FileLogSettings, 'form' | 'compression' | 'trims' | 'maxCharacters'> {
  const keepsLeading = map.key('preserve_leading_whitespaces').asBool() ?? false
  const keepsTrailing = map.key('preserve_trailing_whitespaces').asBool() ?? false
  const size = map.key('max_log_size')
  const maxBytes = size.isEmpty ? DEFAULT_MAX_BYTES : readSize(size.asString() ?? '')
  if (maxBytes === undefined) size.error('must be a size such as 1MiB')
  return {
    form: readEncoding(map.key('encoding')),
    compression: readCompression(map.key('compression')),
    trims: !keepsLeading && !keepsTrailing,
    maxCharacters: maxBytes === undefined || maxBytes === 0 ? DEFAULT_MAX_BYTES : maxBytes,
  }
}

function readPatterns(node: YamlNode): readonly string[] | undefined {
  return node.asList()?.flatMap((item) => {
    const pattern = item.asString() ?? ''
    if (pattern.startsWith('/')) return [pattern]
    item.error('must be an absolute path or pattern')
    return []
  })
}

function readEncoding(node: YamlNode): TextForm {
  const name = node.asString() ?? 'utf-8'
  if (name === '' || name === 'utf-8-raw' || name === 'nop') return UTF8
  return (
    textFormOf(name) ??
    node.error(`is no encoding that is known here: ${JSON.stringify(name)}`) ??
    UTF8
  )
}

function readCompression(node: YamlNode): Compression | undefined {
  const written = node.asString()
  if (written === undefined || written === '') return undefined
  if (written === 'auto') {
    return node.error(
      'auto is not supported: files that are compressed need a receiver of their own',
    )
  }
  const found = COMPRESSIONS.find((one) => one === (written === 'gzip' ? 'gz' : written))
  return found ?? node.error(`must be gzip, not ${JSON.stringify(written)}`)
}
