import type { LinePattern, TallyRequest } from '../lines-source.ts'
import { formCondition, rawField } from './line-form-sql.ts'
import { needleCondition } from './needle-sql.ts'
import { literal } from './sql-literal.ts'

/** Conditions on the text of lines. */
export interface TextConditions {
  readonly needles: readonly string[]
  readonly patterns: readonly string[]
}

/** Undefined when the engine cannot decide all of them exactly. */
export function textConditions({ needles, patterns }: TallyRequest): TextConditions | undefined {
  const decided = needles.map(needleCondition)
  const known = decided.filter((condition) => condition !== undefined)
  if (known.length < decided.length) return undefined
  return { needles: known, patterns: patterns.map(patternCondition) }
}

/** The condition that a pattern puts on column `body`. In LogQL a dot is no line break, unlike in the engine. */
export function patternCondition({ source, isAbsent }: LinePattern): string {
  const found = `match(body, ${literal(`(?-s:${source})`)})`
  return isAbsent ? `NOT ${found}` : found
}

/** What of a statement depends on what is stored. */
export interface StatementParts {
  readonly where: readonly string[]
  readonly patterns: readonly string[]
  readonly place: string
  /** Lines of one stream and nanosecond are told apart by their texts. */
  readonly isByText: boolean
  /** Lines are told apart by their structured metadata; else it is only told how many have any. */
  readonly isByMetadata: boolean
}

/**
 * The statement that counts the lines of one step by windows, place, metadata and fields. It is made of whole numbers, names in
 * hexadecimal and conditions made of such only.
 */
export function tallySql(
  { form, labels, sumsBytes, firstEndNs, stepNs, steps, rangeNs }: TallyRequest,
  { where, patterns, place, isByText, isByMetadata }: StatementParts,
): string {
  const condition = formCondition(form)
  const isOther = condition === undefined ? 'false' : `NOT ${condition}`
  const pass = patterns.length === 0 ? '' : ` AND (other OR ${patterns.join(' AND ')})`
  const names = labels?.map(literal).join(',')
  const meta =
    names === undefined ? 'meta' : `mapFilter((name, value) -> has([${names}], name), meta)`
  const { fields } = form
  const raw = fields?.names.map((name) => `if(other, '', ${rawField(fields, name)})`) ?? []
  const keys = ['first', 'end', 'other', 'place', ...raw.map((_, i) => `raw${i}`)]
  if (isByMetadata) keys.push('meta_names', 'meta_values')
  const columns = [
    'toUnixTimestamp64Nano(ts) AS ns',
    `ns - toInt64(${firstEndNs}) AS t`,
    `${isOther} AS other`,
    `toUInt32(if(other OR t <= 0, 0, intDiv(t + ${stepNs - 1n}, ${stepNs}))) AS first`,
    `toUInt32(if(other, 0, least(${steps}, intDiv(t + ${rangeNs + stepNs - 1n}, ${stepNs})))) AS end`,
    `${place} AS place`,
    ...(isByMetadata
      ? [`mapKeys(${meta}) AS meta_names`, `mapValues(${meta}) AS meta_values`]
      : ['notEmpty(meta) AS is_described']),
    ...raw.map((column, i) => `${column} AS raw${i}`),
    `cityHash64(id, ts${isByText ? ', body, meta' : ''}) AS line`,
    `${sumsBytes ? '{body_bytes}' : '0'} AS size`,
  ]
  const described = isByMetadata ? 'toFloat64(0)' : 'toFloat64(countIf(is_described))'
  return `SELECT ${keys.join(', ')}, ${described} AS described_lines, toFloat64(count()) AS lines, toFloat64(uniqExact(line)) AS distinct_lines,
      toFloat64(sum(size)) AS bytes, toFloat64(min(t)) AS time, min(ns) AS earliest, max(ns) AS latest
    FROM (SELECT ${columns.join(', ')} FROM {db}.lines WHERE ${where.join(' AND ')}${pass})
    WHERE other OR end > first GROUP BY ${keys.join(', ')}`
}
