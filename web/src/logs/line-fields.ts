import type { LogLine } from './log-line.ts'

export type FieldKind = 'label' | 'metadata' | 'parsed' | 'json' | 'logfmt'

/** Something that a line says by name. */
export interface LineField {
  readonly name: string
  readonly value: string
  /** A label of its stream, structured metadata, what the query parsed, or what a parser would find in the text. */
  readonly kind: FieldKind
}

/** Longer texts are not looked into. */
const MOST_CHARS = 200_000
const MOST_FIELDS = 200
const MOST_DEPTH = 16

/** All that a line says by name, each name once: what the query parsed counts before what a parser would find. */
export function fieldsOf(line: LogLine): readonly LineField[] {
  const fields = new Map<string, LineField>()
  const add = (name: string, value: string, kind: FieldKind): void => {
    if (!fields.has(name) && fields.size < MOST_FIELDS) fields.set(name, { name, value, kind })
  }
  for (const [name, value] of Object.entries(line.stream)) add(name, value, 'label')
  for (const [name, value] of Object.entries(line.metadata)) add(name, value, 'metadata')
  for (const [name, value] of Object.entries(line.parsed)) add(name, value, 'parsed')
  for (const { name, value, kind } of textFields(line.text)) add(name, value, kind)
  return [...fields.values()]
}

/** What a parser of LogQL would find in a text: the fields of a JSON object, or those of logfmt. */
export function textFields(text: string): readonly LineField[] {
  if (text.length > MOST_CHARS) return []
  const object = readJson(text)
  if (object !== undefined) {
    const found: LineField[] = []
    flatten(object, '', found, 0)
    return found
  }
  return readLogfmt(text)
}

/** A text that is a JSON object; undefined for every other. */
export function readJson(text: string): object | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}') || text.length > MOST_CHARS)
    return undefined
  try {
    const parsed: unknown = JSON.parse(trimmed)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** As `| json` names them: keys joined by `_`, without arrays and null. */
function flatten(object: object, prefix: string, found: LineField[], depth: number): void {
  const entries: [string, unknown][] = Object.entries(object)
  for (const [key, value] of entries) {
    if (found.length >= MOST_FIELDS) return
    const name = prefix + labelName(key, prefix === '')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (depth < MOST_DEPTH) flatten(value, `${name}_`, found, depth + 1)
    } else if (['string', 'number', 'boolean'].includes(typeof value)) {
      found.push({ name, value: String(value), kind: 'json' })
    }
  }
}

function labelName(key: string, isFirst: boolean): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_')
  return isFirst && /^\d/.test(name) ? `_${name}` : name
}

const PAIR = /(?:^|\s)([a-zA-Z_][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g

/** `key=value key="a value"`; a text with one pair only is rather prose. */
function readLogfmt(text: string): readonly LineField[] {
  const found: LineField[] = []
  for (const [, key = '', quoted, bare] of text.matchAll(PAIR)) {
    if (found.length >= MOST_FIELDS) break
    const value = quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1')
    found.push({ name: labelName(key, true), value, kind: 'logfmt' })
  }
  return found.length > 1 ? found : []
}

/** How often a field has each value in the lines that are shown. */
export interface FieldStats {
  /** Lines that have it. */
  readonly lines: number
  readonly ofLines: number
  readonly distinct: number
  /** The most frequent values. */
  readonly top: readonly { readonly value: string; readonly count: number }[]
}

const MOST_VALUES = 10

export function fieldStats(lines: readonly LogLine[], name: string): FieldStats {
  const counts = new Map<string, number>()
  let having = 0
  for (const line of lines) {
    const value = valueOf(line, name)
    if (value === undefined) continue
    having += 1
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const top = [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MOST_VALUES)
    .map(([value, count]) => ({ value, count }))
  return { lines: having, ofLines: lines.length, distinct: counts.size, top }
}

function valueOf(line: LogLine, name: string): string | undefined {
  const known = line.stream[name] ?? line.metadata[name] ?? line.parsed[name]
  return known ?? textFields(line.text).find((field) => field.name === name)?.value
}

/** A field of the lines that are shown. */
export interface DetectedField {
  readonly name: string
  readonly kind: FieldKind
  readonly lines: number
  readonly distinct: number
}

/** Counting more values than these tells nobody anything. */
const MOST_COUNTED = 1000

/** The fields of lines, the most frequent first. */
export function detectFields(lines: readonly LogLine[]): readonly DetectedField[] {
  const found = new Map<string, { kind: FieldKind; lines: number; values: Set<string> }>()
  for (const line of lines) {
    for (const { name, value, kind } of fieldsOf(line)) {
      const field = found.get(name) ?? { kind, lines: 0, values: new Set<string>() }
      found.set(name, field)
      field.lines += 1
      if (field.values.size < MOST_COUNTED) field.values.add(value)
    }
  }
  return [...found]
    .map(([name, { kind, lines: count, values }]) => {
      return { name, kind, lines: count, distinct: values.size }
    })
    .sort((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1))
}
