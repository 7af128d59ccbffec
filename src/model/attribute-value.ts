/** The value of an attribute of a span, a resource, an event or a link. Integers are 64 bits wide. */
export type AttributeValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'booleans'; readonly value: readonly boolean[] }
  /** Base64. */
  | { readonly type: 'bytes'; readonly value: string }
  /** Maps, and lists of several types, as JSON. */
  | { readonly type: 'json'; readonly value: string }

/**
 * A value as one text that knows its type by its first letter: `sGET`, `i500`, `f0.5`, `btrue`; lists `S["a"]`, `I1,2`, `F0.5,1`, `Btrue,false`;
 * `x` bytes, `j` JSON. Equal values have equal texts. It is part of the data on disk: a change is a migration.
 */
export function encodeAttribute(value: AttributeValue): string {
  switch (value.type) {
    case 'string':
      return `s${value.value}`
    case 'int':
      return `i${value.value}`
    case 'float':
      return `f${value.value}`
    case 'boolean':
      return `b${value.value}`
    case 'strings':
      return `S${JSON.stringify(value.value)}`
    case 'ints':
      return `I${value.value.join(',')}`
    case 'floats':
      return `F${value.value.join(',')}`
    case 'booleans':
      return `B${value.value.join(',')}`
    case 'bytes':
      return `x${value.value}`
    default:
      return `j${value.value}`
  }
}

/** The value of a text of `encodeAttribute`; anything else is taken as a string. */
export function decodeAttribute(text: string): AttributeValue {
  const rest = text.slice(1)
  switch (text[0]) {
    case 's':
      return { type: 'string', value: rest }
    case 'i':
      return { type: 'int', value: BigInt(rest) }
    case 'f':
      return { type: 'float', value: Number(rest) }
    case 'b':
      return { type: 'boolean', value: rest === 'true' }
    case 'S':
      return { type: 'strings', value: readTexts(rest) }
    case 'I':
      return { type: 'ints', value: items(rest).map(BigInt) }
    case 'F':
      return { type: 'floats', value: items(rest).map(Number) }
    case 'B':
      return { type: 'booleans', value: items(rest).map((item) => item === 'true') }
    case 'x':
      return { type: 'bytes', value: rest }
    case 'j':
      return { type: 'json', value: rest }
    default:
      return { type: 'string', value: text }
  }
}

function items(text: string): string[] {
  return text === '' ? [] : text.split(',')
}

function readTexts(json: string): string[] {
  const found: unknown = JSON.parse(json)
  return Array.isArray(found) ? found.map(String) : []
}
