import type { Field } from '../../../lang/traceql/ast.ts'
import type { FieldValue } from '../field-value.ts'
import { type NestedSets, numberSpans, type TraceView } from '../trace-view.ts'
import type { ScriptSpan } from './read-script.ts'

/** The trace of a script. */
export class ScriptTrace implements TraceView {
  readonly length: number
  readonly parentRow: Int32Array
  readonly sets: NestedSets
  readonly #spans: readonly ScriptSpan[]

  constructor(spans: readonly ScriptSpan[]) {
    this.#spans = spans
    this.length = spans.length
    this.parentRow = Int32Array.from(spans, (span) => span.parentRow)
    this.sets = numberSpans(this)
  }

  idOf(row: number): string {
    return this.#spans[row]?.id ?? '?'
  }

  fieldOf(row: number, field: Field): FieldValue | undefined {
    const fields = this.#spans[row]?.fields
    if (field.kind === 'intrinsic') {
      const bound = this.#boundOf(row, field.name)
      return bound === undefined ? fields?.get(field.name) : { type: 'int', value: BigInt(bound) }
    }
    const own = fields?.get(`.${field.name}`)
    if (field.scope === 'span') return own
    if (field.scope !== 'any') return fields?.get(`${field.scope}.${field.name}`)
    return own ?? fields?.get(`resource.${field.name}`)
  }

  #boundOf(row: number, name: string): number | undefined {
    switch (name) {
      case 'nestedSetLeft':
        return this.sets.left[row]
      case 'nestedSetRight':
        return this.sets.right[row]
      case 'nestedSetParent':
        return this.sets.parent[row]
      default:
        return undefined
    }
  }
}
