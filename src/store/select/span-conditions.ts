import type { SeriesIndex } from '../series/series-index.ts'
import type { AttributeTest, SpanCondition } from '../spans-source.ts'
import { decimalId } from './read-samples.ts'
import { literal } from './sql-literal.ts'

/** More resources than this are told apart by whoever reads. */
const MAX_LISTED_IDS = 5000
const HEX = /^[0-9a-f]+$/

/**
 * A condition as SQL. Texts are written in hexadecimal, so whatever is in them stays text; all else are whole numbers and words of our
 * own.
 */
export function spanConditionSql(condition: SpanCondition, index: SeriesIndex): string {
  switch (condition.kind) {
    case 'any':
      return '1'
    case 'and':
    case 'or': {
      const parts = condition.of.map((part) => spanConditionSql(part, index))
      const joint = condition.kind === 'and' ? ' AND ' : ' OR '
      return parts.length === 0 ? '1' : `(${parts.join(joint)})`
    }
    case 'attribute':
      return attributeSql(`attrs[${literal(condition.name)}]`, condition.test)
    case 'resource':
      return resourceSql(condition.accepts, index)
    case 'text': {
      const { column, op, value } = condition
      if (op === '=~') return `match(${column}, ${literal(wholeText(value))})`
      return `${column} ${op} ${literal(value)}`
    }
    case 'number':
      return `${condition.column} ${condition.op} ${condition.value}`
    case 'root':
      return 'parent = 0'
    case 'id':
      return idSql(condition.column, condition.value)
    default:
      return insideSql(condition.column, condition.text)
  }
}

/** Whether the attributes, events or links of spans have to be read for a condition, which are most of what a span is. */
export function readsMuch(condition: SpanCondition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.some(readsMuch)
    case 'attribute':
    case 'inside':
      return true
    default:
      return false
  }
}

/** The filters of words are asked by `LIKE` only, and only of texts without its special characters. */
function insideSql(column: 'events' | 'links', text: string): string {
  const found = `position(${column}, ${literal(text)}) > 0`
  if (/[%_\\]/.test(text)) return found
  return `(${column} LIKE ${literal(`%${text}%`)} AND ${found})`
}

function attributeSql(value: string, test: AttributeTest): string {
  switch (test.kind) {
    case 'exists':
      return `${value} != ''`
    case 'equals': {
      const listed = [...new Set(test.texts.map((text) => (text[0] ?? 's').toUpperCase()))]
      const lists = listed.map(
        (letter) => `(lists = 1 AND startsWith(${value}, ${literal(letter)}))`,
      )
      return `(${[`${value} IN (${test.texts.map(literal).join(',')})`, ...lists].join(' OR ')})`
    }
    case 'order': {
      // Doubles are coarser than integers of 64 bits: what is near enough may be it.
      const op = test.op === '<' || test.op === '<=' ? '<=' : '>='
      const number = `toFloat64OrZero(substring(${value}, 2)) ${op} ${test.value}`
      const isNumber = `(startsWith(${value}, 'i') OR startsWith(${value}, 'f'))`
      return `((${isNumber} AND ${number}) OR startsWith(${value}, 'I') OR startsWith(${value}, 'F'))`
    }
    default: {
      const fits = `match(substring(${value}, 2), ${literal(wholeText(test.pattern))})`
      return `((startsWith(${value}, 's') AND ${fits}) OR startsWith(${value}, 'S'))`
    }
  }
}

function resourceSql(
  accepts: Extract<SpanCondition, { kind: 'resource' }>['accepts'],
  index: SeriesIndex,
): string {
  const accepted = index.all().filter((ref) => accepts(index.labelsOf(ref)))
  if (accepted.length === index.size || accepted.length > MAX_LISTED_IDS) return '1'
  if (accepted.length === 0) return '0'
  return `res IN (${accepted.map((ref) => decimalId(index, ref)).join(',')})`
}

function idSql(column: 'trace' | 'span' | 'parent', value: string): string {
  const digits = column === 'trace' ? 32 : 16
  if (!HEX.test(value) || value.length > digits) return '0'
  const padded = value.padStart(digits, '0')
  return column === 'trace' ? `trace = unhex('${padded}')` : `${column} = ${BigInt(`0x${padded}`)}`
}

/** RE2, with `.` matching newlines, as all patterns here are. */
export function wholeText(pattern: string): string {
  return `^(?s:${pattern})$`
}
