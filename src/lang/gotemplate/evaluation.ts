import type { CommandNode, Node, Operand } from './ast.ts'
import type { Definition } from './definition.ts'
import type { CallContext, GoFunction } from './function.ts'
import { quoteString, utf8Length } from '../../model/go-notation.ts'
import { printNode } from './print-node.ts'
import { TemplateError } from './template-error.ts'
import type { ExpandOptions, TemplateSet } from './template.ts'
import { checkLength } from './text-builder.ts'
import type { GoValue } from './value.ts'
import { stringOf, typeNameOf } from './value.ts'
import { sprint } from './print.ts'
import { Walker } from './walk.ts'

/** What an evaluation is told besides its data. */
export interface EvaluationOptions {
  /** The moment of the evaluation, for `now`, `since` and `query`. Default: the clock's. */
  readonly timestampMs?: number
  /** The IANA name of the zone that Go calls Local. Default: the system's. */
  readonly localZone?: string
}

/** Thrown where a value is not there yet; the evaluation begins again once it is. */
class Waiting extends Error {
  readonly result: Promise<GoValue>
  readonly key: string

  constructor(key: string, result: Promise<GoValue>) {
    super('waiting for an asynchronous function')
    this.key = key
    this.result = result
  }
}

/** So many characters handled by a function count as one step. */
const CHARACTERS_PER_STEP = 8

/** The longest argument of an asynchronous function that is told apart. */
const MAX_KEY = 100_000

type Settled = { readonly value: GoValue } | { readonly error: unknown }

/**
 * One evaluation of a template. It is synchronous throughout: where an asynchronous function is called it stops, waits for the
 * answer, and begins anew with the answer at hand. Functions give the same for the same arguments within one evaluation, so
 * that the second run takes the same way; templates without such calls pay nothing for it.
 */
export class Evaluation implements CallContext {
  readonly set: TemplateSet
  readonly data: GoValue
  readonly timestampMs: number
  readonly maxTextLength: number
  readonly #settled = new Map<string, Settled>()
  readonly notes = new Map<string, string>()
  #localZone: string | undefined
  #steps = 0
  #depth = 0
  /** The part that is being evaluated, for errors. */
  #node: Node | Operand | CommandNode | undefined
  #definition: Definition | undefined

  constructor(set: TemplateSet, data: GoValue, options: EvaluationOptions = {}) {
    this.set = set
    this.data = data
    this.timestampMs = options.timestampMs ?? Date.now()
    this.#localZone = options.localZone
    this.maxTextLength = set.limits.maxTextLength
  }

  /** Asked for only where needed: finding it takes longer than most templates. */
  get localZone(): string {
    this.#localZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone
    return this.#localZone
  }

  runSync(name: string): string {
    const definition = this.set.executable(name)
    if (this.set.isAsync(name)) {
      throw new TemplateError(
        'execute',
        `template: ${name}: calls an asynchronous function; it cannot be evaluated at once`,
      )
    }
    return this.#runOnce(definition)
  }

  async run(name: string): Promise<string> {
    const definition = this.set.executable(name)
    for (;;) {
      try {
        return this.#runOnce(definition)
      } catch (thrown) {
        if (!(thrown instanceof Waiting)) throw thrown
        await this.#settle(thrown)
      }
    }
  }

  #runOnce(definition: Definition): string {
    this.#depth = 0
    this.#definition = undefined
    this.notes.clear()
    try {
      return this.#output(this.set, definition, this.data)
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      throw this.fault('nested too deeply', 'limit', thrown)
    }
  }

  async #settle({ key, result }: Waiting): Promise<void> {
    const { maxAsyncCalls } = this.set.limits
    if (this.#settled.size >= maxAsyncCalls) {
      throw this.fault(`more than ${maxAsyncCalls} different queries`, 'limit')
    }
    try {
      this.#settled.set(key, { value: await result })
    } catch (error) {
      this.#settled.set(key, { error })
    }
  }

  #output(set: TemplateSet, definition: Definition, data: GoValue): string {
    const walker = new Walker(this, set)
    this.within(definition, () => walker.walkTemplate(definition, data))
    return walker.text
  }

  execute(name: string, data: GoValue): string {
    return this.#output(this.set, this.set.executable(name), data)
  }

  expand(text: string, data: GoValue): string {
    const options: ExpandOptions = { name: '' }
    const set = this.set.extend(text, options)
    return this.#output(set, set.executable(''), data)
  }

  /** Evaluates within a template, one level deeper; the limit on depth ends a circle of templates. */
  within(definition: Definition, body: () => void): void {
    const { maxDepth } = this.set.limits
    if (this.#depth >= maxDepth) {
      throw this.fault(`exceeded maximum template depth (${maxDepth})`, 'limit')
    }
    const outer = this.#definition
    this.#depth++
    this.#definition = definition
    body()
    this.#depth--
    this.#definition = outer
  }

  /** Marks where the evaluation is, and counts a step. */
  at(node: Node | Operand | CommandNode): void {
    this.#node = node
    this.charge(1)
  }

  charge(steps: number): void {
    this.#steps += steps
    const { maxSteps } = this.set.limits
    if (this.#steps > maxSteps) throw this.fault(`took more than ${maxSteps} steps`, 'limit')
  }

  /** Calls a function whose arguments have been checked; what it throws is told as Go does. */
  call(
    name: string,
    callee: GoFunction,
    args: readonly GoValue[],
    node: Node | Operand | CommandNode,
  ): GoValue {
    for (const arg of args) {
      const length = stringOf(arg)?.length ?? 0
      this.charge(1 + Math.floor(length / CHARACTERS_PER_STEP))
    }
    try {
      const result = callee.isAsync ? this.#ask(name, callee, args) : callee.call(args, this)
      if (result instanceof Promise) throw new Error('gave a promise without being asynchronous')
      const text = stringOf(result)
      if (text !== undefined) checkLength(text, this.maxTextLength)
      return result
    } catch (thrown) {
      if (thrown instanceof Waiting || isPlaced(thrown)) throw thrown
      this.#node = node
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      const stage = thrown instanceof TemplateError ? thrown.stage : 'execute'
      throw this.fault(`error calling ${name}: ${reason}`, stage, thrown)
    }
  }

  #ask(name: string, callee: GoFunction, args: readonly GoValue[]): GoValue {
    const key = JSON.stringify([name, ...args.map(keyOf)])
    const settled = this.#settled.get(key)
    if (!settled) throw new Waiting(key, Promise.resolve(callee.call(args, this)))
    if ('error' in settled) throw settled.error
    return settled.value
  }

  /** `template: NAME:LINE:COLUMN: executing "NAME" at <…>: …`, where the column is in bytes from 0. */
  fault(
    message: string,
    stage: 'execute' | 'limit' | 'parse' | 'escape' = 'execute',
    cause?: unknown,
  ): TemplateError {
    const definition = this.#definition
    if (!definition || !this.#node) {
      return new TemplateError(stage, `template: ${message}`, undefined, { cause })
    }
    const before = definition.source.slice(0, this.#node.pos)
    const lineStart = before.lastIndexOf('\n') + 1
    const line = before.split('\n').length
    const column = utf8Length(before.slice(lineStart))
    const place = `${definition.parseName}:${line}:${column}`
    const shown = printNode(this.#node)
    const full = `template: ${place}: executing ${quoteString(definition.name)} at <${shown}>: ${message}`
    return new TemplateError(stage, full, line, { cause })
  }
}

/** Whether an error says already where it happened: one of a template within a function such as `tmpl`. */
function isPlaced(thrown: unknown): boolean {
  return thrown instanceof TemplateError && thrown.message.includes(': executing "')
}

function keyOf(value: GoValue): string {
  return `${typeNameOf(value)} ${stringOf(value) ?? sprint([value], MAX_KEY)}`
}
