import { decodeAttribute } from '../../src/model/attribute-value.ts'
import { startOf, type AttributeColumns, type SpanBatch } from '../../src/model/spans.ts'

type Values = Readonly<Record<string, unknown>>

/** A span of a batch, for comparisons. */
export interface PlainSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  readonly name: string
  readonly kind: number
  readonly status: number
  readonly message: string
  readonly state: string
  readonly startNs: bigint
  readonly durationNs: bigint
  readonly scope: string
  readonly resource: Values
  readonly attributes: Values
  readonly events: readonly (readonly [timeNs: bigint, name: string, attributes: Values])[]
  readonly links: readonly (readonly [traceId: string, spanId: string, attributes: Values])[]
}

/** The spans of a batch as objects. */
export function readBatch(batch: SpanBatch): PlainSpan[] {
  const text = (place: number | undefined): string => batch.strings[place ?? -1] ?? ''
  const values = ({ ends, keys, values: held }: AttributeColumns, row: number): Values => {
    const pairs: [string, unknown][] = []
    for (let i = startOf(ends, row); i < (ends[row] ?? 0); i++)
      pairs.push([text(keys[i]), decodeAttribute(text(held[i])).value])
    return Object.fromEntries(pairs)
  }
  const rowsOf = (ends: Uint32Array, row: number): number[] => {
    const start = startOf(ends, row)
    return Array.from({ length: (ends[row] ?? 0) - start }, (_, i) => start + i)
  }
  const { events, links } = batch
  return Array.from(batch.startsNs, (startNs, row) => ({
    traceId: hex(batch.traceIds, row, 16),
    spanId: hex(batch.spanIds, row, 8),
    parentId: hex(batch.parentIds, row, 8).replace(/^0+$/, ''),
    name: text(batch.names[row]),
    kind: batch.kinds[row] ?? -1,
    status: batch.statuses[row] ?? -1,
    message: text(batch.messages[row]),
    state: text(batch.states[row]),
    startNs,
    durationNs: batch.durationsNs[row] ?? -1n,
    scope: batch.scopes[batch.scopeIndex[row] ?? 0]?.name ?? '',
    resource: Object.fromEntries(
      (batch.resources[batch.resourceIndex[row] ?? 0] ?? []).map(([key, value]) => [
        key,
        decodeAttribute(value).value,
      ]),
    ),
    attributes: values(batch.attributes, row),
    events: rowsOf(events.ends, row).map(
      (at) =>
        [events.timesNs[at] ?? 0n, text(events.names[at]), values(events.attributes, at)] as const,
    ),
    links: rowsOf(links.ends, row).map(
      (at) =>
        [
          hex(links.traceIds, at, 16),
          hex(links.spanIds, at, 8),
          values(links.attributes, at),
        ] as const,
    ),
  }))
}

function hex(ids: Uint8Array, row: number, width: number): string {
  return Buffer.from(ids.subarray(row * width, (row + 1) * width)).toString('hex')
}
