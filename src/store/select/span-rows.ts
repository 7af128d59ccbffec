import { decodeBlocks, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { Labels } from '../../model/labels.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { SpanParts, SpanRows } from '../spans-source.ts'
import { literal } from './sql-literal.ts'

/** Of each span. */
const COLUMNS = 'trace, span, parent, ts, dur, res, name, kind, status'

/** The columns of an answer that `toSpanRows` reads. What is not asked for need not be read from the disk, nor be sent. */
export function spanColumns(parts: SpanParts | undefined): string {
  if (parts === undefined) return `${COLUMNS}, message, state, scope, attrs, events, links`
  const { attributes, hasEvents, hasLinks, hasScope, hasMessage } = parts
  const names = attributes.map(literal).join(',')
  return [
    COLUMNS,
    ...(hasMessage ? ['message'] : []),
    ...(hasScope ? ['scope'] : []),
    ...(attributes.length > 0 ? [`mapFilter((k, v) -> k IN (${names}), attrs) AS attrs`] : []),
    ...(hasEvents ? ['events'] : []),
    ...(hasLinks ? ['links'] : []),
  ].join(', ')
}

/** The spans of an answer that is sorted by trace, span and time. Rows that are the same span are one. */
export function toSpanRows(answer: Uint8Array, index: SeriesIndex): SpanRows {
  const rows = new RowsBuilder(index)
  for (const block of decodeBlocks(answer)) rows.add(block)
  return rows.finish()
}

type StringMap = ReturnType<NativeBlock['stringMap']>

class RowsBuilder {
  readonly #index: SeriesIndex
  readonly #traceIds: string[] = []
  readonly #spanIds: string[] = []
  readonly #parentIds: string[] = []
  readonly #starts: bigint[] = []
  readonly #durations: bigint[] = []
  readonly #names: string[] = []
  readonly #kinds: number[] = []
  readonly #statuses: number[] = []
  readonly #messages: string[] = []
  readonly #states: string[] = []
  readonly #scopes: string[] = []
  readonly #offsets: number[] = [0]
  readonly #keys: string[] = []
  readonly #values: string[] = []
  readonly #events: string[] = []
  readonly #links: string[] = []
  readonly #resources: Labels[] = []

  constructor(index: SeriesIndex) {
    this.#index = index
  }

  add(block: NativeBlock): void {
    const traces = block.stringBytes('trace')
    const spans = block.bigUint64('span')
    const parents = block.bigUint64('parent')
    const starts = block.bigUint64('ts')
    const durations = block.bigUint64('dur')
    const resources = block.uint64Words('res')
    const names = block.strings('name')
    const kinds = block.uint32('kind')
    const statuses = block.uint32('status')
    const has = new Set(block.columnNames)
    const texts = (name: string): readonly string[] => (has.has(name) ? block.strings(name) : [])
    const messages = texts('message')
    const states = texts('state')
    const scopes = texts('scope')
    const attributes = has.has('attrs') ? block.stringMap('attrs') : undefined
    const events = texts('events')
    const links = texts('links')
    for (let i = 0; i < block.rows; i++) {
      const traceId = toHex(traces.bytes.subarray(traces.starts[i], traces.ends[i]))
      const spanId = idText(spans[i] as bigint)
      const startNs = BigInt.asIntN(64, starts[i] as bigint)
      if (this.#isRepeated(traceId, spanId, startNs)) continue
      this.#traceIds.push(traceId)
      this.#spanIds.push(spanId)
      this.#parentIds.push(parents[i] === 0n ? '' : idText(parents[i] as bigint))
      this.#starts.push(startNs)
      this.#durations.push(BigInt.asIntN(64, durations[i] as bigint))
      this.#names.push(names[i] as string)
      this.#kinds.push(kinds[i] as number)
      this.#statuses.push(statuses[i] as number)
      this.#messages.push(messages[i] ?? '')
      this.#states.push(states[i] ?? '')
      this.#scopes.push(scopes[i] ?? '')
      if (attributes) this.#addAttributes(attributes, i)
      this.#offsets.push(this.#keys.length)
      this.#events.push(events[i] ?? '')
      this.#links.push(links[i] ?? '')
      const ref = this.#index.findById(resources[i * 2] as number, resources[i * 2 + 1] as number)
      this.#resources.push(ref < 0 ? Labels.EMPTY : this.#index.labelsOf(ref))
    }
  }

  #addAttributes({ offsets, keys, values }: StringMap, row: number): void {
    for (let k = offsets[row] as number; k < (offsets[row + 1] as number); k++) {
      this.#keys.push(keys[k] as string)
      this.#values.push(values[k] as string)
    }
  }

  #isRepeated(traceId: string, spanId: string, startNs: bigint): boolean {
    return (
      this.#spanIds.at(-1) === spanId &&
      this.#traceIds.at(-1) === traceId &&
      this.#starts.at(-1) === startNs
    )
  }

  finish(): SpanRows {
    return {
      length: this.#spanIds.length,
      traceIds: this.#traceIds,
      spanIds: this.#spanIds,
      parentIds: this.#parentIds,
      startsNs: BigInt64Array.from(this.#starts),
      durationsNs: BigInt64Array.from(this.#durations),
      names: this.#names,
      kinds: Uint32Array.from(this.#kinds),
      statuses: Uint32Array.from(this.#statuses),
      messages: this.#messages,
      states: this.#states,
      scopes: this.#scopes,
      attributes: {
        offsets: Uint32Array.from(this.#offsets),
        keys: this.#keys,
        values: this.#values,
      },
      events: this.#events,
      links: this.#links,
      resources: this.#resources,
    }
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function idText(id: bigint): string {
  return id.toString(16).padStart(16, '0')
}
