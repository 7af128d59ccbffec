import type {
  BinaryField,
  CompareOp,
  Field,
  FieldExpression,
  Static,
  StaticValue,
} from '../../../src/lang/traceql/ast.ts'
import { parse } from '../../../src/lang/traceql/parse.ts'
import { printField, printValue } from '../../../src/lang/traceql/print.ts'
import { quoteString } from '../../../src/model/go-notation.ts'

export type TagOp = CompareOp | '=~' | '!~'

/** A condition on one attribute. */
export interface TagCondition {
  /** As TraceQL writes it: `span.http.method`, `.foo`. */
  readonly name: string
  readonly op: TagOp
  readonly value: string
  /** A text; otherwise a number, a duration, a truth or a word of the language. */
  readonly isText: boolean
}

/** What the search form asks for: spans for which all of it holds. Empty texts ask for nothing. */
export interface TraceForm {
  readonly service: string
  readonly name: string
  readonly status: string
  /** Of the span, as TraceQL writes durations: `1.5s`. */
  readonly minDuration: string
  readonly maxDuration: string
  readonly tags: readonly TagCondition[]
}

export const EMPTY_FORM: TraceForm = {
  ...{ service: '', name: '', status: '', minDuration: '', maxDuration: '', tags: [] },
}

export const STATUSES = ['error', 'ok', 'unset'] as const
const DURATION = /^\d{1,12}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)$/
const BARE = /^(?:-?\d{1,18}(?:\.\d{1,18})?|true|false)$/

export function isDuration(text: string): boolean {
  return DURATION.test(text)
}

/** Whether a value that somebody wrote is rather a number or a truth than a text. */
export function looksBare(value: string): boolean {
  return BARE.test(value)
}

/** The TraceQL of a form; conditions that are not whole are left out. */
export function writeForm({
  service,
  name,
  status,
  minDuration,
  maxDuration,
  tags,
}: TraceForm): string {
  const conditions = [
    ...(service === '' ? [] : [`resource.service.name = ${quoteString(service)}`]),
    ...(name === '' ? [] : [`name = ${quoteString(name)}`]),
    ...(status === '' ? [] : [`status = ${status}`]),
    ...(isDuration(minDuration) ? [`duration >= ${minDuration}`] : []),
    ...(isDuration(maxDuration) ? [`duration <= ${maxDuration}`] : []),
    ...tags.filter((tag) => tag.name !== '' && tag.value !== '').map(writeTag),
  ]
  return conditions.length === 0 ? '{}' : `{ ${conditions.join(' && ')} }`
}

function writeTag({ name, op, value, isText }: TagCondition): string {
  return `${name} ${op} ${isText || op === '=~' || op === '!~' ? quoteString(value) : value}`
}

/** The form that a query can be written by; undefined where it asks for more than a form can say. */
export function readForm(query: string): TraceForm | undefined {
  if (query.trim() === '') return EMPTY_FORM
  const found = parse(query).query
  if (found?.body.kind !== 'pipeline' || found.hints.length > 0) return undefined
  const [stage, ...others] = found.body.stages
  if (stage?.kind !== 'spanset_filter' || others.length > 0) return undefined
  const { condition } = stage
  const isAll = condition.kind === 'static' && condition.value.type === 'boolean'
  if (isAll) return condition.value.value ? EMPTY_FORM : undefined
  return conjunction(condition).reduce<TraceForm | undefined>(
    (form, one) => form && withCondition(form, one),
    EMPTY_FORM,
  )
}

function conjunction(condition: FieldExpression): readonly FieldExpression[] {
  return condition.kind === 'binary' && condition.op === '&&'
    ? [...conjunction(condition.left), ...conjunction(condition.right)]
    : [condition]
}

function withCondition(form: TraceForm, condition: FieldExpression): TraceForm | undefined {
  if (condition.kind !== 'binary' || condition.right.kind !== 'static') return undefined
  const { left, right } = condition
  if (left.kind !== 'attribute' && left.kind !== 'intrinsic') return undefined
  const op = toTagOp(condition)
  if (op === undefined) return undefined
  const key = keyOf(left, op, right.value.type)
  if (key !== undefined && form[key] === '') return { ...form, [key]: textOf(right) }
  const isText = right.value.type === 'string'
  const tag = { name: printField(left), op, value: textOf(right), isText }
  return { ...form, tags: [...form.tags, tag] }
}

function toTagOp({ op }: BinaryField): TagOp | undefined {
  const ops: readonly TagOp[] = ['=', '!=', '<', '<=', '>', '>=', '=~', '!~']
  return ops.find((known) => known === op)
}

/** The place of the form that is there for a condition. */
function keyOf(
  field: Field,
  op: TagOp,
  type: StaticValue['type'],
): Exclude<keyof TraceForm, 'tags'> | undefined {
  if (field.kind === 'attribute') {
    const isService = field.scope === 'resource' && field.name === 'service.name'
    return isService && !field.isParent && op === '=' && type === 'string' ? 'service' : undefined
  }
  if (field.name === 'name' && op === '=' && type === 'string') return 'name'
  if (field.name === 'status' && op === '=' && type === 'status') return 'status'
  if (field.name !== 'duration' || type !== 'duration') return undefined
  return op === '>=' ? 'minDuration' : op === '<=' ? 'maxDuration' : undefined
}

function textOf({ value }: Static): string {
  return value.type === 'string' ? value.value : printValue(value)
}
