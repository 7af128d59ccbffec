import { compileFinder, type Finder } from '../../model/find-regex.ts'
import type { CorrelationSettings } from './settings.ts'

/** Ids of a trace that something names. */
export interface NamedTrace {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits; undefined where none is named beside it. */
  readonly spanId: string | undefined
  /** The field or pattern by which it was found. */
  readonly by: string
}

/** What may name a trace: a line, and fields of it. */
export interface NamingTexts {
  readonly line: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const TRACE_DIGITS = 32
const SPAN_DIGITS = 16
/** Longer lines are looked at so far. */
const MOST_LENGTH = 64 * 1024
const MOST_DEPTH = 5
const MOST_TRACES = 10
/** What a decimal id of Datadog can be at most. */
const MAX_UINT64 = 2n ** 64n - 1n

/** Finds ids of traces in fields, in a line of JSON, and in the text of a line. */
export class IdFinder {
  readonly #traceFields: ReadonlySet<string>
  readonly #spanFields: ReadonlySet<string>
  readonly #tracePairs: Finder
  readonly #spanPairs: Finder
  readonly #patterns: readonly { readonly source: string; readonly finder: Finder }[]

  /** Throws `RegexError` for a pattern that is none. */
  constructor({ traceIdFields, spanIdFields, patterns }: CorrelationSettings) {
    this.#traceFields = foldedSet(traceIdFields)
    this.#spanFields = foldedSet(spanIdFields)
    this.#tracePairs = pairFinder(traceIdFields)
    this.#spanPairs = pairFinder(spanIdFields)
    this.#patterns = patterns.map((source) => ({ source, finder: compileFinder(source, 'g') }))
  }

  /** Each trace once, those that fields name before those of the text. */
  find({ line, fields }: NamingTexts): readonly NamedTrace[] {
    const text = line.slice(0, MOST_LENGTH)
    const found = new Map<string, NamedTrace>()
    const add = (one: NamedTrace): void => {
      const known = found.get(one.traceId)
      if (known === undefined) found.set(one.traceId, one)
      else if (known.spanId === undefined && one.spanId !== undefined)
        found.set(one.traceId, { ...known, spanId: one.spanId })
    }
    for (const list of [fields, fieldsOfJson(text)])
      for (const one of this.#ofFields(list)) add(one)
    for (const one of this.#ofText(text)) add(one)
    return [...found.values()].slice(0, MOST_TRACES)
  }

  *#ofFields(fields: NamingTexts['fields']): Iterable<NamedTrace> {
    const span = fields.find(([name, value]) => isNamed(this.#spanFields, name) && toSpanId(value))
    const spanId = span && toSpanId(span[1])
    for (const [name, value] of fields) {
      const traceId = isNamed(this.#traceFields, name) ? toTraceId(value) : undefined
      if (traceId !== undefined) yield { traceId, spanId, by: name }
    }
  }

  *#ofText(text: string): Iterable<NamedTrace> {
    const [span] = this.#spanPairs.find(text)
    const spanId = toSpanId(span?.groups[2] ?? '')
    for (const { groups } of this.#tracePairs.find(text)) {
      const traceId = toTraceId(groups[2] ?? '')
      if (traceId !== undefined) yield { traceId, spanId, by: groups[1] ?? '' }
    }
    for (const { source, finder } of this.#patterns) {
      for (const { groups, named } of finder.find(text)) {
        const traceId = toTraceId(named['trace'] ?? groups[1] ?? groups[0] ?? '')
        if (traceId === undefined) continue
        yield { traceId, spanId: toSpanId(named['span'] ?? '') ?? spanId, by: source }
      }
    }
  }
}

/** 32 hex digits of an id in hex (16 or 32 of them) or, as Datadog writes it, in decimal; undefined when it is none. */
export function toTraceId(text: string): string | undefined {
  const digits = text.trim().toLowerCase().replace(/^0x/, '')
  // Google's `projects/P/traces/ID`.
  const last = digits.slice(digits.lastIndexOf('/') + 1)
  if (/^0+$/.test(last)) return undefined
  if (/^(?:[0-9a-f]{16}|[0-9a-f]{31,32})$/.test(last)) return last.padStart(TRACE_DIGITS, '0')
  return decimalId(last)?.padStart(TRACE_DIGITS, '0')
}

/** 16 hex digits; undefined when it is no id of a span. */
export function toSpanId(text: string): string | undefined {
  const digits = text.trim().toLowerCase().replace(/^0x/, '')
  if (/^0+$/.test(digits)) return undefined
  if (/^[0-9a-f]{16}$/.test(digits)) return digits
  return decimalId(digits)?.padStart(SPAN_DIGITS, '0')
}

/** Decimal ids are random 64-bit numbers: hardly one has fewer than 17 digits. */
function decimalId(digits: string): string | undefined {
  if (!/^[0-9]{17,20}$/.test(digits)) return undefined
  const id = BigInt(digits)
  return id > MAX_UINT64 ? undefined : id.toString(16)
}

/** `name=ID`, `"name": "ID"` and their kind: group 1 is the name, group 2 the id. */
function pairFinder(names: readonly string[]): Finder {
  const any = names.map((name) => name.replaceAll(/[^0-9A-Za-z_]/g, '\\$&')).join('|')
  const pair = `(?:^|[^0-9A-Za-z_.])(${any})["']?\\s*[=:]\\s*["'\\[]?([0-9a-fA-F]{16,32})(?:$|[^0-9a-zA-Z])`
  return compileFinder(any === '' ? '[^\\x00-\\x{10FFFF}]' : pair, 'gi')
}

/** Fields of an object that a line holds, by their way: `dd.trace_id` for `{"dd":{"trace_id":…}}`. */
function fieldsOfJson(line: string): readonly (readonly [string, string])[] {
  const text = line.trim()
  if (!text.startsWith('{')) return []
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return []
  }
  const fields: [string, string][] = []
  const walk = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'string') fields.push([path, value])
    if (typeof value !== 'object' || value === null || depth === MOST_DEPTH) return
    for (const [key, inner] of Object.entries(value))
      walk(inner, path === '' ? key : `${path}.${key}`, depth + 1)
  }
  walk(parsed, '', 0)
  return fields
}

function foldedSet(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}

/** Whether a field has one of these names, or ends in one behind a dot. */
function isNamed(names: ReadonlySet<string>, path: string): boolean {
  const name = path.toLowerCase()
  if (names.has(name)) return true
  return [...name.matchAll(/\./g)].some(({ index }) => names.has(name.slice(index + 1)))
}
