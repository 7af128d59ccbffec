import { ERROR_LABEL, EXTRACTED } from './line-labels.ts'

/** What a query wants of the labels of a line, when it does not want them all. */
export interface WantedLabels {
  /** Labels that stages, filters or the value look at. */
  readonly needed: readonly string[]
  /** Those of `by (…)`; undefined without it. */
  readonly groups: readonly string[] | undefined
  /** The result has no labels at all. */
  readonly isSingle: boolean
}

/**
 * Tells parsers which labels they need not extract, because a metric query would throw them away
 * (pkg/logql/log/parser_hints.go). Parsers also do not extract twice what a stage before them has.
 */
export class ParserHints {
  readonly #required: ReadonlySet<string>
  readonly #extracted = new Set<string>()
  readonly #wantsNothing: boolean
  #found = 0

  private constructor(required: ReadonlySet<string>, wantsNothing: boolean) {
    this.#required = required
    this.#wantsNothing = wantsNothing
  }

  /** Every label is wanted. */
  static all(): ParserHints {
    return new ParserHints(new Set(), false)
  }

  static for({ needed, groups, isSingle }: WantedLabels): ParserHints {
    const isBound = isSingle || (groups !== undefined && groups.length > 0)
    if (!isBound) return ParserHints.all()
    const required = new Set<string>()
    for (const name of [...needed, ...(groups ?? [])]) {
      if (name === '') continue
      required.add(name)
      if (name.endsWith(EXTRACTED)) required.add(name.slice(0, -EXTRACTED.length))
    }
    return new ParserHints(required, required.size === 0)
  }

  /** The labels that are looked at; undefined when all are. */
  get required(): ReadonlySet<string> | undefined {
    return this.#required.size > 0 || this.#wantsNothing ? this.#required : undefined
  }

  begin(): void {
    if (this.#extracted.size > 0) this.#extracted.clear()
    this.#found = 0
  }

  noteExtracted(name: string): void {
    if (this.#extracted.has(name)) return
    this.#extracted.add(name)
    if (this.#required.has(name)) this.#found++
  }

  /** Nothing is to be extracted, or nothing more. */
  get isDone(): boolean {
    return this.#wantsNothing || this.hasAll
  }

  /** All that is required has been found; never true when everything is wanted. */
  get hasAll(): boolean {
    return this.#required.size > 0 && this.#found === this.#required.size
  }

  wants(name: string): boolean {
    return (this.#required.size === 0 || this.#required.has(name)) && !this.#extracted.has(name)
  }

  /** Whether a wanted label may begin so. */
  wantsPrefix(prefix: string): boolean {
    if (this.#required.size === 0) return true
    for (const name of this.#required) {
      if (name.startsWith(prefix)) return true
    }
    return false
  }

  /** The query asks for errors of parsers: they must not end it. */
  get keepsErrors(): boolean {
    return this.#required.has(ERROR_LABEL)
  }
}
