import type { AnyValue } from '../../formats/otlp/any-value.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { requireField } from './common-settings.ts'
import { getField } from './field.ts'
import { OperatorFault, type Step } from './operator.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
/** By its alias the number of each severity; `default` is 0. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['default', 0] as const,
  ...LEVELS.flatMap((level, i) =>
    ['', '2', '3', '4'].map((suffix, k) => [`${level}${suffix}`, i * 4 + k + 1] as const),
  ),
])
const STATUS_RANGE = /^([2-5])xx$/
/** A range is written out: one value each. */
const MAX_RANGE = 10_000

/** `severity`: the value of a field becomes the severity (pkg/stanza/docs/types/severity.md). */
export function readSeverity(map: YamlMap): Step | undefined {
  const from = requireField(map, 'parse_from')
  const preset = map.key('preset').asOneOf(['default', 'none']) ?? 'default'
  const overwrites = map.key('overwrite_text').asBool() ?? false
  const numbers = new Map<string, number>(preset === 'default' ? NUMBERS : [])
  numbers.delete('default')
  for (const alias of map.key('mapping').asMap()?.entries() ?? []) {
    const number = NUMBERS.get(alias.name)
    if (number === undefined) {
      alias.errorAtKey(`there is no such severity. There are ${LEVELS.join(', ')}, with 2 to 4`)
    } else for (const text of readTexts(alias)) numbers.set(text, number)
  }
  if (from === undefined) return undefined
  return (entry) => {
    const value = getField(entry, from)
    if (value === undefined) throw new OperatorFault('the field of the severity is not there')
    const text = textOf(value)
    const number = numbers.get(text.toLowerCase()) ?? 0
    entry.severityNumber = number
    entry.severityText = overwrites ? shortName(number) : text
    return true
  }
}

function shortName(number: number): string {
  if (number === 0) return ''
  const nth = (number - 1) % 4
  return `${LEVELS[Math.floor((number - 1) / 4)] ?? ''}${nth === 0 ? '' : nth + 1}`.toUpperCase()
}

function readTexts(node: YamlNode): readonly string[] {
  const items = node.isScalar || node.isMap ? [node] : (node.asList() ?? [])
  return items.flatMap((item) => (item.isMap ? readRange(item) : readText(item)))
}

function readText(node: YamlNode): readonly string[] {
  const text = node.asString()?.toLowerCase()
  const hundred = STATUS_RANGE.exec(text ?? '')?.[1]
  if (hundred === undefined) return text === undefined ? [] : [text]
  return Array.from({ length: 100 }, (_, i) => String(Number(hundred) * 100 + i))
}

function readRange(node: YamlNode): readonly string[] {
  const map = node.asMap()
  const min = map?.key('min').asInteger() ?? 0
  const max = map?.key('max').asInteger() ?? 0
  map?.finish()
  if (max < min || max - min >= MAX_RANGE) {
    node.error(`min must not be more than max, and at most ${MAX_RANGE} less`)
    return []
  }
  return Array.from({ length: max - min + 1 }, (_, i) => String(min + i))
}

function textOf(value: AnyValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(Math.trunc(value))
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  throw new OperatorFault('a severity is a text or a number')
}
