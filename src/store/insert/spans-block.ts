import {
  type ByteParts,
  type ColumnData,
  encodeNativeBlock,
} from '../../formats/clickhouse-native/encode.ts'
import { type AttributeColumns, type SpanBatch, startOf } from '../../model/spans.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import { SpareBuffers } from '../../self/memory/spare-buffers.ts'
import type { Block } from './blocks.ts'
import type { TakenSpans } from './pending-spans.ts'
import { encodeTexts, TextColumn, WordColumn, Words } from './text-columns.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** Blocks that the engine has taken. */
const spare = new SpareBuffers({
  largestBytes: 4 * 1024 * 1024,
  mostBytes: 4 * 1024 * 1024,
  idleMs: 5000,
})

/** Rows of one taken batch that go into the same partition. */
export interface SpanSegment {
  readonly taken: TakenSpans
  readonly rows: readonly number[]
}

/** Rows of `spans`. */
export function spansBlock(
  index: SeriesIndex,
  segments: readonly SpanSegment[],
  keepSeconds: number,
): Block {
  const count = segments.reduce((sum, { rows }) => sum + rows.length, 0)
  const attributes = segments.reduce((sum, segment) => sum + countAttributes(segment), 0)
  const columns = new SpanRowColumns(count, attributes, index)
  for (const { taken, rows } of segments) columns.add(taken, rows)
  const named = columns.finish(keepSeconds)
  let room: Buffer | undefined
  const bytes = encodeNativeBlock(named, (sizeBytes) => (room = spare.take(sizeBytes)))
  const giveBack = (): void => {
    if (room !== undefined) spare.give(room)
    room = undefined
  }
  return { names: named.map(({ name }) => name), bytes, giveBack }
}

/** Attributes of the rows, those that come twice included. */
function countAttributes({ taken, rows }: SpanSegment): number {
  const { ends } = taken.batch.attributes
  let count = 0
  for (const row of rows) count += (ends[row] as number) - startOf(ends, row)
  return count
}

class SpanRowColumns {
  readonly #index: SeriesIndex
  readonly #count: number
  #at = 0
  readonly #resLow: Uint32Array
  readonly #resHigh: Uint32Array
  readonly #starts: BigInt64Array
  readonly #durations: BigInt64Array
  readonly #traces: Uint8Array
  readonly #spans: BigUint64Array
  readonly #parents: BigUint64Array
  readonly #kinds: Uint8Array
  readonly #statuses: Uint8Array
  readonly #offsets: Uint32Array
  readonly #lists: Uint8Array
  readonly #names: WordColumn
  readonly #scopes: WordColumn
  readonly #keys: WordColumn
  readonly #messages: TextColumn
  readonly #states: TextColumn
  readonly #values: TextColumn
  readonly #events: string[] = []
  readonly #links: string[] = []

  constructor(count: number, attributes: number, index: SeriesIndex) {
    this.#index = index
    this.#count = count
    this.#resLow = new Uint32Array(count)
    this.#resHigh = new Uint32Array(count)
    this.#starts = new BigInt64Array(count)
    this.#durations = new BigInt64Array(count)
    this.#traces = new Uint8Array(count * TRACE_ID_BYTES)
    this.#spans = new BigUint64Array(count)
    this.#parents = new BigUint64Array(count)
    this.#kinds = new Uint8Array(count)
    this.#statuses = new Uint8Array(count)
    this.#offsets = new Uint32Array(count + 1)
    this.#lists = new Uint8Array(count)
    this.#names = new WordColumn(new Words(), count)
    this.#scopes = new WordColumn(new Words(), count)
    this.#keys = new WordColumn(new Words(), attributes)
    this.#messages = new TextColumn(count)
    this.#states = new TextColumn(count)
    this.#values = new TextColumn(attributes)
  }

  add({ batch, refs }: TakenSpans, rows: readonly number[]): void {
    const { strings } = batch
    const scopes = batch.scopes.map((scope) =>
      JSON.stringify([scope.name, scope.version, Object.fromEntries(scope.attributes)]),
    )
    this.#names.begin(strings)
    this.#keys.begin(strings)
    this.#scopes.begin(scopes)
    const texts = encodeTexts(strings)
    const areLists = findLists(strings)
    for (const column of [this.#messages, this.#states, this.#values]) column.begin(texts)
    const spanIds = viewOf(batch.spanIds)
    const parentIds = viewOf(batch.parentIds)
    for (const row of rows) {
      const at = this.#at++
      const ref = refs[batch.resourceIndex[row] as number] as number
      this.#resLow[at] = this.#index.idLowOf(ref)
      this.#resHigh[at] = this.#index.idHighOf(ref)
      this.#starts[at] = batch.startsNs[row] as bigint
      this.#durations[at] = batch.durationsNs[row] as bigint
      const from = row * TRACE_ID_BYTES
      this.#traces.set(batch.traceIds.subarray(from, from + TRACE_ID_BYTES), at * TRACE_ID_BYTES)
      this.#spans[at] = spanIds.getBigUint64(row * SPAN_ID_BYTES)
      this.#parents[at] = parentIds.getBigUint64(row * SPAN_ID_BYTES)
      this.#kinds[at] = batch.kinds[row] as number
      this.#statuses[at] = batch.statuses[row] as number
      this.#names.push(batch.names[row] as number)
      this.#messages.push(batch.messages[row] as number)
      this.#states.push(batch.states[row] as number)
      this.#scopes.push(batch.scopeIndex[row] as number)
      this.#lists[at] = this.#addAttributes(batch, row, areLists)
      this.#offsets[at + 1] = this.#keys.length
      this.#events.push(eventsText(batch, row))
      this.#links.push(linksText(batch, row))
    }
  }

  /** Of a key that comes twice the last value counts. Answers 1 when one of the values is a list, else 0. */
  #addAttributes(
    { attributes: { ends, keys, values } }: SpanBatch,
    row: number,
    areLists: Uint8Array,
  ): number {
    const end = ends[row] as number
    let hasList = 0
    for (let i = startOf(ends, row); i < end; i++) {
      const key = keys[i] as number
      let isRepeated = false
      for (let k = i + 1; k < end; k++) if (keys[k] === key) isRepeated = true
      if (isRepeated) continue
      const value = values[i] as number
      this.#keys.push(key)
      this.#values.push(value)
      if (areLists[value] === 1) hasList = 1
    }
    return hasList
  }

  finish(keepSeconds: number): { readonly name: string; readonly data: ColumnData }[] {
    const keep = new Uint32Array(this.#count).fill(keepSeconds)
    const res = { low: this.#resLow, high: this.#resHigh }
    const map = {
      offsets: this.#offsets,
      keys: this.#keys.finish(),
      values: this.#values.finish(),
    }
    const texts = (name: string, values: readonly string[] | ByteParts) =>
      ({ name, data: { type: 'String', values } }) as const
    const words = (name: string, column: WordColumn) =>
      ({ name, data: { type: 'LowCardinality(String)', values: column.finish() } }) as const
    const ids = { width: TRACE_ID_BYTES, bytes: this.#traces }
    return [
      { name: 'keep', data: { type: 'UInt32', values: keep } },
      { name: 'res', data: { type: 'UInt64', values: res } },
      { name: 'ts', data: { type: "DateTime64(9, 'UTC')", values: this.#starts } },
      { name: 'dur', data: { type: 'Int64', values: this.#durations } },
      { name: 'trace', data: { type: `FixedString(${TRACE_ID_BYTES})`, ...ids } },
      { name: 'span', data: { type: 'UInt64', values: this.#spans } },
      { name: 'parent', data: { type: 'UInt64', values: this.#parents } },
      words('name', this.#names),
      { name: 'kind', data: { type: 'UInt8', values: this.#kinds } },
      { name: 'status', data: { type: 'UInt8', values: this.#statuses } },
      texts('message', this.#messages.finish()),
      texts('state', this.#states.finish()),
      words('scope', this.#scopes),
      { name: 'attrs', data: { type: 'Map', ...map } },
      { name: 'lists', data: { type: 'UInt8', values: this.#lists } },
      texts('events', this.#events),
      texts('links', this.#links),
    ]
  }
}

/** 1 for each typed text that is a list, by its first letter (model/attribute-value.ts): what the column `lists` has as its default. */
function findLists(texts: readonly string[]): Uint8Array {
  const found = new Uint8Array(texts.length)
  let row = 0
  for (const text of texts) {
    const letter = text[0]
    if (letter === 'S' || letter === 'I' || letter === 'F' || letter === 'B') found[row] = 1
    row++
  }
  return found
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** `[[nanoseconds since the start of the span, name, {attributes}], …]`; nothing for none. Part of the data on disk. */
function eventsText({ events, strings, startsNs }: SpanBatch, row: number): string {
  const start = startOf(events.ends, row)
  const end = events.ends[row] as number
  if (start === end) return ''
  const startNs = startsNs[row] as bigint
  const all: unknown[] = []
  for (let i = start; i < end; i++) {
    const sinceNs = Number((events.timesNs[i] as bigint) - startNs)
    const name = strings[events.names[i] as number]
    all.push([sinceNs, name, attributesOf(events.attributes, strings, i)])
  }
  return JSON.stringify(all)
}

/** `[[trace id, span id, trace state, {attributes}], …]`, ids in hex; nothing for none. Part of the data on disk. */
function linksText({ links, strings }: SpanBatch, row: number): string {
  const start = startOf(links.ends, row)
  const end = links.ends[row] as number
  if (start === end) return ''
  const all: unknown[] = []
  for (let i = start; i < end; i++) {
    const trace = links.traceIds.subarray(i * TRACE_ID_BYTES, (i + 1) * TRACE_ID_BYTES)
    const span = links.spanIds.subarray(i * SPAN_ID_BYTES, (i + 1) * SPAN_ID_BYTES)
    const state = strings[links.states[i] as number]
    all.push([hex(trace), hex(span), state, attributesOf(links.attributes, strings, i)])
  }
  return JSON.stringify(all)
}

function attributesOf(
  columns: AttributeColumns,
  strings: readonly string[],
  owner: number,
): Record<string, string> {
  const found: Record<string, string> = {}
  for (let i = startOf(columns.ends, owner); i < (columns.ends[owner] as number); i++) {
    const key = strings[columns.keys[i] as number] as string
    // Else the key `__proto__` would be lost.
    Object.defineProperty(found, key, {
      value: strings[columns.values[i] as number],
      ...{ enumerable: true, configurable: true, writable: true },
    })
  }
  return found
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
