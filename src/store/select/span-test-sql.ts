import type { Labels } from '../../model/labels.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { ScalarTest, SpanTest } from '../span-tally.ts'
import { decimalId } from './read-samples.ts'
import { wholeText } from './span-conditions.ts'
import { literal } from './sql-literal.ts'

/** More resources than this are not listed in a statement. */
const MAX_LISTED_IDS = 5000
/** The first letters of lists (model/attribute-value.ts). */
const LISTS = "('S', 'I', 'F', 'B')"
const TRACE_ID = /^[0-9a-f]{32}$/

/** A test as SQL: what surely holds, and what may hold because the engine cannot tell. Equal texts: it can always tell. */
export interface TestSql {
  readonly sure: string
  readonly maybe: string
}

/** Undefined when the engine cannot decide, as of too many resources. Texts are written in hexadecimal: they stay text. */
export function spanTestSql(test: SpanTest, index: SeriesIndex): TestSql | undefined {
  switch (test.kind) {
    case 'any':
      return exactly('1')
    case 'and':
    case 'or':
      return joined(test.kind === 'and' ? ' AND ' : ' OR ', test.of, index)
    case 'not': {
      const inner = spanTestSql(test.of, index)
      return inner && { sure: `NOT (${inner.maybe})`, maybe: `NOT (${inner.sure})` }
    }
    case 'attribute':
      return scalarSql(attributeSql(test.name), test.test)
    case 'resource':
      return mapped(listedResources(index, test.accepts), exactly)
    case 'anywhere':
      return anywhereSql(test, index)
    case 'column':
      return exactly(textSql(test.column, test.op, test.value))
    case 'number':
      return exactly(`${test.column} ${test.op} ${test.value}`)
    case 'root':
      return exactly('parent = 0')
    default:
      return TRACE_ID.test(test.id) ? exactly(`trace = unhex('${test.id}')`) : undefined
  }
}

/** The typed text of an attribute; empty when the span has none. */
export function attributeSql(name: string): string {
  return `attrs[${literal(name)}]`
}

/** Whether the span has nothing under the name itself, but an event or a link may. */
export function isElsewhereSql(name: string): string {
  const quoted = literal(JSON.stringify(name))
  return `(${attributeSql(name)} = '' AND (position(events, ${quoted}) > 0 OR position(links, ${quoted}) > 0))`
}

/** `res IN (…)` for the resources that are accepted. */
export function listedResources(
  index: SeriesIndex,
  accepts: (attributes: Labels) => boolean,
): string | undefined {
  const accepted: SeriesRef[] = []
  const others: SeriesRef[] = []
  for (const ref of index.all()) (accepts(index.labelsOf(ref)) ? accepted : others).push(ref)
  if (others.length === 0) return '1'
  if (accepted.length === 0) return '0'
  const list = (refs: readonly SeriesRef[]): string =>
    `(${refs.map((ref) => decimalId(index, ref)).join(',')})`
  if (accepted.length <= MAX_LISTED_IDS) return `res IN ${list(accepted)}`
  return others.length <= MAX_LISTED_IDS ? `res NOT IN ${list(others)}` : undefined
}

function anywhereSql(
  { name, test, accepts }: Extract<SpanTest, { kind: 'anywhere' }>,
  index: SeriesIndex,
): TestSql | undefined {
  const resources = listedResources(index, accepts)
  const missing = listedResources(index, (attributes) => (attributes.get(name) ?? '') === '')
  if (resources === undefined || missing === undefined) return undefined
  const value = attributeSql(name)
  const own = scalarSql(value, test)
  const elsewhere = `(${missing} AND ${isElsewhereSql(name)})`
  const onResource = `(${value} = '' AND ${resources})`
  return {
    sure: `((${own.sure} OR ${onResource}) AND NOT ${elsewhere})`,
    maybe: `(${own.maybe} OR ${onResource} OR ${elsewhere})`,
  }
}

function scalarSql(value: string, test: ScalarTest): TestSql {
  if (test.kind === 'exists') return exactly(`${value} != ''`)
  const sure = sureSql(value, test)
  return { sure, maybe: `(${sure} OR ${firstLetter(value)} IN ${LISTS})` }
}

function sureSql(value: string, test: Exclude<ScalarTest, { kind: 'exists' }>): string {
  switch (test.kind) {
    case 'text': {
      const { op } = test
      if (op === '=')
        return `${value} IN (${['s', 'x', 'j'].map((letter) => literal(letter + test.value)).join(',')})`
      const rest = textSql(`substring(${value}, 2)`, op, test.value)
      return `(${firstLetter(value)} IN ('s', 'x', 'j') AND ${rest})`
    }
    case 'number': {
      const number = numberSql(test.value)
      const rest = `substring(${value}, 2)`
      return `((startsWith(${value}, 'i') AND toInt64OrZero(${rest}) ${test.op} ${number}) OR (startsWith(${value}, 'f') AND toFloat64OrZero(${rest}) ${test.op} ${number}))`
    }
    default:
      return test.op === '='
        ? `${value} = 'b${test.value}'`
        : `(startsWith(${value}, 'b') AND ${value} != 'b${test.value}')`
  }
}

function numberSql(value: number): string {
  return Number.isInteger(value) ? `toInt64(${BigInt(value)})` : `toFloat64(${value})`
}

function textSql(column: string, op: '=' | '!=' | '=~' | '!~', value: string): string {
  if (op === '=' || op === '!=') return `${column} ${op} ${literal(value)}`
  const found = `match(${column}, ${literal(wholeText(value))})`
  return op === '=~' ? found : `NOT ${found}`
}

function firstLetter(value: string): string {
  return `substring(${value}, 1, 1)`
}

function joined(
  joint: ' AND ' | ' OR ',
  tests: readonly SpanTest[],
  index: SeriesIndex,
): TestSql | undefined {
  const parts = tests.map((test) => spanTestSql(test, index))
  const known = parts.filter((part) => part !== undefined)
  if (known.length < parts.length) return undefined
  const all = (side: keyof TestSql): string => `(${known.map((part) => part[side]).join(joint)})`
  return known.length === 0 ? exactly('1') : { sure: all('sure'), maybe: all('maybe') }
}

function exactly(sql: string): TestSql {
  return { sure: sql, maybe: sql }
}

function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value)
}
