import { Labels } from '../../../model/labels.ts'
import type { ParserHints } from './parser-hints.ts'

/** The suffix of a label of a line whose name the stream or the structured metadata has already. */
export const EXTRACTED = '_extracted'

export const ERROR_LABEL = '__error__'
export const ERROR_DETAILS_LABEL = '__error_details__'
export const PRESERVE_ERROR_LABEL = '__preserve_error__'

/**
 * The labels of the line in hand, in three categories: those of its stream, those of its structured metadata, and those that a
 * stage made of it. What a stage makes hides the others of its name; structured metadata hides the stream's. One object serves
 * all lines: `begin` starts anew.
 */
export class LineLabels {
  readonly hints: ParserHints
  /** The value of `__error__`; '' without one. */
  error = ''
  errorDetails = ''
  #stream: Labels = Labels.EMPTY
  #streamMap: ReadonlyMap<string, string> = new Map()
  #metadata: Labels = Labels.EMPTY
  readonly #ofMetadata = new Map<string, string>()
  readonly #parsed = new Map<string, string>()
  readonly #deleted = new Set<string>()
  /** True when the metadata of the line is no longer as it came. */
  #isMetadataChanged = false

  constructor(hints: ParserHints) {
    this.hints = hints
  }

  begin(stream: Labels, metadata: Labels): void {
    if (stream !== this.#stream) {
      this.#stream = stream
      this.#streamMap = mapOf(stream)
    }
    this.#metadata = metadata
    this.#isMetadataChanged = false
    // Clearing an empty map costs more than asking.
    if (this.#ofMetadata.size > 0) this.#ofMetadata.clear()
    if (this.#parsed.size > 0) this.#parsed.clear()
    if (this.#deleted.size > 0) this.#deleted.clear()
    this.error = ''
    this.errorDetails = ''
    this.hints.begin()
    const { flat } = metadata
    for (let i = 0; i < flat.length; i += 2) {
      this.#addMetadata(flat[i] as string, flat[i + 1] as string)
    }
  }

  #addMetadata(name: string, value: string): void {
    const isTaken = this.#streamMap.has(name)
    const own = isTaken ? name + EXTRACTED : name
    if (own === ERROR_LABEL) this.error = value
    else if (own === ERROR_DETAILS_LABEL) this.errorDetails = value
    else this.#ofMetadata.set(own, value)
    if (isTaken || own === ERROR_LABEL || own === ERROR_DETAILS_LABEL)
      this.#isMetadataChanged = true
  }

  /** The value of a label, whatever its category. Errors are not labels here. */
  get(name: string): string | undefined {
    const value = this.#ofMetadata.get(name) ?? this.#parsed.get(name)
    if (value !== undefined) return value
    return this.#deleted.has(name) ? undefined : this.#streamMap.get(name)
  }

  /** Whether a label that a parser finds must take the name with the suffix. */
  isTaken(name: string): boolean {
    return this.#streamMap.has(name) || this.#ofMetadata.has(name)
  }

  setParsed(name: string, value: string): void {
    if (this.#ofMetadata.delete(name)) this.#isMetadataChanged = true
    this.#parsed.set(name, value)
    this.hints.noteExtracted(name)
  }

  delete(name: string): void {
    if (this.#ofMetadata.delete(name)) this.#isMetadataChanged = true
    this.#parsed.delete(name)
    this.#deleted.add(name)
  }

  /** Marks the line as one that a stage could not do its work on. */
  fail(error: string, details: string | undefined): void {
    this.error = error
    if (details !== undefined) this.errorDetails = details
  }

  /** Names and values of all labels, errors among them, in no order. */
  *entries(): Generator<readonly [string, string]> {
    for (const [name, value] of this.#streamMap) {
      if (!this.#isHidden(name)) yield [name, value]
    }
    yield* this.#ofMetadata
    yield* this.#parsed
    yield* this.#errors()
  }

  #isHidden(name: string): boolean {
    return this.#deleted.has(name) || this.#ofMetadata.has(name) || this.#parsed.has(name)
  }

  /** True while no stage has added or taken away anything, errors aside. */
  get isUntouched(): boolean {
    return this.#parsed.size === 0 && this.#deleted.size === 0 && this.#ofMetadata.size === 0
  }

  /** What is left of the stream's labels. */
  stream(): Labels {
    if (this.isUntouched) return this.#stream
    const { flat } = this.#stream
    const left: string[] = []
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      if (!this.#isHidden(name)) left.push(name, flat[i + 1] as string)
    }
    return left.length === flat.length ? this.#stream : Labels.fromSortedFlat(left)
  }

  metadata(): Labels {
    return this.#isMetadataChanged ? labelsWithEmpty(this.#ofMetadata) : this.#metadata
  }

  /** What stages made, errors among them. */
  parsed(): Labels {
    if (this.#parsed.size === 0 && this.error === '' && this.errorDetails === '')
      return Labels.EMPTY
    if (this.error === '' && this.errorDetails === '') return labelsWithEmpty(this.#parsed)
    return labelsWithEmpty([...this.#parsed, ...this.#errors()])
  }

  #errors(): [string, string][] {
    const errors: [string, string][] = []
    if (this.error !== '') errors.push([ERROR_LABEL, this.error])
    if (this.errorDetails !== '') errors.push([ERROR_DETAILS_LABEL, this.errorDetails])
    return errors
  }

  /** All labels in one set. */
  all(): Labels {
    if (this.isUntouched && this.error === '' && this.errorDetails === '') return this.#stream
    return labelsWithEmpty(this.entries())
  }
}

/**
 * Labels from pairs of different names, in any order, those with empty values among them: a label that a line has without a value
 * is not the same to Loki as one that it has not, and makes another series.
 */
export function labelsWithEmpty(pairs: Iterable<readonly [string, string]>): Labels {
  const values = new Map(pairs)
  const flat: string[] = []
  for (const name of [...values.keys()].sort()) flat.push(name, values.get(name) ?? '')
  return Labels.fromSortedFlat(flat)
}

function mapOf({ flat }: Labels): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i] as string, flat[i + 1] as string)
  return map
}

const OUTSIDE = /[^A-Za-z0-9_]/gu
const IS_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A key of a line as the name of a label: whatever is no letter, digit or underscore becomes one; '' stays ''. */
export function toLabelName(key: string): string {
  if (IS_NAME.test(key)) return key
  const name = key.trim().replace(OUTSIDE, '_')
  return /^[0-9]/.test(name) ? `_${name}` : name
}
