import { compileRelabel, type RelabelConfig, type Relabeler } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'

const MAX_KNOWN = 10_000
const SEPARATOR = '\uffff'

/** Actions that look at labels by their names. */
const BY_NAME: ReadonlySet<RelabelConfig['action']> = new Set([
  'labelmap',
  'labeldrop',
  'labelkeep',
] as const)

/**
 * Makes streams of what messages say (`__syslog_message_hostname`, …) by relabelling rules, and remembers them: equal streams are the
 * same object again.
 */
export class StreamRules {
  readonly #labels: Labels
  readonly #relabeler: Relabeler
  /** Labels that rules look at; undefined: all. */
  readonly #wanted: ReadonlySet<string> | undefined
  readonly #known = new Map<string, Labels | undefined>()
  readonly #streams = new Map<string, Labels>()

  /** `labels` are those of every stream. */
  constructor(labels: Labels, relabel: readonly RelabelConfig[]) {
    this.#labels = labels
    this.#relabeler = compileRelabel(relabel)
    const isByName = relabel.some(({ action }) => BY_NAME.has(action))
    this.#wanted = isByName
      ? undefined
      : new Set(relabel.flatMap(({ sourceLabels }) => sourceLabels))
  }

  /** Whether a rule may look at this label. */
  wants(name: string): boolean {
    return this.#wanted === undefined || this.#wanted.has(name)
  }

  /** The stream of a message that says this (names and values, one after the other); undefined when a rule drops it. */
  of(pairs: readonly string[]): Labels | undefined {
    const key = pairs.join(SEPARATOR)
    if (this.#known.has(key)) return this.#known.get(key)
    const made = this.#make(pairs)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, made)
    return made
  }

  #make(pairs: readonly string[]): Labels | undefined {
    const all: [string, string][] = []
    for (const flat of [this.#labels.flat, pairs]) {
      for (let i = 0; i < flat.length; i += 2) all.push([flat[i] as string, flat[i + 1] as string])
    }
    const labels = this.#relabeler.apply(Labels.fromPairs(all))
    if (labels === undefined) return undefined
    const hidden = labels.flat.filter((name, at) => at % 2 === 0 && name.startsWith('__'))
    const stream = labels.without(new Set(hidden))
    const known = this.#streams.get(stream.key)
    if (known !== undefined) return known
    if (this.#streams.size >= MAX_KNOWN) this.#streams.clear()
    this.#streams.set(stream.key, stream)
    return stream
  }
}
