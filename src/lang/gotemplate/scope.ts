import type { PipeNode } from './ast.ts'
import type { Evaluation } from './evaluation.ts'
import type { TemplateSet } from './template.ts'
import type { GoValue } from './value.ts'

/** The variables of one template's evaluation: a stack that blocks give back when they end. */
export class Scope {
  readonly evaluation: Evaluation
  readonly set: TemplateSet
  readonly #names: string[] = ['$']
  readonly #values: GoValue[]

  constructor(evaluation: Evaluation, set: TemplateSet, data: GoValue) {
    this.evaluation = evaluation
    this.set = set
    this.#values = [data]
  }

  mark(): number {
    return this.#names.length
  }

  release(mark: number): void {
    this.#names.length = mark
    this.#values.length = mark
  }

  get(name: string): GoValue {
    return this.#values[this.#find(name)]
  }

  assign(name: string, value: GoValue): void {
    this.#values[this.#find(name)] = value
  }

  declare(name: string, value: GoValue): void {
    this.#names.push(name)
    this.#values.push(value)
  }

  #find(name: string): number {
    const at = this.#names.lastIndexOf(name)
    if (at < 0) throw this.evaluation.fault(`undefined variable: ${name}`)
    return at
  }

  /** The variables of a `range` for one turn: with one it is the item (of an integer the number), with two the index first. */
  setLoopVariables(pipe: PipeNode, index: GoValue, item: GoValue): void {
    const [first, second] = pipe.declared
    if (first === undefined) return
    if (second === undefined) return this.assign(first, item)
    this.assign(first, index)
    this.assign(second, item)
  }
}
