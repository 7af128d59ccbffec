import type { CompareOp, IpFilter, LabelFilter, ValueFilter } from '../ast.ts'
import { containsIp, parseIpRange } from '../ip.ts'
import { parseBytes, parseGoDurationNs, parseGoFloat, type Quantity } from '../quantity.ts'
import { matcher } from '../../../model/matcher.ts'
import { Problem } from '../../../model/problem.ts'
import { ERROR_LABEL, type LineLabels } from './line-labels.ts'
import type { ReadyStage } from './stage.ts'

export function labelFilterStage(filter: LabelFilter): ReadyStage {
  const test = compileLabelFilter(filter)
  return { needs: namesOf(filter), run: ({ labels }) => test(labels) }
}

/** Whether the labels of a line pass a filter. A label that cannot be read marks the line with an error and lets it pass. */
export function compileLabelFilter(filter: LabelFilter): (labels: LineLabels) => boolean {
  switch (filter.kind) {
    case 'string': {
      const { name, op, value } = filter.matcher
      const own = matcher(name, op, value)
      if (name === ERROR_LABEL) return (labels) => own.matches(labels.error)
      return (labels) => own.matches(labels.get(name) ?? '')
    }
    case 'number':
      return compileValueFilter(filter, parseGoFloat)
    case 'duration':
      return compileValueFilter(filter, parseGoDurationNs)
    case 'bytes':
      return compileValueFilter(filter, parseBytes)
    case 'ip':
      return compileIpFilter(filter)
    case 'and':
    case 'or':
      return compileBinary(filter)
    default:
      return filter satisfies never
  }
}

/** With `and`, the right side is looked at even when the left one fails, since it may mark the line: so does Loki. */
function compileBinary(
  filter: Extract<LabelFilter, { kind: 'and' | 'or' }>,
): (labels: LineLabels) => boolean {
  const left = compileLabelFilter(filter.left)
  const right = compileLabelFilter(filter.right)
  if (filter.kind === 'or') return (labels) => left(labels) || right(labels)
  return (labels) => {
    const passes = left(labels)
    return right(labels) && passes
  }
}

function compileValueFilter(
  { name, op, value }: ValueFilter,
  read: (text: string) => Quantity,
): (labels: LineLabels) => boolean {
  const compare = COMPARE[op]
  return (labels) => {
    const text = labels.get(name)
    if (text === undefined) return false
    const own = read(text)
    if ('value' in own) return compare(own.value, value)
    if (labels.error === '') labels.fail('LabelFilterErr', own.fault)
    return true
  }
}

const COMPARE: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
}

function compileIpFilter({ name, op, text: wanted }: IpFilter): (labels: LineLabels) => boolean {
  const range = parseIpRange(wanted)
  if (!range) throw new Problem('bad_data', `ip: invalid pattern: ${JSON.stringify(wanted)}`)
  return (labels) => {
    // Of lines with an error only filters of texts take any away.
    if (labels.error !== '') return true
    const text = labels.get(name)
    return text !== undefined && containsIp(text, range) === (op === '=')
  }
}

/** The labels that a filter looks at. */
export function namesOf(filter: LabelFilter): string[] {
  switch (filter.kind) {
    case 'string':
      return [filter.matcher.name]
    case 'and':
    case 'or':
      return [...namesOf(filter.left), ...namesOf(filter.right)]
    case 'number':
    case 'duration':
    case 'bytes':
    case 'ip':
      return [filter.name]
    default:
      return filter satisfies never
  }
}
