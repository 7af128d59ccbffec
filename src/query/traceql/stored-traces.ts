import type { Field } from '../../lang/traceql/ast.ts'
import { type AttributeValue, decodeAttribute } from '../../model/attribute-value.ts'
import type { SpanRows } from '../../store/spans-source.ts'
import type { FieldValue } from './field-value.ts'
import {
  LOST_PARENT,
  NO_PARENT,
  numberSpans,
  type NestedSets,
  type TraceView,
} from './trace-view.ts'

export const KINDS = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const
export const STATUSES = ['unset', 'ok', 'error'] as const
/** What Tempo says of a trace whose root has not come. */
const NO_ROOT_NAME = ''

/** An event or a link, as the store writes it. */
type Part = readonly [unknown, unknown, unknown, unknown?]

/** One of the traces that were read: a part of the rows. Row 0 is row `begin` of `rows`. */
export class StoredTrace implements TraceView {
  readonly rows: SpanRows
  readonly begin: number
  readonly length: number
  readonly parentRow: Int32Array
  #sets: NestedSets | undefined
  #childCounts: Int32Array | undefined
  readonly #parts = new Map<string, readonly Part[]>()

  constructor(rows: SpanRows, begin: number, end: number) {
    this.rows = rows
    this.begin = begin
    this.length = end - begin
    const places = new Map<string, number>()
    for (let row = 0; row < this.length; row++) places.set(rows.spanIds[begin + row] ?? '', row)
    this.parentRow = Int32Array.from({ length: this.length }, (_, row) => {
      const parent = rows.parentIds[begin + row] ?? ''
      return parent === '' ? NO_PARENT : (places.get(parent) ?? LOST_PARENT)
    })
  }

  get traceId(): string {
    return this.rows.traceIds[this.begin] ?? ''
  }

  get sets(): NestedSets {
    return (this.#sets ??= numberSpans(this))
  }

  /** The row of the root; of several, that which begins first; -1: it has not come. */
  get rootRow(): number {
    let root = -1
    for (let row = 0; row < this.length; row++) {
      if (this.parentRow[row] !== NO_PARENT) continue
      if (root < 0 || this.startNs(row) < this.startNs(root)) root = row
    }
    return root
  }

  spanIdOf(row: number): string {
    return this.rows.spanIds[this.begin + row] ?? ''
  }

  startNs(row: number): bigint {
    return this.rows.startsNs[this.begin + row] ?? 0n
  }

  durationNs(row: number): bigint {
    return this.rows.durationsNs[this.begin + row] ?? 0n
  }

  /** From when to when the trace goes. */
  bounds(): { readonly startNs: bigint; readonly endNs: bigint } {
    let startNs = this.startNs(0)
    let endNs = startNs
    for (let row = 0; row < this.length; row++) {
      const start = this.startNs(row)
      const end = start + this.durationNs(row)
      if (start < startNs) startNs = start
      if (end > endNs) endNs = end
    }
    return { startNs, endNs }
  }

  nameOf(row: number): string {
    return this.rows.names[this.begin + row] ?? NO_ROOT_NAME
  }

  serviceOf(row: number): string {
    const service = this.rows.resources[this.begin + row]?.get('service.name') ?? ''
    return service === '' ? '' : String(decodeAttribute(service).value)
  }

  fieldOf(row: number, field: Field): FieldValue | undefined {
    if (field.kind === 'intrinsic') return this.#intrinsic(row, field.name)
    const { scope, name } = field
    switch (scope) {
      case 'span':
        return this.#attribute(row, name)
      case 'resource':
        return this.#resource(row, name)
      case 'event':
        return this.#partAttribute('events', row, name)
      case 'link':
        return this.#partAttribute('links', row, name)
      case 'instrumentation':
        return this.#scopeAttribute(row, name)
      default:
        return (
          this.#attribute(row, name) ??
          this.#resource(row, name) ??
          this.#partAttribute('events', row, name) ??
          this.#partAttribute('links', row, name)
        )
    }
  }

  /** The attributes of a span and of its resource. */
  eachAttribute(
    row: number,
    take: (scope: 'span' | 'resource', name: string, value: FieldValue) => void,
  ): void {
    const { offsets, keys, values } = this.rows.attributes
    const end = offsets[this.begin + row + 1] ?? 0
    for (let i = offsets[this.begin + row] ?? 0; i < end; i++)
      take('span', keys[i] ?? '', toFieldValue(decodeAttribute(values[i] ?? '')))
    const flat = this.rows.resources[this.begin + row]?.flat ?? []
    for (let i = 0; i < flat.length; i += 2)
      take('resource', flat[i] ?? '', toFieldValue(decodeAttribute(flat[i + 1] ?? '')))
  }

  #attribute(row: number, name: string): FieldValue | undefined {
    const { offsets, keys, values } = this.rows.attributes
    const end = offsets[this.begin + row + 1] ?? 0
    for (let i = offsets[this.begin + row] ?? 0; i < end; i++)
      if (keys[i] === name) return toFieldValue(decodeAttribute(values[i] ?? ''))
    return undefined
  }

  #resource(row: number, name: string): FieldValue | undefined {
    const value = this.rows.resources[this.begin + row]?.get(name) ?? ''
    return value === '' ? undefined : toFieldValue(decodeAttribute(value))
  }

  #intrinsic(
    row: number,
    name: Extract<Field, { kind: 'intrinsic' }>['name'],
  ): FieldValue | undefined {
    const at = this.begin + row
    const { rows } = this
    switch (name) {
      case 'name':
        return text(rows.names[at])
      case 'duration':
        return { type: 'duration', value: this.durationNs(row) }
      case 'status':
        return { type: 'status', value: STATUSES[rows.statuses[at] ?? 0] ?? 'unset' }
      case 'statusMessage':
        return text(rows.messages[at])
      case 'kind':
        return { type: 'kind', value: KINDS[rows.kinds[at] ?? 0] ?? 'unspecified' }
      case 'span:id':
        return text(rows.spanIds[at])
      case 'span:parentID':
        return text(rows.parentIds[at])
      case 'trace:id':
        return text(this.traceId)
      default:
        return this.#ofTrace(row, name) ?? this.#ofParts(row, name)
    }
  }

  #ofTrace(
    row: number,
    name: Extract<Field, { kind: 'intrinsic' }>['name'],
  ): FieldValue | undefined {
    switch (name) {
      case 'rootName':
        return this.rootRow < 0 ? undefined : text(this.nameOf(this.rootRow))
      case 'rootServiceName':
        return this.rootRow < 0 ? undefined : text(this.serviceOf(this.rootRow))
      case 'traceDuration': {
        const { startNs, endNs } = this.bounds()
        return { type: 'duration', value: endNs - startNs }
      }
      case 'nestedSetLeft':
        return integer(this.sets.left[row])
      case 'nestedSetRight':
        return integer(this.sets.right[row])
      case 'nestedSetParent':
        return integer(this.sets.parent[row])
      case 'span:childCount':
        return integer(this.#countChildren()[row])
      default:
        return undefined
    }
  }

  #ofParts(
    row: number,
    name: Extract<Field, { kind: 'intrinsic' }>['name'],
  ): FieldValue | undefined {
    switch (name) {
      case 'event:name':
        return strings(this.#partsOf('events', row).map((part) => String(part[1])))
      case 'event:timeSinceStart': {
        const [first] = this.#partsOf('events', row)
        return first && { type: 'duration', value: BigInt(Math.trunc(Number(first[0]))) }
      }
      case 'link:traceID':
        return strings(this.#partsOf('links', row).map((part) => String(part[0])))
      case 'link:spanID':
        return strings(this.#partsOf('links', row).map((part) => String(part[1])))
      case 'instrumentation:name':
        return text(this.#scopeOf(row)[0])
      case 'instrumentation:version':
        return text(this.#scopeOf(row)[1])
      default:
        return undefined
    }
  }

  #countChildren(): Int32Array {
    if (this.#childCounts) return this.#childCounts
    const counts = new Int32Array(this.length)
    for (const parent of this.parentRow) if (parent >= 0) counts[parent] = (counts[parent] ?? 0) + 1
    return (this.#childCounts = counts)
  }

  #partsOf(column: 'events' | 'links', row: number): readonly Part[] {
    const json = this.rows[column][this.begin + row] ?? ''
    if (json === '') return []
    const known = this.#parts.get(json)
    if (known) return known
    const found: unknown = JSON.parse(json)
    const parts = Array.isArray(found) ? found.filter(isPart) : []
    this.#parts.set(json, parts)
    return parts
  }

  /** The values that events or links have for a name: one as it is, several as a list. */
  #partAttribute(column: 'events' | 'links', row: number, name: string): FieldValue | undefined {
    const place = column === 'events' ? 2 : 3
    const found = this.#partsOf(column, row)
      .map((part) => textIn(part[place], name))
      .filter((value) => value !== undefined)
      .map((value) => toFieldValue(decodeAttribute(value)))
    const [first] = found
    if (found.length <= 1 || found.some((value) => value.type !== 'string')) return first
    return strings(found.map((value) => String(value.value)))
  }

  #scopeOf(row: number): readonly [string, string, unknown] {
    const json = this.rows.scopes[this.begin + row] ?? ''
    const found: unknown = json === '' ? [] : JSON.parse(json)
    const parts: readonly unknown[] = Array.isArray(found) ? found : []
    return [textOf(parts[0]), textOf(parts[1]), parts[2]]
  }

  #scopeAttribute(row: number, name: string): FieldValue | undefined {
    const value = textIn(this.#scopeOf(row)[2], name)
    return value === undefined ? undefined : toFieldValue(decodeAttribute(value))
  }
}

/** Each trace of the rows, in their order. */
export function tracesOf(rows: SpanRows): StoredTrace[] {
  const traces: StoredTrace[] = []
  for (let begin = 0; begin < rows.length;) {
    let end = begin + 1
    while (end < rows.length && rows.traceIds[end] === rows.traceIds[begin]) end++
    traces.push(new StoredTrace(rows, begin, end))
    begin = end
  }
  return traces
}

/** An attribute as queries see it: bytes and maps are texts. */
export function toFieldValue(value: AttributeValue): FieldValue {
  if (value.type === 'bytes' || value.type === 'json') return { type: 'string', value: value.value }
  return value
}

function isPart(value: unknown): value is Part {
  return Array.isArray(value) && value.length >= 3
}

function textIn(attributes: unknown, name: string): string | undefined {
  if (typeof attributes !== 'object' || attributes === null) return undefined
  const found: unknown = Object.getOwnPropertyDescriptor(attributes, name)?.value
  return typeof found === 'string' ? found : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function text(value: string | undefined): FieldValue {
  return { type: 'string', value: value ?? '' }
}

function strings(values: readonly string[]): FieldValue | undefined {
  const [first] = values
  if (first === undefined) return undefined
  return values.length === 1 ? text(first) : { type: 'strings', value: values }
}

function integer(value: number | undefined): FieldValue {
  return { type: 'int', value: BigInt(value ?? 0) }
}
