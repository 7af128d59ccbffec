import type { Stage } from '../../lang/logql/ast.ts'
import { compilePipeline, type Pipeline } from '../../lang/logql/pipeline/compile.ts'
import { jsonPaths } from '../../lang/logql/pipeline/json-paths.ts'
import { parseBytes, parseGoDurationNs, parseGoFloat } from '../../lang/logql/quantity.ts'
import { Labels } from '../../model/labels.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { ResultEntry, ResultStream } from './logql.ts'

/** What the values of a field look like. */
export type FieldType = 'int' | 'float' | 'boolean' | 'duration' | 'bytes' | 'string'

/** A label that lines have, besides those of their streams. */
export interface DetectedField {
  readonly label: string
  /** By the value that was seen last, as in Loki. */
  readonly type: FieldType
  /** How many different values were seen. */
  readonly cardinality: number
  /** The parsers that make it of lines; none for structured metadata. */
  readonly parsers: readonly Parser[]
  /** Of a field of JSON, the keys that lead to it. */
  readonly jsonPath: readonly string[]
}

type Parser = 'json' | 'logfmt'

/** Two parsers for each line, in units of one sample. */
const LINE_UNITS = 60
const BYTES_PER_UNIT = 8

const EXTRACTED = '_extracted'
/** Labels that tell of faults of the pipeline, not of the line. */
const NO_FIELDS = new Set(['__error__', '__error_details__', '__preserve_error__'])

/**
 * The fields of lines: what their structured metadata and the query's own stages give, and what `json`, or else `logfmt`, finds in
 * their texts (Loki's queryrange/detected_fields.go). At most `limit` fields.
 */
export async function detectFields(
  streams: readonly ResultStream[],
  limit: number,
): Promise<readonly DetectedField[]> {
  const fields = new Map<string, Field>()
  await forEachEntry(streams, (entry, found) => {
    const note = (label: string, value: string, parser?: Parser): Field | undefined => {
      let field = fields.get(label)
      if (field === undefined) {
        if (fields.size >= limit) return undefined
        field = new Field()
        fields.set(label, field)
      }
      field.values.add(value)
      field.lastValue = value
      if (parser !== undefined) field.parsers.add(parser)
      return field
    }
    for (const [label, value] of pairsOf(entry.structuredMetadata)) note(label, value)
    for (const [label, value] of pairsOf(entry.parsed)) note(label, value, found.parser)
    let paths: ReturnType<typeof jsonPaths> | undefined
    for (const [label, value] of pairsOf(found.labels)) {
      const field = note(label, value, found.parser)
      if (field === undefined || found.parser !== 'json' || field.jsonPath.length > 0) continue
      paths ??= jsonPaths(entry.line)
      field.jsonPath = paths.get(label) ?? paths.get(withoutSuffix(label)) ?? []
    }
  })
  return Array.from(fields, ([label, field]) => ({
    label,
    type: typeOf(field.lastValue),
    cardinality: field.values.size,
    parsers: [...field.parsers],
    jsonPath: field.jsonPath,
  }))
}

/** The values of one field. Sizes are written so that a query can hold them. */
export async function detectFieldValues(
  streams: readonly ResultStream[],
  name: string,
  limit: number,
): Promise<readonly string[]> {
  const values = new Set<string>()
  await forEachEntry(streams, (entry, found) => {
    if (values.size >= limit) return
    for (const [label, value] of pairsOf(entry.structuredMetadata)) {
      if (label === name) values.add(value)
    }
    for (const labels of [entry.parsed, found.labels]) {
      for (const [label, value] of pairsOf(labels)) {
        if (label === name) values.add(normalizeSize(value))
      }
    }
  })
  return [...values].slice(0, limit)
}

class Field {
  readonly values = new Set<string>()
  readonly parsers = new Set<Parser>()
  lastValue = ''
  jsonPath: readonly string[] = []
}

interface FoundInText {
  readonly labels: Labels
  readonly parser?: Parser
}

const NOTHING: FoundInText = { labels: Labels.EMPTY }

async function forEachEntry(
  streams: readonly ResultStream[],
  visit: (entry: ResultEntry, found: FoundInText) => void,
): Promise<void> {
  const parse = createParser()
  const slices = new Slices()
  for (const { labels, entries } of streams) {
    for (const entry of entries) {
      visit(entry, parse(entry, labels))
      if (slices.spend(LINE_UNITS + entry.line.length / BYTES_PER_UNIT)) await slices.rest()
    }
  }
}

const NOWHERE = { start: 0, end: 0 }
const JSON_STAGE: Stage = { kind: 'json', extractions: [], ...NOWHERE }
const LOGFMT_STAGE: Stage = {
  ...{ kind: 'logfmt', extractions: [], ...NOWHERE },
  ...{ strict: false, keepEmpty: false },
}

/** What is found in the text of a line: by `json` where it is JSON, else by `logfmt`. */
function createParser(): (entry: ResultEntry, stream: Labels) => FoundInText {
  const json = compilePipeline([JSON_STAGE])
  const logfmt = compilePipeline([LOGFMT_STAGE])
  const run = (pipeline: Pipeline, entry: ResultEntry, stream: Labels): Labels | undefined => {
    const done = pipeline.process(entry.line, stream, Labels.EMPTY, entry.timestampNs)
    return done?.parsed.has('__error__') === false ? done.parsed : undefined
  }
  return (entry, stream) => {
    const ofJson = run(json, entry, stream)
    if (ofJson !== undefined) return { labels: ofJson, parser: 'json' }
    const ofLogfmt = run(logfmt, entry, stream)
    return ofLogfmt === undefined ? NOTHING : { labels: ofLogfmt, parser: 'logfmt' }
  }
}

function* pairsOf({ flat }: Labels): Generator<readonly [string, string]> {
  for (let i = 0; i < flat.length; i += 2) {
    const label = flat[i] as string
    if (!NO_FIELDS.has(label)) yield [label, flat[i + 1] as string]
  }
}

function withoutSuffix(label: string): string {
  return label.endsWith(EXTRACTED) ? label.slice(0, -EXTRACTED.length) : label
}

const BOOLEAN = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/

function typeOf(value: string): FieldType {
  if (isInt64(value)) return 'int'
  if ('value' in parseGoFloat(value)) return 'float'
  if (BOOLEAN.test(value)) return 'boolean'
  if ('value' in parseGoDurationNs(value)) return 'duration'
  return 'value' in parseBytes(value) ? 'bytes' : 'string'
}

function isInt64(value: string): boolean {
  if (!/^[+-]?[0-9]{1,19}$/.test(value)) return false
  const number = BigInt(value.replace('+', ''))
  return number === BigInt.asIntN(64, number)
}

const SIZE_UNIT = /(?:b|[kmgtpe]i?)$/i
const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** A size as go-humanize writes it, without the blank, which LogQL does not read; what is no size with a unit stays. */
function normalizeSize(value: string): string {
  if (!SIZE_UNIT.test(value)) return value
  const read = parseBytes(value)
  if (!('value' in read)) return value
  let number = read.value
  if (number < 10) return `${number}B`
  let unit = 0
  while (number >= 1000 && unit < DECIMAL_UNITS.length - 1) {
    number /= 1000
    unit++
  }
  const rounded = Math.floor(number * 10 + 0.5) / 10
  return `${rounded < 10 ? rounded.toFixed(1) : rounded.toFixed(0)}${DECIMAL_UNITS[unit]}`
}
