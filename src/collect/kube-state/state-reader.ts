import { escapeText, formatValue } from '../../formats/prometheus-text/format-line.ts'
import { textAt, textsAt } from './object-fields.ts'
import type { PageWriter } from './page-writer.ts'
import { shownLabels, type AllowList } from './shown-labels.ts'
import type { Emit, StateFamily, StateKind } from './state-family.ts'

/** What is kept of one object: its samples, in the order of the families, without the object itself. */
export interface StateRow {
  /** `{namespace="a",pod="b",uid="c"`, which all its series begin with. */
  readonly head: string
  /** Where the samples of each family begin; one more at the end. */
  readonly starts: Uint32Array
  readonly values: Float64Array
  /** `,phase="Running"`, or '' for a series without labels of its own. */
  readonly extras: readonly string[]
}

export interface StateReaderOptions {
  /** Names of families that are left out. */
  readonly isLeftOut?: (family: string) => boolean
  readonly labels?: AllowList
  readonly annotations?: AllowList
}

/** Labels that many objects share are kept once; so many of them. */
const MAX_SHARED = 8192
const MAX_SHARED_LENGTH = 96

/**
 * Makes rows of the objects of one kind, and the page of many rows. An object is read once, when it changes; a page is then
 * written without looking at objects again.
 */
export class StateReader {
  readonly kind: StateKind
  readonly #families: readonly StateFamily[]
  readonly #options: StateReaderOptions
  readonly #shared = new Map<string, string>()

  constructor(kind: StateKind, options: StateReaderOptions = {}) {
    this.kind = kind
    this.#options = options
    this.#families = kind.families.filter(({ name }) => options.isLeftOut?.(name) !== true)
  }

  /** False where everything of the kind is left out, so that nobody needs to ask for its objects. */
  get hasFamilies(): boolean {
    const { labels = [], annotations = [] } = this.#options
    const shown = { labels: labels.length > 0, annotations: annotations.length > 0 }
    return this.#families.some(({ shows }) => shows === undefined || shown[shows])
  }

  /** What is kept of an object, of whatever shape it is. */
  read(object: unknown): StateRow {
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

  /** Writes the families that have samples, with their metadata, of the rows of all parts. */
  async write(page: PageWriter, parts: readonly ReadonlyMap<string, StateRow>[]): Promise<void> {
    for (const [position, { name, help, type }] of this.#families.entries()) {
      let isBegun = false
      for (const rows of parts) {
        for (const { head, starts, values, extras } of rows.values()) {
          const end = starts[position + 1] ?? 0
          for (let i = starts[position] ?? 0; i < end; i++) {
            if (!isBegun) page.add(`# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`)
            isBegun = true
            page.add(`${name}${head}${extras[i]}} ${formatValue(values[i] ?? 0)}\n`)
          }
        }
      }
      await page.pause()
    }
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
