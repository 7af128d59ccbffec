import { anyText } from '../../formats/otlp/any-value.ts'
import { readGoDuration } from '../../yaml/go-duration.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readCommon, readExpression, requireField, type CommonSettings } from './common-settings.ts'
import { readSize } from './container.ts'
import { isTrue, type Expression } from './expression.ts'
import { getField, readField, setField, type Field } from './field.ts'
import type { FileEntry } from './file-entry.ts'
import type { Give, Operator, RunningOperator } from './operator.ts'

const DEFAULT_MAX_ENTRIES = 1000
const DEFAULT_MAX_UNMATCHED = 100
const DEFAULT_FLUSH_MS = 5000
const MAX_SOURCES = 1000
/** Whatever the settings say. */
const MOST_CHARACTERS = 4 * 1024 * 1024

interface RecombineSettings extends CommonSettings {
  readonly isFirst: Expression | undefined
  readonly isLast: Expression | undefined
  readonly field: Field
  readonly joint: string
  readonly maxEntries: number
  /** 0: no bound. */
  readonly maxUnmatched: number
  readonly keepsOldest: boolean
  readonly flushMs: number
  readonly source: Field | undefined
  readonly maxCharacters: number
}

/** `recombine`: entries that follow each other become one (pkg/stanza/docs/operators/recombine.md). */
export function readRecombine(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const isFirst = readExpression(map.key('is_first_entry'))
  const isLast = readExpression(map.key('is_last_entry'))
  const ends = [map.key('is_first_entry'), map.key('is_last_entry')].filter((node) => !node.isEmpty)
  if (ends.length !== 1) {
    return map.node.errorAtKey('one of is_first_entry and is_last_entry must be set')
  }
  const field = requireField(map, 'combine_field')
  const source = map.key('source_identifier')
  const settings = {
    ...{ ...common, isFirst, isLast },
    joint: map.key('combine_with').asRawString() ?? '\n',
    maxEntries: map.key('max_batch_size').asInteger({ min: 1 }) ?? DEFAULT_MAX_ENTRIES,
    maxUnmatched:
      map.key('max_unmatched_batch_size').asInteger({ min: 0 }) ?? DEFAULT_MAX_UNMATCHED,
    keepsOldest: map.key('overwrite_with').asOneOf(['oldest', 'newest']) === 'oldest',
    flushMs: readGoDuration(map.key('force_flush_period')) ?? DEFAULT_FLUSH_MS,
    source: source.isEmpty ? undefined : readField(source),
    maxCharacters: readBound(map.key('max_log_size')),
  }
  map.key('max_sources')
  if (field === undefined || (isFirst ?? isLast) === undefined) return undefined
  return {
    id: common.id,
    output: common.output,
    open: (give) => new Recombine({ ...settings, field }, give),
  }
}

/** 0 stands for no bound of its own. */
function readBound(node: YamlNode): number {
  const text = node.asString() ?? '0'
  const sizeBytes = readSize(text)
  if (sizeBytes === undefined) node.error('must be a size such as 1MiB')
  return sizeBytes === undefined || sizeBytes === 0 ? MOST_CHARACTERS : sizeBytes
}

interface Batch {
  readonly entries: FileEntry[]
  readonly texts: string[]
  characters: number
  lastMs: number
  /** Whether an entry has begun or ended one before: until then batches are bounded apart. */
  isMatched: boolean
}

class Recombine implements RunningOperator {
  readonly #settings: RecombineSettings
  readonly #give: Give
  readonly #batches = new Map<string, Batch>()

  constructor(settings: RecombineSettings, give: Give) {
    this.#settings = settings
    this.#give = give
  }

  push(entry: FileEntry): void {
    const { condition, isFirst, isLast, field, dropsFaults } = this.#settings
    if (condition !== undefined && !isTrue(condition(entry))) {
      this.#give(entry)
      return
    }
    const text = getField(entry, field)
    if (typeof text !== 'string') {
      if (!dropsFaults) this.#give(entry)
      return
    }
    const source = this.#sourceOf(entry)
    const begins = isFirst !== undefined && isTrue(isFirst(entry))
    if (begins) {
      this.#end(source)
      this.#add(source, entry, text).isMatched = true
      return
    }
    const batch = this.#add(source, entry, text)
    if (isLast !== undefined && isTrue(isLast(entry))) this.#end(source)
    else if (this.#isFull(batch)) this.#end(source)
  }

  #sourceOf(entry: FileEntry): string {
    const { source } = this.#settings
    return source === undefined ? '' : anyText(getField(entry, source) ?? '')
  }

  #isFull({ entries, characters, isMatched }: Batch): boolean {
    const { maxEntries, maxUnmatched, maxCharacters, isFirst } = this.#settings
    const isUnmatched = isFirst !== undefined && !isMatched
    const most = isUnmatched && maxUnmatched > 0 ? Math.min(maxUnmatched, maxEntries) : maxEntries
    return entries.length >= most || characters > maxCharacters
  }

  #add(source: string, entry: FileEntry, text: string): Batch {
    let batch = this.#batches.get(source)
    if (batch === undefined) {
      if (this.#batches.size >= MAX_SOURCES) this.flush(0, true)
      batch = { entries: [], texts: [], characters: 0, lastMs: 0, isMatched: false }
      this.#batches.set(source, batch)
    }
    batch.entries.push(entry)
    batch.texts.push(text)
    batch.characters += text.length
    batch.lastMs = Date.now()
    return batch
  }

  #end(source: string): void {
    const batch = this.#batches.get(source)
    if (batch === undefined) return
    this.#batches.delete(source)
    const { keepsOldest, joint, field } = this.#settings
    const [first] = batch.entries
    const base = keepsOldest ? first : batch.entries.at(-1)
    if (first === undefined || base === undefined) return
    base.startOffset = first.startOffset
    setField(base, field, batch.texts.join(joint))
    this.#give(base)
  }

  flush(nowMs: number, force: boolean): void {
    for (const [source, { lastMs }] of this.#batches)
      if (force || nowMs - lastMs >= this.#settings.flushMs) this.#end(source)
  }

  heldFrom(): number | undefined {
    const starts = Array.from(this.#batches.values(), ({ entries }) => entries[0]?.startOffset ?? 0)
    return starts.length === 0 ? undefined : Math.min(...starts)
  }
}
