import { compileAnchored, RegexError } from '../../../model/regex.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { SpanEditor } from '../editor.ts'
import { readConditions } from '../ottl-text.ts'
import { isSampled } from '../probabilistic-sampler.ts'
import { readBytesLimiting } from './bytes-limiting.ts'
import { readComposite } from './composite.ts'
import { readTraceState } from './trace-state.ts'
import { anySpan, countOf, readKey, type TraceTest, type WaitedTrace } from './trace-test.ts'

/** What a policy says of a trace. `drop` goes before all others. */
export type Decision = 'sample' | 'pass' | 'drop'

export interface Policy {
  readonly name: string
  readonly decide: (trace: WaitedTrace, nowMs: number) => Decision
}

const TYPES = [
  ...['always_sample', 'latency', 'numeric_attribute', 'probabilistic', 'status_code'],
  ...['string_attribute', 'boolean_attribute', 'rate_limiting', 'bytes_limiting', 'span_count'],
  ...['trace_state', 'ottl_condition', 'and', 'drop', 'composite', 'not'],
] as const
type PolicyType = (typeof TYPES)[number]

/** A policy within another one. */
interface SubPolicy {
  readonly name: string
  readonly test: TraceTest
}

/** Reads one of `policies` of the processor `tail_sampling`. */
export function readPolicy(node: YamlNode): Policy | undefined {
  const map = node.asMap()
  if (map === undefined) return node.isEmpty ? node.error('an empty policy') : undefined
  const name = map.key('name').asString() ?? ''
  if (name === '') node.error('name must be set')
  const type = readType(map)
  if (type === undefined) {
    map.entries()
    return undefined
  }
  if (type === 'drop') {
    const section = map.key('drop').asMap()
    const policies = readSubPolicies(section?.key('drop_sub_policy'), map.node)
    section?.finish()
    map.finish()
    const test = holdsAll(policies)
    return { name, decide: (trace, nowMs) => (test(trace, nowMs) ? 'drop' : 'pass') }
  }
  const test = readWhole(type, map)
  map.finish()
  return test && { name, decide: (trace, nowMs) => (test(trace, nowMs) ? 'sample' : 'pass') }
}

function readType(map: YamlMap): PolicyType | undefined {
  const node = map.key('type')
  if (node.isEmpty) return map.node.error(`type must be set: one of ${TYPES.join(', ')}`)
  return node.asOneOf(TYPES)
}

/** Those that hold others, besides `and`, stand alone. */
function readWhole(type: PolicyType, map: YamlMap): TraceTest | undefined {
  if (type === 'composite') {
    return readComposite(needSection(map, type), (list) => readSubPolicies(list, map.node))
  }
  if (type !== 'not') return readTest(type, map)
  const section = needSection(map, type)
  const policy = section && readSubPolicy(section.key('not_sub_policy'))
  section?.finish()
  return policy && ((trace, nowMs) => !policy.test(trace, nowMs))
}

function readTest(type: PolicyType, map: YamlMap): TraceTest | undefined {
  switch (type) {
    case 'always_sample':
      return () => true
    case 'latency':
      return readLatency(needSection(map, type))
    case 'numeric_attribute':
      return readNumeric(needSection(map, type))
    case 'string_attribute':
      return readString(needSection(map, type))
    case 'boolean_attribute':
      return readBoolean(needSection(map, type))
    case 'probabilistic':
      return readProbabilistic(needSection(map, type))
    case 'status_code':
      return readStatus(needSection(map, type))
    case 'rate_limiting':
      return readRate(needSection(map, type))
    case 'span_count':
      return readCount(needSection(map, type))
    case 'ottl_condition':
      return readOttl(needSection(map, type))
    case 'and': {
      const section = needSection(map, type)
      const policies = readSubPolicies(section?.key('and_sub_policy'), map.node)
      section?.finish()
      return holdsAll(policies)
    }
    case 'bytes_limiting':
      return readBytesLimiting(needSection(map, type))
    case 'trace_state':
      return readTraceState(needSection(map, type))
    case 'composite':
    case 'not':
    case 'drop':
      map.entries()
      return map.key('type').error(`${type} cannot stand within another policy`)
    default:
      return type satisfies never
  }
}

function readSubPolicies(list: YamlNode | undefined, parent: YamlNode): SubPolicy[] {
  const items = list?.asList() ?? []
  if (items.length === 0) parent.error('needs at least one sub policy')
  return items.flatMap((item) => readSubPolicy(item) ?? [])
}

function readSubPolicy(item: YamlNode): SubPolicy | undefined {
  const map = item.asMap()
  if (map === undefined) return item.isEmpty ? item.error('an empty policy') : undefined
  const name = map.key('name').asString() ?? ''
  const type = readType(map)
  const test = type === undefined ? undefined : readTest(type, map)
  map.finish()
  return test && { name, test }
}

function holdsAll(policies: readonly SubPolicy[]): TraceTest {
  return (trace, nowMs) => policies.every(({ test }) => test(trace, nowMs))
}

function needSection(map: YamlMap, type: PolicyType): YamlMap | undefined {
  const node = map.key(type)
  return node.isEmpty ? map.node.error(`${type} must be set`) : node.asMap()
}

/** From the start of the first span to the end of the last. */
function readLatency(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const least = map.key('threshold_ms').asInteger({ min: 0 }) ?? 0
  const upper = map.key('upper_threshold_ms').asInteger({ min: 0 }) ?? 0
  map.finish()
  return (trace) => {
    let first = 2n ** 63n
    let last = 0n
    for (const { editor, rows } of trace.parts) {
      const { startsNs, durationsNs } = editor.batch
      for (const row of rows) {
        const start = startsNs[row] as bigint
        const end = start + (durationsNs[row] as bigint)
        if (start < first) first = start
        if (end > last) last = end
      }
    }
    const durationMs = Number(last - first) / 1e6
    return upper === 0 ? durationMs >= least : durationMs > least && durationMs <= upper
  }
}

/** The values of an attribute of a span and of its resource, as typed texts. */
function valuesOf(editor: SpanEditor, row: number, key: string): string[] {
  return [editor.attributes.get(row, key), editor.resources.get(editor.ownerOf(row), key)].filter(
    (text) => text !== undefined,
  )
}

function readNumeric(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const key = readKey(map)
  const least = map.key('min_value').asNumber() ?? Number.NEGATIVE_INFINITY
  const most = map.key('max_value').asNumber() ?? Number.POSITIVE_INFINITY
  const isInverted = map.key('invert_match').asBool() ?? false
  map.finish()
  return anySpan(
    (editor, row) =>
      valuesOf(editor, row, key).some((text) => {
        const value = /^[if]/.test(text) ? Number(text.slice(1)) : Number.NaN
        return value >= least && value <= most
      }),
    isInverted,
  )
}

function readString(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const key = readKey(map)
  const isRegex = map.key('enabled_regex_matching').asBool() ?? false
  const items = map.key('values').asList() ?? []
  const tests = items.flatMap((item) => readText(item, isRegex) ?? [])
  map.key('cache_max_size').asInteger()
  const isInverted = map.key('invert_match').asBool() ?? false
  map.finish()
  return anySpan(
    (editor, row) =>
      valuesOf(editor, row, key).some(
        (text) => text.startsWith('s') && tests.some((test) => test(text.slice(1))),
      ),
    isInverted,
  )
}

function readText(item: YamlNode, isRegex: boolean): ((text: string) => boolean) | undefined {
  const wanted = isRegex ? item.asRawString() : item.asString()
  if (wanted === undefined) return undefined
  if (!isRegex) return (text) => text === wanted
  try {
    // Anywhere in the text, as Go's regexes match.
    const regex = compileAnchored(`(?s:.*)(?:${wanted.replaceAll('$$', '$')})(?s:.*)`)
    return (text) => regex.test(text)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return item.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

function readBoolean(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const key = readKey(map)
  const wanted = `b${map.key('value').asBool() ?? false}`
  const isInverted = map.key('invert_match').asBool() ?? false
  map.finish()
  return anySpan((editor, row) => valuesOf(editor, row, key).includes(wanted), isInverted)
}

function readProbabilistic(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const share = (map.key('sampling_percentage').asNumber() ?? 0) / 100
  map.key('hash_salt').asString()
  map.finish()
  return ({ parts }) => {
    const [first] = parts
    return first !== undefined && isSampled(first.editor.batch.traceIds, first.rows[0] ?? 0, share)
  }
}

const STATUSES = ['UNSET', 'OK', 'ERROR'] as const

function readStatus(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const list = map.key('status_codes')
  const wanted = (list.asList() ?? []).flatMap((item) => item.asOneOf(STATUSES) ?? [])
  if (wanted.length === 0) map.node.error(`status_codes must have some of ${STATUSES.join(', ')}`)
  map.finish()
  const numbers = new Set(wanted.map((name) => STATUSES.indexOf(name)))
  return anySpan((editor, row) => numbers.has(editor.statuses.get(row)))
}

/** So many spans a second, over whole seconds. */
function readRate(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const most = map.key('spans_per_second').asInteger({ min: 0 }) ?? 0
  map.finish()
  let second = 0
  let spans = 0
  return (trace, nowMs) => {
    const now = Math.floor(nowMs / 1000)
    if (now !== second) spans = 0
    second = now
    const count = countOf(trace)
    if (spans + count >= most) return false
    spans += count
    return true
  }
}

function readCount(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const least = map.key('min_spans').asInteger({ min: 0 }) ?? 0
  const most = map.key('max_spans').asInteger({ min: 0 }) ?? 0
  map.finish()
  return (trace) => {
    const count = countOf(trace)
    return count >= least && (most === 0 || count <= most)
  }
}

function readOttl(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  map.key('error_mode').asString()
  const conditions = readConditions(map.key('span'), { signal: 'traces', context: 'span' })
  const events = map.key('spanevent')
  if (events.isPresent) events.warnAtKey('has no effect: conditions of events are not looked at')
  map.finish()
  return anySpan((editor, row) => conditions.some((holds) => holds(editor, row)))
}
