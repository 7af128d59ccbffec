import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type LineCounter,
  type ParsedNode,
} from 'yaml'
import { parseDurationMs } from '../model/duration.ts'
import { parseBytes } from './bytes.ts'
import { expandText, type ExpansionSource } from './expand.ts'
import type { ConfigFault, FaultList } from './fault.ts'
import { YamlMap } from './map.ts'
import {
  BINARY_TAG,
  decodeBinary,
  decodeBinaryBytes,
  isNullText,
  parseBoolean,
  parseInteger,
  parseNumber,
} from './scalar.ts'
import { offsetInScalar } from './scalar-offset.ts'
import { Secret } from './secret.ts'
import { suggestName } from './suggest.ts'

/** What all nodes of one document share. */
export interface YamlContext {
  readonly file: string
  /** The document as it is written. */
  readonly text: string
  readonly faults: FaultList
  readonly lines: LineCounter
  readonly aliases: ReadonlyMap<Alias, ParsedNode>
  readonly expansion: ExpansionSource | undefined
}

type Kind = 'absent' | 'null' | 'scalar' | 'list' | 'map'

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  absent: 'nothing',
  null: 'nothing',
  scalar: 'a single value',
  list: 'a list',
  map: 'a mapping',
}

export interface IntegerBounds {
  readonly min?: number
  readonly max?: number
}

/**
 * A value of a YAML document that remembers where it stands. Each `as…` verb reads it as one type: it returns undefined when
 * the key is absent or empty, and also when the value is of another type, which it then reports; so a reader goes on
 * with a default and all faults of a file are found in one pass.
 */
export class YamlNode {
  /** The key (or `key[2]` for a list item) that messages start with; '' for a whole document. */
  readonly name: string
  readonly #context: YamlContext
  readonly #node: ParsedNode | null
  readonly #offset: number
  readonly #keyOffset: number
  readonly #kind: Kind

  private constructor(
    context: YamlContext,
    name: string,
    node: ParsedNode | null | undefined,
    offset: number,
    keyOffset: number,
  ) {
    this.#context = context
    this.name = name
    this.#offset = offset
    this.#keyOffset = keyOffset
    this.#node = (isAlias(node) ? context.aliases.get(node) : node) ?? null
    this.#kind = node === undefined ? 'absent' : kindOf(this.#node)
  }

  static root(context: YamlContext, node: ParsedNode | null): YamlNode {
    return new YamlNode(context, '', node, node?.range[0] ?? 0, 0)
  }

  /** The value of a key of this mapping; `node` undefined for a key that is absent. */
  child(name: string, node: ParsedNode | null | undefined, keyOffset?: number): YamlNode {
    const key = keyOffset ?? this.#offset
    return new YamlNode(this.#context, name, node, node?.range[0] ?? key, key)
  }

  get file(): string {
    return this.#context.file
  }

  /** Counted from 1. */
  get line(): number {
    return this.#context.lines.linePos(this.#offset).line
  }

  /** The line of the key that this value stands behind; that of the value itself where there is none. */
  get keyLine(): number {
    return this.#context.lines.linePos(this.#keyOffset).line
  }

  /** Counted from 1, in UTF-16 units. */
  get col(): number {
    return this.#context.lines.linePos(this.#offset).col
  }

  /** True when the key is there, even if nothing stands behind it. */
  get isPresent(): boolean {
    return this.#kind !== 'absent'
  }

  /** True when the key is absent or nothing stands behind it. */
  get isEmpty(): boolean {
    return this.#kind === 'absent' || this.#kind === 'null'
  }

  get isMap(): boolean {
    return this.#kind === 'map'
  }

  get isScalar(): boolean {
    return this.#kind === 'scalar'
  }

  /** Reports an error at this value; always returns undefined, so that a reader can `return node.error(…)`. */
  error(message: string): undefined {
    this.#report('error', message, this.#offset)
  }

  warn(message: string, kind?: ConfigFault['kind']): undefined {
    this.#report('warning', message, this.#offset, kind)
  }

  /** Reports inside this text: `at` is an offset into what `asRawString` gives. */
  errorWithin(at: number, message: string): undefined {
    this.#report('error', message, this.#offset + this.#offsetOf(at))
  }

  /** Reports at the key instead of its value. */
  errorAtKey(message: string): undefined {
    this.#report('error', message, this.#keyOffset)
  }

  warnAtKey(message: string): undefined {
    this.#report('warning', message, this.#keyOffset)
  }

  /** The variables that `${…}` is replaced from; undefined where nothing is expanded. */
  get env(): ExpansionSource['env'] | undefined {
    return this.#context.expansion?.env
  }

  /** Any scalar as text, with `${…}` expanded. */
  asString(): string | undefined {
    return this.#scalar('text')?.text
  }

  /** Any scalar as it is written, for what has a `$` of its own: replacements, expressions, templates. */
  asRawString(): string | undefined {
    return this.#scalar('text', { isRaw: true })?.text
  }

  /** What is sent as it is: the bytes that `!!binary` stands for, or the UTF-8 of a text as it is written. */
  asBytes(): Uint8Array | undefined {
    const node = this.#node
    if (!isScalar(node) || node.tag !== BINARY_TAG) {
      const text = this.asRawString()
      return text === undefined ? undefined : Buffer.from(text, 'utf8')
    }
    return decodeBinaryBytes(String(node.value)) ?? this.error('!!binary is not base64')
  }

  /** Text that must not be shown; `${file:PATH}` is allowed here. */
  asSecret(): Secret | undefined {
    const scalar = this.#scalar('text', { isSecret: true })
    return scalar === undefined ? undefined : new Secret(scalar.text)
  }

  asBool(): boolean | undefined {
    const scalar = this.#scalar('true or false')
    if (!scalar) return undefined
    const value = scalar.isPlain ? parseBoolean(scalar.text) : undefined
    return value ?? this.#mustBe('true or false', scalar)
  }

  asNumber(): number | undefined {
    const scalar = this.#scalar('a number')
    if (!scalar) return undefined
    const value = scalar.isPlain ? parseNumber(scalar.text) : undefined
    return value ?? this.#mustBe('a number', scalar)
  }

  /** A whole number within the bounds (by default what a double holds exactly). */
  asInteger(bounds: IntegerBounds = {}): number | undefined {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds
    const value = this.asBigInt(BigInt(min), BigInt(max))
    return value === undefined ? undefined : Number(value)
  }

  asBigInt(min: bigint, max: bigint): bigint | undefined {
    const scalar = this.#scalar('a whole number')
    if (!scalar) return undefined
    const value = scalar.isPlain ? parseInteger(scalar.text) : undefined
    if (value === undefined) return this.#mustBe('a whole number', scalar)
    if (value < min) return this.error(`must be at least ${min}, not ${scalar.text}`)
    if (value > max) return this.error(`must be at most ${max}, not ${scalar.text}`)
    return value
  }

  /** A duration of Prometheus's notation, in milliseconds. */
  durationMs(): number | undefined {
    const scalar = this.#scalar('a duration')
    if (!scalar) return undefined
    const value = parseDurationMs(scalar.text)
    if (value === undefined) return this.#mustBe('a duration such as 15s, 1m30s or 2d', scalar)
    // Prometheus counts in nanoseconds of 64 bits.
    if (value > 9_223_372_036_854) return this.error(`${scalar.text} is longer than 292 years`)
    return value
  }

  /** A size of Prometheus's notation, in bytes. */
  bytes(): number | undefined {
    const scalar = this.#scalar('a size')
    if (!scalar) return undefined
    return parseBytes(scalar.text) ?? this.#mustBe('a size with its unit, such as 512MB', scalar)
  }

  /** A scalar with the type that YAML gives it, for values that are passed on; texts as they are written. */
  asScalar(): string | number | boolean | undefined {
    const scalar = this.#scalar('a single value', { isRaw: true })
    if (!scalar?.isPlain) return scalar?.text
    return parseBoolean(scalar.text) ?? parseNumber(scalar.text) ?? scalar.text
  }

  /** One of a few words, exactly as they are written. */
  asOneOf<T extends string>(allowed: readonly T[]): T | undefined {
    const scalar = this.#scalar('text')
    if (!scalar) return undefined
    const found = allowed.find((word) => word === scalar.text)
    if (found !== undefined) return found
    const near = suggestName(scalar.text, allowed)
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    return this.error(`must be one of ${allowed.join(', ')}, not ${quote(scalar.text)}${hint}`)
  }

  /** The items of a list; an empty list for `[]`. */
  asList(): YamlNode[] | undefined {
    if (this.isEmpty) return undefined
    if (!isSeq(this.#node)) return this.error(`must be a list, not ${KIND_WORDS[this.#kind]}`)
    return this.#node.items.map((item, index) => {
      const node = item as ParsedNode | null
      const offset = node?.range[0] ?? this.#offset
      return new YamlNode(this.#context, `${this.name}[${index}]`, node, offset, offset)
    })
  }

  /** A list of texts; an empty item is an error. */
  asStrings(): string[] | undefined {
    const out: string[] = []
    for (const item of this.asList() ?? [undefined]) {
      if (item === undefined) return undefined
      const text = item.asString()
      if (text !== undefined) out.push(text)
      else if (item.isEmpty) item.error('must not be empty')
    }
    return out
  }

  /** The keys of a mapping, for strict reading: see `YamlMap`. */
  asMap(): YamlMap | undefined {
    if (this.isEmpty) return undefined
    const node = this.#node
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      return this.error(`must be a mapping, not ${KIND_WORDS[this.#kind]}`)
    }
    return new YamlMap(this, node, (alias) => this.#context.aliases.get(alias))
  }

  /** The line of an offset of this document. Used by `YamlMap`. */
  lineAt(offset: number): number {
    return this.#context.lines.linePos(offset).line
  }

  #scalar(
    wanted: string,
    options: { isRaw?: boolean; isSecret?: boolean } = {},
  ): { text: string; isPlain: boolean } | undefined {
    if (this.isEmpty) return undefined
    const node = this.#node
    if (!isScalar(node)) return this.error(`must be ${wanted}, not ${KIND_WORDS[this.#kind]}`)
    const written = String(node.value)
    const isPlain = node.type === 'PLAIN' && node.tag !== STRING_TAG
    const text = node.tag === BINARY_TAG ? decodeBinary(written) : written
    if (text === undefined) return this.error('!!binary is not base64 of valid UTF-8')
    const { expansion } = this.#context
    if (expansion === undefined || options.isRaw === true || !text.includes('$')) {
      return { text, isPlain }
    }
    const expanded = expandText(text, expansion, options.isSecret === true)
    for (const message of expanded.errors) this.error(message)
    if (expanded.errors.length > 0) return undefined
    if (expanded.hasBareEscape) this.warn('$$ is read as one $; write $$$$ for two')
    return { text: expanded.text, isPlain: isPlain || expanded.isChanged }
  }

  #offsetOf(at: number): number {
    const node = this.#node
    if (!isScalar(node)) return 0
    const source = this.#context.text.slice(node.range[0], node.range[1])
    // An alias is a place of its own; what it stands for is elsewhere.
    if (this.#offset !== node.range[0]) return 0
    return offsetInScalar(source, String(node.value), at)
  }

  #mustBe(wanted: string, scalar: { text: string; isPlain: boolean }): undefined {
    const shown = scalar.isPlain ? scalar.text : `the text ${quote(scalar.text)}`
    return this.error(`must be ${wanted}, not ${shown.slice(0, 200)}`)
  }

  #report(
    severity: 'error' | 'warning',
    message: string,
    offset: number,
    kind?: ConfigFault['kind'],
  ): void {
    const { line, col } = this.#context.lines.linePos(offset)
    this.#context.faults.add({
      file: this.file,
      line,
      col,
      message: this.name === '' ? message : `${this.name}: ${message}`,
      severity,
      ...(kind === undefined ? {} : { kind }),
    })
  }
}

const STRING_TAG = 'tag:yaml.org,2002:str'

function kindOf(node: ParsedNode | null): Kind {
  if (node === null) return 'null'
  if (isMap(node)) return 'map'
  if (isSeq(node)) return 'list'
  if (
    !isScalar(node) ||
    node.type !== 'PLAIN' ||
    node.tag === STRING_TAG ||
    node.tag === BINARY_TAG
  ) {
    return 'scalar'
  }
  return isNullText(String(node.value)) ? 'null' : 'scalar'
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
