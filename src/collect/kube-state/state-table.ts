import { escapeText, formatValue } from '../../formats/prometheus-text/format-line.ts'
import { textAt, textsAt } from './object-fields.ts'
import type { PageWriter } from './page-writer.ts'
import { shownLabels, type AllowList } from './shown-labels.ts'
import type { Emit, StateFamily, StateKind } from './state-family.ts'

/** What is kept of one object: its samples, in the order of the families, without the object itself. */
interface Row {
  /** `{namespace="a",pod="b",uid="c"`, which all its series begin with. */
  readonly head: string
  /** Where the samples of each family begin; one more at the end. */
  readonly starts: Uint32Array
  readonly values: Float64Array
  /** `,phase="Running"`, or '' for a series without labels of its own. */
  readonly extras: readonly string[]
}

export interface StateTableOptions {
  /** Names of families that are left out. */
  readonly isLeftOut?: (family: string) => boolean
  readonly labels?: AllowList
  readonly annotations?: AllowList
}

/** Labels that many objects share are kept once; so many of them. */
const MAX_SHARED = 8192
const MAX_SHARED_LENGTH = 96

/**
 * The state of all objects of one kind as rows of samples. An object is read when it changes; a page is then written without
 * looking at objects again.
 */
export class StateTable {
  readonly kind: StateKind
  readonly #families: readonly StateFamily[]
  readonly #options: StateTableOptions
  readonly #rows = new Map<string, Row>()
  readonly #shared = new Map<string, string>()

  constructor(kind: StateKind, options: StateTableOptions = {}) {
    this.kind = kind
    this.#options = options
    this.#families = kind.families.filter(({ name }) => options.isLeftOut?.(name) !== true)
  }

  /** How many objects there are. */
  get size(): number {
    return this.#rows.size
  }

  /** All objects anew, after a list. */
  reset(objects: Iterable<unknown>): void {
    this.#rows.clear()
    for (const object of objects) this.put(object)
  }

  /** An object that came or changed. One without a name is passed over. */
  put(object: unknown): void {
    const key = keyOf(object)
    if (key !== undefined) this.#rows.set(key, this.#read(object))
  }

  /** An object that is gone. */
  remove(object: unknown): void {
    const key = keyOf(object)
    if (key !== undefined) this.#rows.delete(key)
  }

  /** Writes the families that have samples, with their metadata. */
  async write(page: PageWriter): Promise<void> {
    for (const [position, { name, help, type }] of this.#families.entries()) {
      let isBegun = false
      for (const { head, starts, values, extras } of this.#rows.values()) {
        const end = starts[position + 1] ?? 0
        for (let i = starts[position] ?? 0; i < end; i++) {
          if (!isBegun) page.add(`# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`)
          isBegun = true
          page.add(`${name}${head}${extras[i]}} ${formatValue(values[i] ?? 0)}\n`)
        }
      }
      await page.pause()
    }
  }

  #read(object: unknown): Row {
    const values: number[] = []
    const extras: string[] = []
    const emit: Emit = (value, ...labels) => {
      values.push(value)
      extras.push(this.#share(formatLabels(labels)))
    }
    const starts = new Uint32Array(this.#families.length + 1)
    for (const [position, family] of this.#families.entries()) {
      starts[position] = values.length
      if (family.shows === undefined) family.read(object, emit)
      else this.#show(family.shows, object, emit)
    }
    starts[this.#families.length] = values.length
    return { head: this.#head(object), starts, values: Float64Array.from(values), extras }
  }

  #show(what: 'labels' | 'annotations', object: unknown, emit: Emit): void {
    const allowed = this.#options[what] ?? []
    if (allowed.length === 0) return
    const prefix = what === 'labels' ? 'label' : 'annotation'
    emit(1, ...shownLabels(prefix, textsAt(object, 'metadata', what), allowed))
  }

  #head(object: unknown): string {
    const { label, isNamespaced, hasUid } = this.kind
    const labels = [
      ...(isNamespaced ? ['namespace', textAt(object, 'metadata', 'namespace')] : []),
      ...[label, textAt(object, 'metadata', 'name')],
      ...(hasUid === true ? ['uid', textAt(object, 'metadata', 'uid')] : []),
    ]
    return `{${formatLabels(labels).slice(1)}`
  }

  #share(text: string): string {
    if (text === '' || text.length > MAX_SHARED_LENGTH) return text
    const known = this.#shared.get(text)
    if (known !== undefined) return known
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear()
    this.#shared.set(text, text)
    return text
  }
}

/** Unique among the objects of a kind; undefined for what has no name. */
function keyOf(object: unknown): string | undefined {
  const name = textAt(object, 'metadata', 'name')
  return name === '' ? undefined : `${textAt(object, 'metadata', 'namespace')}/${name}`
}

/** Empty values are left out, as an absent label means the same. */
function formatLabels(labels: readonly string[]): string {
  let text = ''
  for (let i = 0; i < labels.length; i += 2) {
    const value = labels[i + 1] ?? ''
    if (value === '') continue
    text += `,${labels[i]}="${/[\\"\n]/.test(value) ? escapeText(value).replaceAll('"', '\\"') : value}"`
  }
  return text
}
