import { isMap, type AnyMap, type AnyValue } from '../../formats/otlp/any-value.ts'
import { compileGroups } from '../../model/group-regex.ts'
import { RegexError } from '../../model/regex.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { readCommon, stepOperator } from './common-settings.ts'
import { getField, readField, setField, type Field } from './field.ts'
import type { FileEntry } from './file-entry.ts'
import { OperatorFault, type Operator, type Step } from './operator.ts'
import { readSeverity } from './severity.ts'
import { readTimestamp } from './timestamp.ts'

const BODY: Field = { root: 'body', keys: [] }
const ATTRIBUTES: Field = { root: 'attributes', keys: [] }
/** JSON that is nested deeper is left as it is. */
const MAX_DEPTH = 32

/** A text to the values that are in it. Throws `OperatorFault`. */
type Parse = (text: string) => AnyMap

/** `json_parser` */
export function readJsonParser(map: YamlMap, type: string): Operator | undefined {
  const areInts = map.key('parse_ints').asBool() ?? false
  return readParser(map, type, (text) => parseJson(text, areInts))
}

/** `regex_parser`: the named groups of a pattern. */
export function readRegexParser(map: YamlMap, type: string): Operator | undefined {
  const node = map.key('regex')
  const source = node.asRawString()
  map.key('cache')
  if (source === undefined) return map.node.errorAtKey('regex must be set')
  try {
    const regex = compileGroups(source)
    if (regex.names.every((name) => name === '')) {
      return node.error('must have a named group such as (?P<name>…)')
    }
    return readParser(map, type, (text) => {
      const groups = regex.match(text)
      if (groups === undefined) throw new OperatorFault('the pattern does not match')
      const named = regex.names.map((name, i) => [name, groups[i] ?? ''] as const)
      return new Map(named.filter(([name]) => name !== ''))
    })
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

/** `key_value_parser`: `a=1 b="two words"`. */
export function readKeyValueParser(map: YamlMap, type: string): Operator | undefined {
  const delimiter = map.key('delimiter').asRawString() ?? '='
  const between = map.key('pair_delimiter').asRawString() ?? ' '
  if (delimiter === between) return map.key('delimiter').error('must not be pair_delimiter')
  return readParser(map, type, (text) => {
    const pairs = splitPairs(text, between).map((pair): readonly [string, string] => {
      const at = pair.indexOf(delimiter)
      if (at < 0) throw new OperatorFault('a pair has no delimiter')
      return [unquoted(pair.slice(0, at)), unquoted(pair.slice(at + delimiter.length))]
    })
    return new Map(pairs)
  })
}

/** `time_parser` and `severity_parser`: their settings stand in the operator itself. */
export function readTimeParser(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const step = readTimestamp(map)
  return step && stepOperator(common, step)
}

export function readSeverityParser(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const step = readSeverity(map)
  return step && stepOperator(common, step)
}

/** `trace_parser`: ids of the trace and the span, in hexadecimal. */
export function readTraceParser(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const step = readTrace(map)
  return step && stepOperator(common, step)
}

function readParser(map: YamlMap, type: string, parse: Parse): Operator | undefined {
  const common = readCommon(map, type)
  const from = fieldOr(map, 'parse_from', BODY)
  const to = fieldOr(map, 'parse_to', ATTRIBUTES)
  const after = readEmbedded(map)
  if (from === undefined || to === undefined) return undefined
  return stepOperator(common, (entry) => {
    const value = getField(entry, from)
    if (typeof value !== 'string') throw new OperatorFault('there is no text to parse')
    if (!setField(entry, to, parse(value))) throw new OperatorFault('the field cannot be set')
    return after.every((step) => step(entry))
  })
}

/** `timestamp`, `severity`, `trace` and `scope_name` of a parser: done once it has parsed. */
export function readEmbedded(map: YamlMap): readonly Step[] {
  const steps: Step[] = []
  for (const [name, read] of EMBEDDED) {
    const inner = map.key(name).asMap()
    const step = inner && read(inner)
    inner?.finish()
    if (step) steps.push(step)
  }
  const scope = map.key('scope_name')
  if (scope.isPresent) scope.warnAtKey('has no effect here: records of files have no scope')
  return steps
}

const EMBEDDED: readonly (readonly [string, (map: YamlMap) => Step | undefined])[] = [
  ['timestamp', readTimestamp],
  ['severity', readSeverity],
  ['trace', readTrace],
]

function readTrace(map: YamlMap): Step | undefined {
  const trace = readIdField(map, 'trace_id')
  const span = readIdField(map, 'span_id')
  const flags = readIdField(map, 'trace_flags')
  return (entry) => {
    entry.traceId = hexOf(entry, trace, 32) ?? entry.traceId
    entry.spanId = hexOf(entry, span, 16) ?? entry.spanId
    const read = hexOf(entry, flags, 2)
    if (read !== undefined) entry.flags = Number.parseInt(read, 16)
    return true
  }
}

function readIdField(map: YamlMap, name: string): Field | undefined {
  const inner = map.key(name).asMap()
  const field = inner ? readField(inner.key('parse_from')) : undefined
  inner?.finish()
  return field ?? { root: 'body', keys: [name] }
}

/** Undefined where there is none. */
function hexOf(entry: FileEntry, field: Field | undefined, digits: number): string | undefined {
  const value = field && getField(entry, field)
  if (typeof value !== 'string') return undefined
  const text = value.replace(/^0x/i, '').toLowerCase()
  if (text.length !== digits || !/^[0-9a-f]+$/.test(text)) throw new OperatorFault('no such id')
  return text
}

function fieldOr(map: YamlMap, name: string, fallback: Field): Field | undefined {
  const node = map.key(name)
  return node.isEmpty ? fallback : readField(node)
}

function parseJson(text: string, areInts: boolean): AnyMap {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new OperatorFault('the text is not JSON')
  }
  const value = toValue(parsed, areInts, 0)
  if (!isMap(value)) throw new OperatorFault('the JSON is no object')
  return value
}

function toValue(value: unknown, areInts: boolean, depth: number): AnyValue {
  if (depth > MAX_DEPTH) throw new OperatorFault('the JSON is nested too deeply')
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    return areInts && Number.isSafeInteger(value) ? BigInt(value) : value
  }
  if (Array.isArray(value)) return value.map((item) => toValue(item, areInts, depth + 1))
  if (typeof value !== 'object' || value === null) return null
  const entries = Object.entries(value)
  return new Map(entries.map(([key, inner]) => [key, toValue(inner, areInts, depth + 1)]))
}

/** Pairs between delimiters that stand in no quotes. */
function splitPairs(text: string, between: string): readonly string[] {
  const pairs: string[] = []
  let quote = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quote !== '') {
      if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else if (text.startsWith(between, at)) {
      pairs.push(text.slice(from, at))
      at += between.length - 1
      from = at + 1
    }
  }
  pairs.push(text.slice(from))
  return pairs.map((pair) => pair.trim()).filter((pair) => pair !== '')
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const quote = trimmed[0] ?? ''
  const isQuoted = trimmed.length > 1 && (quote === '"' || quote === "'") && trimmed.endsWith(quote)
  return isQuoted ? trimmed.slice(1, -1) : trimmed
}
