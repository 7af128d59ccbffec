import { parseBytes } from '../../../lang/logql/quantity.ts'
import type { GroupRegex } from '../../../model/group-regex.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { compileAt, readGoDurationMs, readSettings } from './settings.ts'
import type { StageSpec } from './stage.ts'
import { textOf } from './value-text.ts'

const NAMES = [
  ...['source', 'value', 'expression', 'separator', 'older_than', 'longer_than'],
  'drop_counter_reason',
]

interface DropSettings {
  readonly reason: string
  readonly sources: readonly string[] | undefined
  /** What is looked at: the values of the sources joined, or the line. */
  readonly test: ((text: string) => boolean) | undefined
  readonly separator: string
  readonly olderThanMs: number | undefined
  readonly longerThanBytes: number | undefined
}

/** `drop`: lets a line fall when all conditions hold. */
export function readDrop(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, NAMES, (map) => readConditions(map, node))
  return (
    settings &&
    ((env) => ({
      step: (entry) => {
        if (!isToDrop(entry, settings, env.nowMs)) return true
        env.drop(settings.reason)
        return false
      },
    }))
  )
}

function readConditions(map: YamlMap, node: YamlNode): DropSettings {
  const names = ['source', 'expression', 'older_than', 'longer_than']
  if (names.every((name) => map.key(name).isEmpty)) {
    node.errorAtKey(`needs at least one of ${names.join(', ')}`)
  }
  const reason = map.key('drop_counter_reason').asString() ?? ''
  return {
    reason: reason === '' ? 'drop_stage' : reason,
    sources: readSources(map.key('source')),
    test: readTest(map),
    separator: map.key('separator').asString() ?? ';',
    olderThanMs: readGoDurationMs(map.key('older_than')),
    longerThanBytes: readSizeBytes(map.key('longer_than')),
  }
}

function readSources(node: YamlNode): readonly string[] | undefined {
  if (node.isEmpty) return undefined
  if (!node.isScalar) return node.asStrings()
  const text = node.asString()
  return text === undefined ? undefined : [text]
}

function readTest(map: YamlMap): DropSettings['test'] {
  const value = map.key('value')
  const expression = map.key('expression')
  if (!value.isEmpty && map.key('source').isEmpty) value.errorAtKey('needs source beside it')
  if (!value.isEmpty && !expression.isEmpty) {
    expression.errorAtKey('excludes value: at most one of value, expression may be set')
  }
  const pattern = expression.asRawString()
  const regex: GroupRegex | undefined =
    pattern === undefined ? undefined : compileAt(expression, pattern)
  if (regex !== undefined) return (text) => regex.test(text)
  const wanted = value.asString()
  return wanted === undefined ? undefined : (text) => text === wanted
}

/** A size of go-humanize's notation (`8kb`, `1MiB`), in bytes. */
function readSizeBytes(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const read = parseBytes(text)
  if ('value' in read) return read.value
  return node.error(`must be a size such as 8kb or 1MiB, not ${JSON.stringify(text)}`)
}

function isToDrop(entry: LogEntry, settings: DropSettings, nowMs: () => number): boolean {
  const { sources, test, olderThanMs, longerThanBytes } = settings
  if (longerThanBytes !== undefined && !isLonger(entry.line, longerThanBytes)) return false
  if (olderThanMs !== undefined) {
    const ageMs = nowMs() - Number(entry.timestampNs / 1000n) / 1000
    if (ageMs <= olderThanMs) return false
  }
  if (sources === undefined) return test === undefined || test(entry.line)
  if (test === undefined) return sources.every((source) => entry.extracted.has(source))
  const values: string[] = []
  for (const source of sources) {
    const found = entry.extracted.get(source)
    if (found === undefined) continue
    const text = textOf(found)
    // null has no text.
    if (text === undefined) return false
    values.push(text)
  }
  return test(values.join(settings.separator))
}

/** Whether a line has more bytes of UTF-8; most lines need not be counted. */
function isLonger(line: string, sizeBytes: number): boolean {
  if (line.length > sizeBytes) return true
  if (line.length * 3 <= sizeBytes) return false
  return Buffer.byteLength(line, 'utf8') > sizeBytes
}
