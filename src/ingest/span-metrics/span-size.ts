import { startOf, type AttributeColumns, type SpanBatch } from '../../model/spans.ts'

const ID_FIELD = 2
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
/** A tag and eight bytes. */
const FIXED64 = 9

/**
 * How many bytes a span takes as OTLP's protobuf, as Tempo counts them. Lists and maps in attributes are taken as long as their texts,
 * which is near.
 */
export class SpanSizes {
  readonly #batch: SpanBatch
  /** Bytes of each text in UTF-8, 0 for one that was not asked for yet. */
  readonly #lengths: Uint32Array

  constructor(batch: SpanBatch) {
    this.#batch = batch
    this.#lengths = new Uint32Array(batch.strings.length)
  }

  sizeOf(row: number): number {
    const { parentIds, states, names, kinds, statuses, messages, attributes } = this.#batch
    let size = ID_FIELD + TRACE_ID_BYTES + ID_FIELD + SPAN_ID_BYTES + FIXED64 + FIXED64
    if (!isZero(parentIds, row)) size += ID_FIELD + SPAN_ID_BYTES
    size += this.#textField(states[row] ?? 0)
    size += this.#textField(names[row] ?? 0)
    if ((kinds[row] ?? 0) !== 0) size += 2
    const status = this.#textField(messages[row] ?? 0) + ((statuses[row] ?? 0) === 0 ? 0 : 2)
    if (status > 0) size += field(status)
    size += this.#attributes(attributes, row)
    return size + this.#events(row) + this.#links(row)
  }

  /** How many bytes a request takes that has these rows only: each of their resources, and of their scopes below it, once. */
  sizeOfRequest(rows: Uint32Array): number {
    const { resourceIndex, scopeIndex, resources, scopes } = this.#batch
    const groups = new Map<number, Map<number, number>>()
    for (const row of rows) {
      const resource = resourceIndex[row] ?? 0
      const scope = scopeIndex[row] ?? 0
      const group = groups.get(resource) ?? new Map<number, number>()
      groups.set(resource, group)
      group.set(scope, (group.get(scope) ?? 0) + field(this.sizeOf(row)))
    }
    let size = 0
    for (const [resource, group] of groups) {
      let inner = field(pairsSize(resources[resource] ?? []))
      for (const [place, spans] of group) {
        const { name = '', version = '', attributes = [] } = scopes[place] ?? {}
        const scope = textSize(name) + textSize(version) + pairsSize(attributes)
        inner += field(field(scope) + spans)
      }
      size += field(inner)
    }
    return size
  }

  #events(row: number): number {
    const { ends, names, attributes } = this.#batch.events
    let size = 0
    for (let i = startOf(ends, row); i < (ends[row] ?? 0); i++)
      size += field(FIXED64 + this.#textField(names[i] ?? 0) + this.#attributes(attributes, i))
    return size
  }

  #links(row: number): number {
    const { ends, states, attributes } = this.#batch.links
    const ids = ID_FIELD + TRACE_ID_BYTES + ID_FIELD + SPAN_ID_BYTES
    let size = 0
    for (let i = startOf(ends, row); i < (ends[row] ?? 0); i++)
      size += field(ids + this.#textField(states[i] ?? 0) + this.#attributes(attributes, i))
    return size
  }

  #attributes({ ends, keys, values }: AttributeColumns, owner: number): number {
    let size = 0
    for (let i = startOf(ends, owner); i < (ends[owner] ?? 0); i++)
      size += field(this.#textField(keys[i] as number) + field(this.#value(values[i] as number)))
    return size
  }

  /** Bytes of an AnyValue. */
  #value(place: number): number {
    return valueSize(this.#batch.strings[place] ?? '', () => this.#length(place))
  }

  #textField(place: number): number {
    const length = this.#length(place)
    return length === 0 ? 0 : field(length)
  }

  #length(place: number): number {
    const text = this.#batch.strings[place] ?? ''
    if (text === '') return 0
    return (this.#lengths[place] ||= utf8Length(text))
  }
}

/** Bytes of an AnyValue that is a typed text of so many bytes. */
function valueSize(text: string, lengthOf: (text: string) => number): number {
  switch (text[0]) {
    case 'b':
      return 2
    case 'f':
      return FIXED64
    case 'i':
      return 1 + varintOf(text.slice(1))
    default:
      return field(lengthOf(text) - 1)
  }
}

function textSize(text: string): number {
  return text === '' ? 0 : field(utf8Length(text))
}

/** Attributes of a resource or a scope. */
function pairsSize(pairs: readonly (readonly [string, string])[]): number {
  let size = 0
  for (const [key, text] of pairs) size += field(textSize(key) + field(valueSize(text, utf8Length)))
  return size
}

/** A tag, a length and so many bytes. */
function field(length: number): number {
  let size = 2 + length
  for (let rest = length; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

/** Bytes of a whole number; negative ones take ten. */
function varintOf(digits: string): number {
  if (digits.startsWith('-')) return 10
  let size = 1
  for (let rest = Number(digits); rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

function utf8Length(text: string): number {
  let size = 0
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    size += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return size
}

function isZero(ids: Uint8Array, row: number): boolean {
  for (let i = row * SPAN_ID_BYTES; i < (row + 1) * SPAN_ID_BYTES; i++)
    if (ids[i] !== 0) return false
  return true
}
