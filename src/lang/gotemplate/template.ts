import { findCycle, findFaults, isAsync } from './check.ts'
import type { TemplateFault } from './check.ts'
import type { Definition } from './definition.ts'
import { isEmptyDefinition } from './definition.ts'
import type { EvaluationOptions } from './evaluation.ts'
import { Evaluation } from './evaluation.ts'
import type { FunctionTable } from './function.ts'
import { EscapedTemplates } from './html/escape-templates.ts'
import type { TemplateLimits } from './limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { parseDefinitions, parsePreamble } from './parse.ts'
import { TemplateError } from './template-error.ts'
import type { Preamble } from './token-reader.ts'
import type { GoValue } from './value.ts'

/** What a set of templates is made with. */
export interface TemplateSetOptions {
  /** What templates may call besides Go's built-in functions. */
  readonly functions: FunctionTable
  /** `html` escapes by context as html/template does. Default: `text`. */
  readonly mode?: 'text' | 'html'
  /** Go's option `missingkey`. Default: `zero`, which both Prometheus and Alertmanager set. */
  readonly missingKey?: MissingKey
  readonly limits?: Partial<TemplateLimits>
  /** How many texts given to `expand` are kept parsed. Default: 1,000. */
  readonly maxCachedTexts?: number
}

/** What a key that is not in a map gives: nothing (`<no value>`), the zero of the map's elements, or an error. */
export type MissingKey = 'default' | 'zero' | 'error'

/**
 * Templates that know each other by name, with the functions they may call: Go's text/template, and html/template in the
 * mode `html`.
 *
 *     const set = new TemplateSet({ functions: prometheusFunctions(host) })
 *     set.expandSync('{{ $labels.instance }} is down', data, { preamble: RULE_PREAMBLE })
 *
 * All verbs throw `TemplateError`, worded as in Go. A set is cheap to keep and dear to make: make one, keep it, and let it
 * hold the parsed texts.
 */
export class TemplateSet {
  readonly functions: FunctionTable
  readonly mode: 'text' | 'html'
  readonly missingKey: MissingKey
  readonly limits: TemplateLimits
  readonly #maxCachedTexts: number
  readonly #parent: TemplateSet | undefined
  readonly #own = new Map<string, Definition>()
  readonly #cache = new Map<string, TemplateSet>()
  #escaped: EscapedTemplates | undefined
  #lastPreamble: Preamble | undefined
  readonly #isAsync = new Map<string, boolean>()

  constructor(options: TemplateSetOptions, parent?: TemplateSet) {
    this.functions = options.functions
    this.mode = options.mode ?? 'text'
    this.missingKey = options.missingKey ?? 'zero'
    this.limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#maxCachedTexts = options.maxCachedTexts ?? 1000
    this.#parent = parent
  }

  /**
   * Reads a text: what it defines is added, and the text itself is the template `name`. A template that exists is replaced,
   * unless the new one is empty (Go's rule, by which a file that only holds definitions does no harm).
   */
  parse(name: string, text: string): void {
    this.#add(parseDefinitions(name, text, this.functions, this.limits))
  }

  #add(definitions: readonly Definition[]): void {
    for (const definition of definitions) {
      const isKept = isEmptyDefinition(definition) && this.lookUp(definition.name) !== undefined
      if (!isKept) this.#own.set(definition.name, definition)
    }
    this.#cache.clear()
    this.#isAsync.clear()
    this.#escaped = undefined
  }

  /** The template of that name, of this set or of the one it extends. */
  lookUp(name: string): Definition | undefined {
    return this.#own.get(name) ?? this.#parent?.lookUp(name)
  }

  /** The names of all templates, sorted. */
  names(): string[] {
    const names = new Set([...this.#own.keys(), ...(this.#parent?.names() ?? [])])
    return [...names].sort()
  }

  /**
   * What is wrong with the templates that can be known without data: templates called and not defined, and templates that
   * call themselves without a condition, directly or in a circle. Go finds these at evaluation.
   */
  check(): TemplateFault[] {
    return findFaults(this)
  }

  /** The output of a template; throws when it may call an asynchronous function. `data` is the dot. */
  evaluateSync(name: string, data: GoValue, options?: EvaluationOptions): string {
    return new Evaluation(this, data, options).runSync(name)
  }

  /** The output of a template that may call asynchronous functions (`query`). */
  evaluate(name: string, data: GoValue, options?: EvaluationOptions): Promise<string> {
    return new Evaluation(this, data, options).run(name)
  }

  /**
   * The output of a text that is no template of the set but may call them, and may define its own. The parsed text is kept,
   * so that expanding the same text again costs only the evaluation.
   */
  expandSync(text: string, data: GoValue, options?: ExpandOptions): string {
    if (this.#isPlain(text)) return text
    return this.extend(text, options).evaluateSync(options?.name ?? '', data, options)
  }

  /** As `expandSync`, for texts that may call asynchronous functions. */
  async expand(text: string, data: GoValue, options?: ExpandOptions): Promise<string> {
    if (this.#isPlain(text)) return text
    return this.extend(text, options).evaluate(options?.name ?? '', data, options)
  }

  /** This set and a text's own template, parsed once. The set itself is not changed. */
  extend(text: string, expandOptions?: ExpandOptions): TemplateSet {
    const name = expandOptions?.name ?? ''
    const source = (expandOptions?.preamble ?? '') + text
    const key = `${name}\0${source}`
    const cached = this.#cache.get(key)
    if (cached) {
      // The cache forgets what was used longest ago: a Map keeps the order of insertion.
      this.#cache.delete(key)
      this.#cache.set(key, cached)
      return cached
    }
    const { functions, mode, missingKey, limits } = this
    const options = { functions, mode, missingKey, limits, maxCachedTexts: 0 }
    const child = new TemplateSet(options, this)
    child.#add(parseDefinitions(name, source, functions, limits, this.#preamble(expandOptions)))
    this.#cache.set(key, child)
    if (this.#cache.size > this.#maxCachedTexts) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest)
        break
      }
    }
    return child
  }

  /** Parsed once: the texts of rules all begin with the same. */
  #preamble({ preamble = '' }: ExpandOptions = {}): Preamble | undefined {
    if (preamble === '') return undefined
    if (this.#lastPreamble?.source !== preamble) {
      this.#lastPreamble = parsePreamble(preamble, this.functions, this.limits)
    }
    return this.#lastPreamble
  }

  /** Whether a template, or one that it may call, names an asynchronous function. */
  isAsync(name: string): boolean {
    let answer = this.#isAsync.get(name)
    if (answer === undefined) {
      answer = isAsync(this, name)
      this.#isAsync.set(name, answer)
    }
    return answer
  }

  /** The template as it is evaluated: in HTML mode with the escapes of its places added. Throws when it is unknown. */
  executable(name: string): Definition {
    const definition = this.lookUp(name)
    if (!definition) {
      throw new TemplateError('execute', `template: no template "${name}" associated with the set`)
    }
    if (this.mode === 'text') return definition
    this.#escaped ??= new EscapedTemplates(this)
    return this.#escaped.entry(name)
  }

  /** The template that a call names; in HTML mode it is the one made for the place of the call. */
  called(name: string): Definition | undefined {
    if (this.mode === 'text') return this.lookUp(name)
    return this.#escaped?.derived(name)
  }

  /** Whether a text is its own output. In HTML mode none is: comments go. */
  #isPlain(text: string): boolean {
    return this.mode === 'text' && !text.includes('{{')
  }

  /** A circle of calls that no condition can end, as the names on it; undefined when there is none. */
  findCycle(name: string): string[] | undefined {
    return findCycle(this, name)
  }
}

/** How a text is expanded. */
export interface ExpandOptions extends EvaluationOptions {
  /** The name that errors call it by. Default: empty, as in Alertmanager. */
  readonly name?: string
  /**
   * Template text put before it, such as Prometheus's definitions of `$labels`: closed actions alone. Errors count it as part of
   * line 1.
   */
  readonly preamble?: string
}
