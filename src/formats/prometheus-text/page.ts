import type { Labels } from '../../model/labels.ts'
import type { MetricMetadata, MetricType } from '../../model/samples.ts'
import { BytesHash } from '../bytes-hash.ts'
import { decodePooled } from '../text-pool.ts'
import { decodeUtf8 } from '../text-codec.ts'
import type { Fault } from './page-fault.ts'
import { emptyLabelsOf, parseSeries } from './parse-series.ts'
import { unescapeHelp, unescapeLabel } from './unescape.ts'

/** The family types by the number that `ScrapePage.types` holds. */
export const FAMILY_TYPES: readonly MetricType[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
]

/** An exemplar of the series of a row. */
export interface PageExemplar {
  readonly row: number
  readonly labels: Labels
  readonly value: number
  /** The sample's when the exemplar has none of its own. */
  readonly timestampMs: number
}

/** A native histogram of the series of a row, whose value is then of no account. */
export interface PageHistogram {
  readonly row: number
  /** The bytes of a `prometheus.Histogram`; empty when it cannot be taken. */
  readonly data: Uint8Array
  /** Why it cannot be taken, or ''. */
  readonly fault: string
  /** It has too many buckets at any resolution. */
  readonly isOverLimit: boolean
}

export type MetadataKind = 'TYPE' | 'HELP' | 'UNIT'

/** A metadata line, for those who need to know their order. */
export interface MetadataLine {
  readonly kind: MetadataKind
  readonly family: string
  readonly text: string
  /** How many rows stand before it. */
  readonly beforeRow: number
  /** Where its name stands in the page. */
  readonly position: number
}

const KINDS: readonly MetadataKind[] = ['TYPE', 'HELP', 'UNIT']
const METADATA_WIDTH = 6
const MIN_ROWS = 256
const KEEP_ROWS = 65_536

/**
 * A page as columns of equal length in `[0, rows)`. It belongs to its parser and is overwritten by the next page. With a
 * `fault` the page is bad as a whole, whatever else it holds.
 */
export class ScrapePage {
  bytes: Uint8Array = new Uint8Array(0)
  rows = 0
  fault: Fault | undefined
  /** Set when the page was read although its Content-Type says something else. */
  warning = ''
  /** Equal when all metadata lines are, so that unchanged metadata need not be read again. */
  metadataHash = 0

  /**
   * The series of a row as written: `bytes[seriesStarts[row]..seriesEnds[row])`. In a page that is no text it is there only where `ids`
   * has -1.
   */
  seriesStarts = new Uint32Array(MIN_ROWS)
  seriesEnds = new Uint32Array(MIN_ROWS)
  /** What the cache knows the series as, or -1. */
  ids = new Int32Array(MIN_ROWS)
  /** The hash of the series' bytes for the cache, where `ids` has -1. */
  hashes = new Int32Array(MIN_ROWS)
  /** An index into `FAMILY_TYPES`: what the last `# TYPE` line said. */
  types = new Uint8Array(MIN_ROWS)
  values = new Float64Array(MIN_ROWS)
  timestampsMs = new Float64Array(MIN_ROWS)
  /** 1 where the page gives the timestamp. */
  hasTimestamp = new Uint8Array(MIN_ROWS)
  readonly exemplars: PageExemplar[] = []
  /** By ascending row. */
  readonly histograms: PageHistogram[] = []

  readonly #metadata: number[] = []
  #isOpenMetrics = false

  /** Empties the columns for the next page. */
  begin(bytes: Uint8Array, isOpenMetrics: boolean): void {
    this.bytes = bytes
    this.rows = 0
    this.fault = undefined
    this.warning = ''
    this.metadataHash = 0
    this.exemplars.length = 0
    this.histograms.length = 0
    this.#metadata.length = 0
    this.#isOpenMetrics = isOpenMetrics
    if (this.values.length > KEEP_ROWS) this.#resize(MIN_ROWS)
  }

  /** The row to be written next, with room for it. */
  nextRow(): number {
    if (this.rows === this.values.length) this.#resize(this.rows * 2)
    return this.rows
  }

  /** `kind` is an index into TYPE, HELP, UNIT. */
  addMetadata(
    kind: number,
    nameStart: number,
    nameEnd: number,
    textStart: number,
    textEnd: number,
  ): void {
    this.#metadata.push(kind, nameStart, nameEnd, textStart, textEnd, this.rows)
  }

  /** Computes `metadataHash`. To be called when the page is read. */
  finish(): void {
    const { bytes } = this
    const metadata = this.#metadata
    const hash = new BytesHash()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let all = metadata.length
    for (let i = 0; i < metadata.length; i += METADATA_WIDTH) {
      hash.update(view, metadata[i + 1] as number, metadata[i + 4] as number)
      all = Math.imul(all, 31) + hash.low + (metadata[i] as number)
    }
    this.metadataHash = all | 0
  }

  /** The labels of a row. Throws a `Problem` when a label name is repeated. */
  labelsOf(row: number): Labels {
    return parseSeries(
      this.bytes,
      this.seriesStarts[row] as number,
      this.seriesEnds[row] as number,
      FAMILY_TYPES[this.types[row] as number] as MetricType,
    )
  }

  /** The labels that a row's series is given without a value, which `labelsOf` leaves out. */
  emptyLabelsOf(row: number): ReadonlySet<string> {
    return emptyLabelsOf(
      this.bytes,
      this.seriesStarts[row] as number,
      this.seriesEnds[row] as number,
    )
  }

  /** The series of a row as text. */
  seriesText(row: number): string {
    return decodeUtf8(this.bytes, this.seriesStarts[row] as number, this.seriesEnds[row] as number)
  }

  /** The metadata lines in the order of the page. */
  metadataLines(): MetadataLine[] {
    const lines: MetadataLine[] = []
    const metadata = this.#metadata
    for (let i = 0; i < metadata.length; i += METADATA_WIDTH) {
      const [kind = 0, nameStart = 0, nameEnd = 0, textStart = 0, textEnd = 0, beforeRow = 0] =
        metadata.slice(i, i + METADATA_WIDTH)
      const text = decodeUtf8(this.bytes, textStart, textEnd)
      lines.push({
        kind: KINDS[kind] as MetadataKind,
        family: unescapeLabel(decodePooled(this.bytes, nameStart, nameEnd)),
        text: kind === 1 ? unescapeHelp(text, this.#isOpenMetrics) : text,
        beforeRow,
        position: nameStart,
      })
    }
    return lines
  }

  /** What the page says of its families; of repeated lines the last counts. */
  metadata(): MetricMetadata[] {
    const families = new Map<string, { type: MetricType; help: string; unit: string }>()
    for (const { kind, family, text } of this.metadataLines()) {
      let found = families.get(family)
      if (found === undefined)
        families.set(family, (found = { type: 'unknown', help: '', unit: '' }))
      if (kind === 'HELP') found.help = text
      else if (kind === 'UNIT') found.unit = text
      else found.type = familyTypeOf(text)
    }
    return Array.from(families, ([family, found]) => ({ family, ...found }))
  }

  #resize(rows: number): void {
    const kept = Math.min(this.rows, rows)
    this.seriesStarts = resized(this.seriesStarts, new Uint32Array(rows), kept)
    this.seriesEnds = resized(this.seriesEnds, new Uint32Array(rows), kept)
    this.ids = resized(this.ids, new Int32Array(rows), kept)
    this.hashes = resized(this.hashes, new Int32Array(rows), kept)
    this.types = resized(this.types, new Uint8Array(rows), kept)
    this.values = resized(this.values, new Float64Array(rows), kept)
    this.timestampsMs = resized(this.timestampsMs, new Float64Array(rows), kept)
    this.hasTimestamp = resized(this.hasTimestamp, new Uint8Array(rows), kept)
  }
}

/** The type that a `# TYPE` line names; the text format says `untyped` for what is unknown. */
export function familyTypeOf(text: string): MetricType {
  if (text === 'gauge_histogram') return 'gaugehistogram'
  return FAMILY_TYPES.find((type) => type === text) ?? 'unknown'
}

interface Column<T> {
  set(source: T): void
  subarray(start: number, end: number): T
}

function resized<T extends Column<T>>(from: T, to: T, kept: number): T {
  to.set(from.subarray(0, kept))
  return to
}
