import type { NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { metadataLabels } from '../../formats/loki-push/metadata-labels.ts'
import { greatest, least } from '../../model/bigint-order.ts'
import { Labels } from '../../model/labels.ts'
import type { FieldParser, LineFields, LineSelection, Tally } from '../lines-source.ts'

/** A part of time; the end is not part. */
export type TimeStep = Pick<LineSelection, 'startNs' | 'endNs'>

/** What a block brought. */
export interface AddedRows {
  /** All lines that it stands for. */
  readonly lines: number
  /** Times of those of another form. */
  readonly others: TimeStep | undefined
}

/** The rows of a tally as answers bring them. */
export class TallyRows {
  readonly #streams: readonly Labels[]
  readonly #names: readonly string[]
  readonly #parser: FieldParser['kind']
  readonly #metadata: Labels[] = [Labels.EMPTY]
  readonly #metadataByKey = new Map<string, number>([['', 0]])
  readonly #texts: string[] = []
  readonly #textByKey = new Map<string, number>()
  readonly #streamIndex: number[] = []
  readonly #metadataIndex: number[] = []
  readonly #textIndex: number[] = []
  readonly #first: number[] = []
  readonly #end: number[] = []
  readonly #lines: number[] = []
  readonly #bytes: number[] = []
  readonly #times: number[] = []

  constructor(streams: readonly Labels[], fields: LineFields | undefined) {
    this.#streams = streams
    this.#names = fields?.names ?? []
    this.#parser = fields?.parser.kind ?? 'json'
  }

  get count(): number {
    return this.#lines.length
  }

  /** Adds the rows of a block; returns the number of all lines and the times of those of another form. */
  add(block: NativeBlock, placeOf: (row: number) => number | undefined): AddedRows {
    const columns = {
      first: block.uint32('first'),
      end: block.uint32('end'),
      other: block.uint32('other'),
      lines: block.float64('lines'),
      bytes: block.float64('bytes'),
      time: block.float64('time'),
    }
    const isByMetadata = block.columnNames.includes('meta_names')
    const names = isByMetadata ? block.stringArray('meta_names') : undefined
    const values = isByMetadata ? block.stringArray('meta_values') : undefined
    const raw = this.#names.map((_, i) => block.strings(`raw${i}`))
    let others: TimeStep | undefined
    for (let row = 0; row < block.rows; row++) {
      if (columns.other[row] === 1) {
        others = mergeSteps(others, {
          startNs: timeIn(block.uint64Words('earliest'), row),
          endNs: timeIn(block.uint64Words('latest'), row) + 1n,
        })
        continue
      }
      const place = placeOf(row)
      if (place === undefined || place >= this.#streams.length) continue
      this.#streamIndex.push(place)
      this.#metadataIndex.push(names && values ? this.#metadataOf(names, values, row) : 0)
      this.#textIndex.push(this.#textOf(raw, row))
      this.#first.push(columns.first[row] as number)
      this.#end.push(columns.end[row] as number)
      this.#lines.push(columns.lines[row] as number)
      this.#bytes.push(columns.bytes[row] as number)
      this.#times.push(columns.time[row] as number)
    }
    return { lines: sumOf(columns.lines), others }
  }

  finish(unread: Tally['unread']): Tally {
    return {
      streams: this.#streams,
      metadata: this.#metadata,
      texts: this.#texts,
      streamIndex: Uint32Array.from(this.#streamIndex),
      metadataIndex: Uint32Array.from(this.#metadataIndex),
      textIndex: Uint32Array.from(this.#textIndex),
      first: Uint32Array.from(this.#first),
      end: Uint32Array.from(this.#end),
      lines: Float64Array.from(this.#lines),
      bytes: Float64Array.from(this.#bytes),
      timesNs: Float64Array.from(this.#times),
      unread,
    }
  }

  #metadataOf(
    names: { readonly offsets: Uint32Array; readonly values: string[] },
    values: { readonly values: string[] },
    row: number,
  ): number {
    const from = names.offsets[row] as number
    const to = names.offsets[row + 1] as number
    if (from === to) return 0
    const pairs: [string, string][] = []
    for (let i = from; i < to; i++) {
      pairs.push([names.values[i] as string, values.values[i] as string])
    }
    const labels = metadataLabels(pairs)
    let at = this.#metadataByKey.get(labels.key)
    if (at === undefined) {
      at = this.#metadata.push(labels) - 1
      this.#metadataByKey.set(labels.key, at)
    }
    return at
  }

  /** The line that has nothing but the fields asked for: as they were written, what was captured as JSON. */
  #textOf(raw: readonly (readonly string[])[], row: number): number {
    const isLogfmt = this.#parser === 'logfmt'
    const isWritten = isLogfmt || this.#parser === 'json'
    let inner = ''
    for (const [i, name] of this.#names.entries()) {
      const value = raw[i]?.[row] ?? ''
      if (value === '') continue
      const written = isWritten ? value : JSON.stringify(value.slice(1))
      if (isLogfmt) inner += `${name}=${written} `
      else inner += `${inner === '' ? '' : ','}"${name}":${written}`
    }
    let at = this.#textByKey.get(inner)
    if (at === undefined) {
      at = this.#texts.push(isLogfmt ? inner : `{${inner}}`) - 1
      this.#textByKey.set(inner, at)
    }
    return at
  }
}

function timeIn(words: Uint32Array, row: number): bigint {
  return (BigInt(words[row * 2 + 1] as number) << 32n) | BigInt(words[row * 2] as number)
}

/** The sum of a column. */
export function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** From the earlier start to the later end. */
export function mergeSteps(a: TimeStep | undefined, b: TimeStep | undefined): TimeStep | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return { startNs: least(a.startNs, b.startNs), endNs: greatest(a.endNs, b.endNs) }
}
