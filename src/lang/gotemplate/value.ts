import type { GoFunction } from './function.ts'

/**
 * What a template computes with. Types of JavaScript stand for Go's, because the difference between int and float64 decides
 * comparisons and formats: `number` is float64, `bigint` is int, `undefined` is nil or a value that is not there (it prints
 * as `<no value>` by itself, as `<nil>` inside of others). Everything else is one of the classes below; a host offers its own
 * data by making or extending them.
 */
export type GoValue =
  | undefined
  | boolean
  | bigint
  | number
  | string
  | GoNamed
  | GoSafe
  | GoSlice
  | GoMap
  | GoStruct
  | GoCallable

/** What all objects have: Go's name of the type (for `%T` and errors), methods, and the text of a Stringer. */
abstract class GoObject {
  abstract readonly typeName: string

  /** The method of that name, bound to this value; undefined when there is none. */
  method(_name: string): GoFunction | undefined {
    return undefined
  }

  /** The text that the type's own `String()` gives; undefined when it has none. */
  text(): string | undefined {
    return undefined
  }
}

/** A named integer such as time.Duration or time.Month. */
export class GoNamed extends GoObject {
  readonly kind = 'named'
  readonly typeName: string
  readonly value: bigint

  constructor(typeName: string, value: bigint) {
    super()
    this.typeName = typeName
    this.value = value
  }
}

/** The kinds of text that HTML mode trusts (html/template's content types that the two vocabularies can make). */
export type SafeContent = 'html' | 'url'

const SAFE_TYPE_NAMES: Readonly<Record<SafeContent, string>> = {
  html: 'template.HTML',
  url: 'template.URL',
}

/** A text marked as safe by `safeHtml` or `safeUrl`: HTML mode does not escape it in the place that it is safe for. */
export class GoSafe extends GoObject {
  readonly kind = 'safe'
  readonly content: SafeContent
  readonly value: string

  constructor(content: SafeContent, value: string) {
    super()
    this.content = content
    this.value = value
  }

  get typeName(): string {
    return SAFE_TYPE_NAMES[this.content]
  }
}

/** A slice. `typeName` is Go's (`[]string` when all items are strings: functions that take []string check it). */
export class GoSlice extends GoObject {
  readonly kind = 'slice'
  readonly items: readonly GoValue[]
  readonly typeName: string
  /** Whether Go would let it be passed as []string. */
  readonly isStrings: boolean

  constructor(items: readonly GoValue[], typeName = '[]interface {}', isStrings = false) {
    super()
    this.items = items
    this.typeName = typeName
    this.isStrings = isStrings
  }

  /** A slice of the same type with other items. */
  withItems(items: readonly GoValue[]): GoSlice {
    return new GoSlice(items, this.typeName, this.isStrings)
  }
}

/** A []string. */
export function stringSlice(items: readonly string[]): GoSlice {
  return new GoSlice(items, '[]string', true)
}

/** Where a map's entries come from; a JavaScript Map is one. */
export interface MapSource {
  readonly size: number
  has(key: string): boolean
  get(key: string): GoValue
  keys(): Iterable<string>
}

/** A map with string keys. `zero` is what a missing key gives with `missingkey=zero`, and always with `index`. */
export class GoMap extends GoObject {
  readonly kind = 'map'
  readonly source: MapSource
  readonly typeName: string
  readonly zero: GoValue

  constructor(source: MapSource, typeName = 'map[string]interface {}', zero?: GoValue) {
    super()
    this.source = source
    this.typeName = typeName
    this.zero = zero
  }
}

/** A map[string]string, as Prometheus offers `.Labels`. */
export function stringMap(source: MapSource): GoMap {
  return new GoMap(source, 'map[string]string', '')
}

/**
 * A struct. Its fields are the own properties of a record, in the order of printing; a getter is asked when a template asks.
 * A `typeName` that begins with `*` makes it a pointer (it prints as `&{…}` inside print).
 */
export class GoStruct extends GoObject {
  readonly kind = 'struct'
  readonly typeName: string
  readonly fields: Readonly<Record<string, GoValue>>
  /** What encoding/json calls the fields, where it is another name. */
  readonly jsonNames: Readonly<Record<string, string>>

  constructor(
    typeName: string,
    fields: Readonly<Record<string, GoValue>>,
    jsonNames: Readonly<Record<string, string>> = {},
  ) {
    super()
    this.typeName = typeName
    this.fields = fields
    this.jsonNames = jsonNames
  }

  /** Whether two structs are the same to `eq`: pointers by identity. */
  equals(other: GoStruct): boolean {
    return this === other
  }
}

/** A function as a value, for `call`. */
export class GoCallable extends GoObject {
  readonly kind = 'func'
  readonly typeName = 'func'
  readonly function: GoFunction

  constructor(value: GoFunction) {
    super()
    this.function = value
  }
}

/** Go's name of a value's type, as `%T` prints it. */
export function typeNameOf(value: GoValue): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'string':
      return 'string'
    default:
      return value.typeName
  }
}

/** Truth as `if` sees it: not the zero value; an empty text, slice or map is false, a struct is always true (isTrue). */
export function isTrue(value: GoValue): boolean {
  if (typeof value !== 'object') return Boolean(value) || Number.isNaN(value)
  switch (value.kind) {
    case 'named':
      return value.value !== 0n
    case 'safe':
      return value.value !== ''
    case 'slice':
      return value.items.length > 0
    case 'map':
      return value.source.size > 0
    case 'struct':
    case 'func':
      return true
    default:
      return value satisfies never
  }
}

/** The text of a value whose kind in Go is string; undefined for others. */
export function stringOf(value: GoValue): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof GoSafe ? value.value : undefined
}

/** The integer of a value whose kind in Go is an integer; undefined for others. */
export function integerOf(value: GoValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  return value instanceof GoNamed ? value.value : undefined
}
