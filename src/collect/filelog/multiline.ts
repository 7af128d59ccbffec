import { anyText } from '../../formats/otlp/any-value.ts'
import { compileSearch, RegexError, type SearchRegex } from '../../model/regex.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { FileEntry } from './file-entry.ts'
import type { Give, Operator, RunningOperator } from './operator.ts'

/** Whatever the settings say. */
const MOST_LINES = 10_000

export interface MultilineOptions {
  /** A record that does not go on for so long is given on. */
  readonly flushMs: number
  /** Of a record, in characters. */
  readonly maxCharacters: number
}

interface MultilineSettings extends MultilineOptions {
  readonly start: SearchRegex | undefined
  readonly end: SearchRegex | undefined
}

/** `multiline`: lines become one record, from one that `line_start_pattern` fits on, or to one that `line_end_pattern` fits. */
export function readMultiline(node: YamlNode, options: MultilineOptions): Operator | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const start = readPattern(map.key('line_start_pattern'))
  const end = readPattern(map.key('line_end_pattern'))
  const omit = map.key('omit_pattern')
  if (omit.asBool() === true) omit.warn('has no effect here: what the pattern fits stays')
  map.finish()
  const written = ['line_start_pattern', 'line_end_pattern'].filter(
    (name) => !map.key(name).isEmpty,
  )
  if (written.length !== 1) {
    return node.errorAtKey('one of line_start_pattern and line_end_pattern must be set')
  }
  if (start === undefined && end === undefined) return undefined
  const settings = { ...options, start, end }
  return { id: '', output: undefined, open: (give) => new Multiline(settings, give) }
}

function readPattern(node: YamlNode): SearchRegex | undefined {
  const source = node.asRawString()
  if (source === undefined || source === '') return undefined
  try {
    return compileSearch(source)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

class Multiline implements RunningOperator {
  readonly #settings: MultilineSettings
  readonly #give: Give
  #first: FileEntry | undefined
  #lines: string[] = []
  #characters = 0
  #lastMs = 0

  constructor(settings: MultilineSettings, give: Give) {
    this.#settings = settings
    this.#give = give
  }

  push(entry: FileEntry): void {
    const { start, end, maxCharacters } = this.#settings
    const line = anyText(entry.body)
    if (start?.test(line) === true) this.#end()
    this.#first ??= entry
    this.#lines.push(line)
    this.#characters += line.length
    this.#lastMs = Date.now()
    const isFull = this.#characters >= maxCharacters || this.#lines.length >= MOST_LINES
    if (isFull || end?.test(line) === true) this.#end()
  }

  #end(): void {
    const entry = this.#first
    if (entry === undefined) return
    entry.body = this.#lines.join('\n').slice(0, this.#settings.maxCharacters)
    this.#first = undefined
    this.#lines = []
    this.#characters = 0
    this.#give(entry)
  }

  flush(nowMs: number, force: boolean): void {
    if (force || nowMs - this.#lastMs >= this.#settings.flushMs) this.#end()
  }

  heldFrom(): number | undefined {
    return this.#first?.startOffset
  }
}
