import { compileFinder } from '../../model/find-regex.ts'
import { RegexError } from '../../model/regex.ts'
import { shownValue, valueOfText } from '../ottl/value.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { KIND_WORDS } from '../ottl/enums.ts'
import { readValue } from './attribute-actions.ts'
import type { BatchEditor } from './editor.ts'

/** Whether a row is meant by `include` or `exclude`. */
export type RowMatch = (editor: BatchEditor, row: number) => boolean

type TextMatch = (text: string) => boolean

/** `kind` of a span by the collector's words. */
const SPAN_KINDS = KIND_WORDS.map((word) => `SPAN_KIND_${word.toUpperCase()}`)

/**
 * Reads `include` or `exclude` in the older form, without OTTL (collector-contrib, internal/coreinternal/processor/filterconfig): a row is
 * meant when each list that is set has something that fits. Undefined when the section is not there, or of no use.
 */
function readMatch(node: YamlNode): RowMatch | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const type = map.key('match_type')
  const kind = type.asOneOf(['strict', 'regexp'])
  if (type.isEmpty) node.error('match_type must be set: strict or regexp')
  const isRegexp = kind === 'regexp'
  const cache = map.key('regexp')
  if (cache.isPresent) cache.warnAtKey('has no effect: patterns are compiled once here')
  const tests = [
    ...readTexts(map, ['services'], isRegexp, (editor, row) =>
      resourceText(editor, row, 'service.name'),
    ),
    ...readTexts(map, ['span_names'], isRegexp, spanName),
    ...readTexts(map, ['span_kinds'], isRegexp, spanKind),
    ...readTexts(map, ['metric_names'], isRegexp, (editor, row) =>
      editor.signal === 'metrics' ? editor.metricOf(row)?.name : undefined,
    ),
    ...readTexts(map, ['log_bodies', 'bodies'], isRegexp, logBody),
    ...readTexts(map, ['log_severity_texts', 'severity_texts'], isRegexp, severityText),
    ...readSeverity(map),
    ...readPairs(map.key('attributes'), isRegexp, rowAttribute),
    ...readPairs(map.key('record_attributes'), isRegexp, rowAttribute),
    ...readPairs(map.key('resources'), isRegexp, resourceAttribute),
    ...readPairs(map.key('resource_attributes'), isRegexp, resourceAttribute),
    ...readLibraries(map.key('libraries'), isRegexp),
  ]
  const expressions = map.key('expressions')
  if (expressions.isPresent) {
    expressions.errorAtKey('is not supported: write an OTTL condition under metrics: datapoint:')
  }
  map.finish()
  if (tests.length === 0) return node.error('says nothing to match')
  return (editor, row) => tests.every((test) => test(editor, row))
}

/** Both at once, as processors have them: what is included and not excluded. */
export function readIncludeExclude(map: YamlMap): RowMatch | undefined {
  const include = readMatch(map.key('include'))
  const exclude = readMatch(map.key('exclude'))
  if (include === undefined && exclude === undefined) return undefined
  return (editor, row) => include?.(editor, row) !== false && exclude?.(editor, row) !== true
}

function readTexts(
  map: YamlMap,
  names: readonly string[],
  isRegexp: boolean,
  textOf: (editor: BatchEditor, row: number) => string | undefined,
): RowMatch[] {
  return names.flatMap((name) => {
    const items = map.key(name).asList() ?? []
    const tests = items.flatMap((item) => readText(item, isRegexp) ?? [])
    if (tests.length === 0) return []
    return [
      (editor, row) => {
        const text = textOf(editor, row)
        return text !== undefined && tests.some((test) => test(text))
      },
    ]
  })
}

function readText(item: YamlNode, isRegexp: boolean): TextMatch | undefined {
  const wanted = isRegexp ? item.asRawString()?.replaceAll('$$', '$') : item.asString()
  if (wanted === undefined) return undefined
  if (!isRegexp) return (text) => text === wanted
  try {
    const finder = compileFinder(wanted, '')
    return (text) => finder.find(text).length > 0
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return item.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

type AttributeOf = (editor: BatchEditor, row: number, key: string) => string | undefined

/** A list of `key` and `value`; without a value it is enough that the key is there. */
function readPairs(node: YamlNode, isRegexp: boolean, attributeOf: AttributeOf): RowMatch[] {
  return (node.asList() ?? []).flatMap((item): RowMatch[] => {
    const map = item.asMap()
    const key = map?.key('key').asString()
    if (map === undefined || key === undefined || key === '') {
      item.error('key must be set')
      return []
    }
    const value = map.key('value')
    map.finish()
    if (value.isEmpty) return [(editor, row) => attributeOf(editor, row, key) !== undefined]
    if (!isRegexp) {
      const wanted = readValue(value)
      return [(editor, row) => attributeOf(editor, row, key) === wanted]
    }
    const test = readText(value, true)
    return [
      (editor, row) => {
        const text = shownValue(valueOfText(attributeOf(editor, row, key)))
        return text !== undefined && test?.(text) === true
      },
    ]
  })
}

function readLibraries(node: YamlNode, isRegexp: boolean): RowMatch[] {
  const tests = (node.asList() ?? []).flatMap((item) => {
    const map = item.asMap()
    if (map === undefined) return []
    const name = readText(map.key('name'), isRegexp)
    const version = readText(map.key('version'), isRegexp)
    map.finish()
    const test: RowMatch = (editor, row) => {
      const scope = editor.scopeOf(row)
      return name?.(scope?.name ?? '') !== false && version?.(scope?.version ?? '') !== false
    }
    return [test]
  })
  return tests.length === 0 ? [] : [(editor, row) => tests.some((test) => test(editor, row))]
}

function readSeverity(map: YamlMap): RowMatch[] {
  return ['log_severity_number', 'severity_number'].flatMap((name) => {
    const section = map.key(name).asMap()
    if (section === undefined) return []
    const least = section.key('min').asInteger({ min: 0, max: 24 }) ?? 0
    const matchUndefined = section.key('match_undefined').asBool() ?? false
    section.finish()
    const test: RowMatch = (editor, row) => {
      if (editor.signal !== 'logs') return false
      const number = editor.severityNumbers.get(row)
      return number === 0 ? matchUndefined : number >= least
    }
    return [test]
  })
}

function spanName(editor: BatchEditor, row: number): string | undefined {
  return editor.signal === 'traces' ? editor.strings.at(editor.names.get(row)) : undefined
}

function spanKind(editor: BatchEditor, row: number): string | undefined {
  return editor.signal === 'traces' ? SPAN_KINDS[editor.kinds.get(row)] : undefined
}

function logBody(editor: BatchEditor, row: number): string | undefined {
  if (editor.signal !== 'logs') return undefined
  return shownValue(valueOfText(editor.strings.at(editor.bodies.get(row))))
}

function severityText(editor: BatchEditor, row: number): string | undefined {
  return editor.signal === 'logs' ? editor.strings.at(editor.severityTexts.get(row)) : undefined
}

function rowAttribute(editor: BatchEditor, row: number, key: string): string | undefined {
  return editor.attributes.get(row, key)
}

function resourceAttribute(editor: BatchEditor, row: number, key: string): string | undefined {
  return editor.resources.get(editor.ownerOf(row), key)
}

function resourceText(editor: BatchEditor, row: number, key: string): string | undefined {
  return shownValue(valueOfText(resourceAttribute(editor, row, key)))
}
