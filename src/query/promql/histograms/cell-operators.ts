import type { Binary, BinaryOp } from '../../../lang/promql/ast.ts'
import { HINT_GAUGE } from '../../../model/histograms/histogram-table.ts'
import { fail } from '../context.ts'
import { arithmeticOf, comparisonOf } from '../operators.ts'
import type { HistogramNotes } from './histogram-notes.ts'
import { FLOAT, HISTOGRAM, type HistogramWork, NOTHING } from './histogram-work.ts'
import { trim } from './trim.ts'

/** Operations between cells of which any may be a histogram (engine.go, vectorElemBinop). */
export class CellOperator {
  /** The result of the last `combine`. */
  value = 0
  /** Whether a pair had a result at all, kept or not. */
  hasResult = false
  readonly #work: HistogramWork
  readonly #notes: HistogramNotes
  readonly #op: BinaryOp
  readonly #returnBool: boolean
  readonly #compare: ((left: number, right: number) => boolean) | undefined
  readonly #operate: ((left: number, right: number) => number) | undefined

  constructor(work: HistogramWork, notes: HistogramNotes, node: Pick<Binary, 'op' | 'returnBool'>) {
    this.#work = work
    this.#notes = notes
    this.#op = node.op
    this.#returnBool = node.returnBool
    this.#compare = comparisonOf(node.op)
    this.#operate = arithmeticOf(node.op)
  }

  /** Returns what the result is; a comparison that does not hold has none, unless it was asked for a bool. */
  combine(leftKind: number, left: number, rightKind: number, right: number): number {
    const kind = this.#combine(leftKind, left, rightKind, right)
    this.hasResult = kind >= 0
    if (kind < 0) return NOTHING
    if (!this.#returnBool) return kind
    this.value = kind === NOTHING ? 0 : 1
    return FLOAT
  }

  /** -1 where the operation is not defined. */
  #combine(leftKind: number, left: number, rightKind: number, right: number): number {
    if (leftKind === FLOAT && rightKind === FLOAT) return this.#floats(left, right)
    if (leftKind === FLOAT) return this.#floatLeft(left, right)
    if (rightKind === FLOAT) return this.#floatRight(left, right)
    return this.#histograms(left, right)
  }

  #floats(left: number, right: number): number {
    if (this.#compare !== undefined) {
      this.value = left
      return this.#compare(left, right) ? FLOAT : NOTHING
    }
    if (this.#op === '</' || this.#op === '>/') return this.#mismatch('float', 'float')
    if (this.#operate === undefined) return fail(`operator "${this.#op}" not allowed here`)
    this.value = this.#operate(left, right)
    return FLOAT
  }

  #floatLeft(left: number, row: number): number {
    if (this.#op !== '*') return this.#mismatch('float', 'histogram')
    const { draft, table } = this.#work
    draft.load(table, row)
    draft.multiply(left)
    return this.#commit()
  }

  #floatRight(row: number, right: number): number {
    const { draft, table } = this.#work
    draft.load(table, row)
    switch (this.#op) {
      case '*':
        draft.multiply(right)
        return this.#commit()
      case '/':
        draft.divide(right)
        return this.#commit()
      case '</':
      case '>/':
        trim(draft, right, this.#op === '</')
        return this.#commit()
      default:
        return this.#mismatch('histogram', 'float')
    }
  }

  #histograms(left: number, right: number): number {
    const { table } = this.#work
    switch (this.#op) {
      case '+':
      case '-':
        return this.#add(left, right)
      case '==':
      case '!=':
        this.value = left
        return table.areEqual(left, right) === (this.#op === '==') ? HISTOGRAM : NOTHING
      default:
        return this.#mismatch('histogram', 'histogram')
    }
  }

  #add(left: number, right: number): number {
    const { draft, table } = this.#work
    const isSum = this.#op === '+'
    draft.load(table, left)
    const addition = draft.add(table, right, isSum ? 1 : -1)
    if (!addition.isCompatible) {
      this.#notes.incompatibleLayout(this.#op)
      return -1
    }
    const operation = isSum ? 'addition' : 'subtraction'
    if (addition.isReconciled) this.#notes.boundsReconciled(operation)
    if (addition.collides) {
      this.#notes.resetsCollide(operation)
      return -1
    }
    if (!isSum) draft.hint = HINT_GAUGE
    return this.#commit()
  }

  #commit(): number {
    this.value = this.#work.draft.commit(this.#work.table)
    this.#work.checkSize()
    return HISTOGRAM
  }

  #mismatch(left: string, right: string): number {
    this.#notes.incompatibleTypes(left, this.#op, right)
    return -1
  }
}
