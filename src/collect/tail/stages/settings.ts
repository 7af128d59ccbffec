import { parseGoDurationNs } from '../../../lang/logql/quantity.ts'
import { compileGroups, type GroupRegex } from '../../../model/group-regex.ts'
import { RegexError } from '../../../model/regex.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { suggestName } from '../../../yaml/suggest.ts'

/**
 * The settings of a stage, of which `names` are those that it knows. Others are warned about, not refused: promtail does not look at
 * them either, and a file that it accepts is to be accepted here. Reports where there are no settings at all.
 */
export function readSettings<T>(
  node: YamlNode,
  names: readonly string[],
  read: (map: YamlMap) => T,
): T | undefined {
  if (node.isEmpty) return node.errorAtKey(`needs settings: ${names.join(', ')}`)
  const map = node.asMap()
  if (map === undefined) return undefined
  warnUnknown(map, names)
  return read(map)
}

/** Warns about the keys of a mapping that are not among these. */
export function warnUnknown(map: YamlMap, names: readonly string[]): void {
  for (const entry of map.entries()) {
    if (names.includes(entry.name)) continue
    const near = suggestName(entry.name, names)
    const hint = near === undefined ? `; allowed: ${names.join(', ')}` : `; did you mean ${near}?`
    entry.warnAtKey(`has no effect: the stage knows no such key${hint}`)
  }
}

/** `source`: undefined when it is not set; an empty one is reported. */
export function readSource(node: YamlNode): string | undefined {
  const text = node.asString()
  if (node.isScalar && text === '') return node.error('must not be empty')
  return text
}

/** A text that must be there. */
export function readRequired(map: YamlMap, name: string): string | undefined {
  const node = map.key(name)
  if (node.isEmpty || (node.isScalar && node.asRawString() === '')) {
    if (node.isPresent) return node.error('must not be empty')
    return map.node.errorAtKey(`${name} must be set`)
  }
  return node.asRawString()
}

/** A pattern that must be there, compiled. `$` in it is its own. */
export function readRegex(map: YamlMap, name: string): GroupRegex | undefined {
  const source = readRequired(map, name)
  return source === undefined ? undefined : compileAt(map.key(name), source)
}

/** Compiles a pattern, or reports why that cannot be done at its place. */
export function compileAt(node: YamlNode, source: string): GroupRegex | undefined {
  try {
    return compileGroups(source)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

/** A duration of Go's notation (`3s`, `1h30m`, no days), in milliseconds. */
export function readGoDurationMs(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const read = parseGoDurationNs(text)
  if ('fault' in read) {
    return node.error(
      `must be a duration such as 500ms, 3s or 1h30m (no days), not ${JSON.stringify(text)}`,
    )
  }
  return read.value / 1e6
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

export function isLabelName(name: string): boolean {
  return LABEL_NAME.test(name)
}

/**
 * Names and what they are taken from, as `labels` and `structured_metadata` have them: a name without anything behind it is taken
 * from the value of the same name.
 */
export function readLabelSources(node: YamlNode): (readonly [string, string])[] | undefined {
  const map = node.asMap()
  if (map === undefined) {
    if (node.isEmpty) node.errorAtKey('needs at least one label, such as `level:`')
    return undefined
  }
  return map.entries().map((entry) => {
    if (!isLabelName(entry.name)) {
      entry.errorAtKey('is no label name: letters, digits and _ are allowed, no digit first')
    }
    const source = entry.asString()
    return [entry.name, source === undefined || source === '' ? entry.name : source] as const
  })
}
