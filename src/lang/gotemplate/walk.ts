import type { BranchNode, ListNode, Node, TemplateNode } from './ast.ts'
import type { Definition } from './definition.ts'
import type { Evaluation } from './evaluation.ts'
import { evaluatePipe } from './evaluate-pipe.ts'
import { writeValue } from './format-value.ts'
import { quoteString } from '../../model/go-notation.ts'
import { Scope } from './scope.ts'
import { sortedKeys } from './sorted-keys.ts'
import type { TemplateSet } from './template.ts'
import { TextBuilder, tooLong } from './text-builder.ts'
import type { GoValue } from './value.ts'
import { isTrue, typeNameOf } from './value.ts'
import { sprint } from './print.ts'

/** Whether a list went to its end, or which loop control left it. */
type Outcome = 'done' | 'break' | 'continue'

/** The longest value that an error shows. */
const MAX_SHOWN = 10_000

/** Goes through a template's parts and writes the output. */
export class Walker {
  readonly #evaluation: Evaluation
  readonly #set: TemplateSet
  readonly #out: TextBuilder

  constructor(evaluation: Evaluation, set: TemplateSet) {
    this.#evaluation = evaluation
    this.#set = set
    this.#out = new TextBuilder(evaluation.maxTextLength)
  }

  get text(): string {
    return this.#out.text
  }

  walkTemplate(definition: Definition, dot: GoValue): void {
    const scope = new Scope(this.#evaluation, this.#set, dot)
    this.#walkList(definition.root, dot, scope)
  }

  #walkList(list: ListNode, dot: GoValue, scope: Scope): Outcome {
    for (const node of list.nodes) {
      const outcome = this.#walk(node, dot, scope)
      if (outcome !== 'done') return outcome
    }
    return 'done'
  }

  #walk(node: Node, dot: GoValue, scope: Scope): Outcome {
    this.#evaluation.at(node)
    switch (node.kind) {
      case 'text':
        this.#write(node.text)
        return 'done'
      case 'action': {
        const value = evaluatePipe(scope, dot, node.pipe)
        if (node.pipe.declared.length === 0) {
          this.#evaluation.at(node)
          if (node.escapes) this.#writeEscaped(value, node.escapes)
          else this.#print(value)
        }
        return 'done'
      }
      case 'if':
      case 'with':
        return this.#walkIfOrWith(node, dot, scope)
      case 'range':
        return this.#walkRange(node, dot, scope)
      case 'template':
        this.#walkCall(node, dot, scope)
        return 'done'
      case 'break':
      case 'continue':
        return node.kind
      case 'list':
        return this.#walkList(node, dot, scope)
      default:
        return node satisfies never
    }
  }

  #write(text: string): void {
    try {
      this.#out.add(text)
    } catch {
      throw this.#evaluation.fault(tooLong(this.#evaluation.maxTextLength).message, 'limit')
    }
  }

  #print(value: GoValue): void {
    if (typeof value === 'string') this.#write(value)
    else if (value === undefined) this.#write('<no value>')
    else this.#write(this.#format(value))
  }

  #format(value: GoValue): string {
    const text = this.#writeAlone(value)
    // A pointer that is printed by itself shows what it points to.
    const isPointer = typeof value === 'object' && value.typeName.startsWith('*')
    return isPointer && text.startsWith('&') ? text.slice(1) : text
  }

  #writeAlone(value: GoValue): string {
    const out = new TextBuilder(this.#evaluation.maxTextLength)
    try {
      writeValue(out, value, 'v')
    } catch (thrown) {
      throw this.#evaluation.fault(thrown instanceof Error ? thrown.message : '', 'limit')
    }
    return out.text
  }

  #writeEscaped(value: GoValue, escapes: readonly ((value: GoValue) => string)[]): void {
    let text: GoValue =
      typeof value === 'object' && value.kind !== 'safe' ? this.#format(value) : value
    for (const escape of escapes) text = escape(text)
    this.#print(text)
  }

  #walkIfOrWith(node: BranchNode, dot: GoValue, scope: Scope): Outcome {
    const mark = scope.mark()
    const value = evaluatePipe(scope, dot, node.pipe)
    let outcome: Outcome = 'done'
    if (isTrue(value)) {
      outcome = this.#walkList(node.list, node.kind === 'with' ? value : dot, scope)
    } else if (node.elseList) outcome = this.#walkList(node.elseList, dot, scope)
    scope.release(mark)
    return outcome
  }

  #walkRange(node: BranchNode, dot: GoValue, scope: Scope): Outcome {
    const mark = scope.mark()
    const value = evaluatePipe(scope, dot, node.pipe)
    let isEmpty = true
    for (const [index, item] of this.#entries(node, value)) {
      isEmpty = false
      this.#evaluation.charge(1)
      scope.setLoopVariables(node.pipe, index, item)
      const inner = scope.mark()
      const outcome = this.#walkList(node.list, item, scope)
      scope.release(inner)
      if (outcome === 'break') break
    }
    let outcome: Outcome = 'done'
    if (isEmpty && node.elseList) outcome = this.#walkList(node.elseList, dot, scope)
    scope.release(mark)
    return outcome
  }

  *#entries(node: BranchNode, value: GoValue): Iterable<readonly [GoValue, GoValue]> {
    if (value === undefined) return
    if (typeof value === 'bigint') {
      if (node.pipe.declared.length > 1) {
        const problem = `can't use ${value} to iterate over more than one variable`
        throw this.#evaluation.fault(problem)
      }
      for (let i = 0n; i < value; i++) yield [i, i]
    } else if (typeof value === 'object' && value.kind === 'slice') {
      for (const [i, item] of value.items.entries()) yield [BigInt(i), item]
    } else if (typeof value === 'object' && value.kind === 'map') {
      for (const key of sortedKeys(value.source)) yield [key, value.source.get(key)]
    } else {
      const shown =
        typeof value === 'object' && value.kind === 'func'
          ? typeNameOf(value)
          : sprint([value], MAX_SHOWN)
      throw this.#evaluation.fault(`range can't iterate over ${shown}`)
    }
  }

  #walkCall(node: TemplateNode, dot: GoValue, scope: Scope): void {
    const definition = this.#set.called(node.derivedName ?? node.name)
    if (!definition) {
      throw this.#evaluation.fault(`template ${quoteString(node.name)} not defined`)
    }
    const data = node.pipe ? evaluatePipe(scope, dot, node.pipe) : undefined
    this.#evaluation.within(definition, () => this.walkTemplate(definition, data))
  }
}
