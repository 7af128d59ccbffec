import type { Labels } from '../model/labels.ts'
import type { LogBatch } from '../model/lines.ts'
import type { Matcher } from '../model/matcher.ts'
import type { Limited } from './metrics-source.ts'

/**
 * A condition on the text of a line that the engine can decide, so that lines that cannot be wanted are not read. Needles only
 * take lines away that the query would take away, too: what is left is judged by the query itself.
 */
export interface Needle {
  /** The line holds one of these texts at least; with `isAbsent`, none of them. Never empty. */
  readonly anyOf: readonly string[]
  readonly isAbsent?: boolean
  /** ASCII letters match in both cases. Not for `isAbsent`. */
  readonly ignoresCase?: boolean
}

/** Structured metadata that a line must have. As a needle, it takes away only what the query would take away, too. */
export interface MetadataNeedle {
  readonly name: string
  /** Not empty. */
  readonly value: string
}

/** A piece of a pattern: text as it stands, or what goes up to the next text; `_` has no name. */
export type PatternPiece = { readonly literal: string } | { readonly capture: string }

/** What makes fields of lines. */
export type FieldParser =
  | { readonly kind: 'json' | 'logfmt' }
  | { readonly kind: 'pattern'; readonly pieces: readonly PatternPiece[] }
  /** An RE2 pattern, and the number of each of its named groups. */
  | {
      readonly kind: 'regexp'
      readonly source: string
      readonly groups: ReadonlyMap<string, number>
    }

/** Fields of lines: those of these names that the parser finds. */
export interface LineFields {
  readonly parser: FieldParser
  readonly names: readonly string[]
}

/** What the engine can take the fields of lines from as surely as who parses them. */
export interface LineForm {
  /** A line is valid UTF-8. */
  readonly isUtf8: boolean
  /** A line is plain enough that what of these fields it has is found without parsing. */
  readonly fields?: LineFields
}

export interface LineSelection {
  readonly matchers: readonly Matcher[]
  /** Unix nanoseconds; the start is part of the range, the end is not, as in Loki. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: 'forward' | 'backward'
  readonly needles: readonly Needle[]
  /** Lines have all of these, except of streams that have a label of the name. */
  readonly metadata?: readonly MetadataNeedle[]
  /** Only lines that do not have this form. */
  readonly otherThan?: LineForm
  /** About so many lines will do: the first portion is not larger than needed. 0: all are wanted. */
  readonly enough: number
}

export interface LineBounds {
  readonly signal: AbortSignal
  /** More streams than this reject with a `Problem` of code `limit`. */
  readonly maxStreams: number
}

export interface StreamQuery {
  /** Streams that any of these accepts; all streams when there is none. */
  readonly selectors: readonly (readonly Matcher[])[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** 0: no limit. */
  readonly limit: number
}

export interface LineStats {
  readonly streams: number
  /** Ten minutes of a stream that hold lines: what comes nearest to a chunk. */
  readonly chunks: number
  readonly bytes: number
  readonly entries: number
}

export interface LineVolume {
  readonly labels: Labels
  /** Bytes by step, from the start of the range on; one entry when no step was asked for. */
  readonly bytes: Float64Array
}

export interface VolumeRequest {
  readonly matchers: readonly Matcher[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** Nanoseconds; undefined for one sum over the range. */
  readonly stepNs?: bigint
}

/** An RE2 pattern that is found in a line, or with `isAbsent` is not. */
export interface LinePattern {
  readonly source: string
  readonly isAbsent: boolean
}

/** A question for how many lines there are in each window of time, told apart by what makes their samples. */
export interface TallyRequest {
  readonly matchers: readonly Matcher[]
  /** All that lines must hold, and must not. */
  readonly needles: readonly Needle[]
  readonly patterns: readonly LinePattern[]
  /** Lines of another form are left unread. */
  readonly form: LineForm
  /** Names of labels that streams and structured metadata are told apart by; undefined: by all. */
  readonly labels: readonly string[] | undefined
  /** The bytes of lines are summed up. */
  readonly sumsBytes: boolean
  /** Fields are numbers that are looked at one by one: there may be nearly as many rows as lines, and more are not worth it. */
  readonly isOfValues: boolean
  /** Windows end at `firstEndNs` and `steps` - 1 times `stepNs` later, which is part of them, and begin behind `rangeNs` before it. */
  readonly firstEndNs: bigint
  readonly stepNs: bigint
  readonly steps: number
  readonly rangeNs: bigint
}

/**
 * Lines by windows. Row `i` stands for `lines[i]` lines in the windows from `first[i]` up to, not including, `end[i]`: lines of
 * `streams[streamIndex[i]]` or of streams with the same labels of those asked for, with the structured metadata
 * `metadata[metadataIndex[i]]` (of those asked for) and the fields that `texts[textIndex[i]]` writes as a line of its own: as
 * logfmt where the parser of the form is that, else as JSON.
 */
export interface Tally {
  readonly streams: readonly Labels[]
  readonly metadata: readonly Labels[]
  readonly texts: readonly string[]
  readonly streamIndex: Uint32Array
  readonly metadataIndex: Uint32Array
  readonly textIndex: Uint32Array
  readonly first: Uint32Array
  readonly end: Uint32Array
  readonly lines: Float64Array
  /** Bytes of the text of all; zeros when they were not asked for. */
  readonly bytes: Float64Array
  /** Of the earliest of them: nanoseconds after the end of the first window, negative before it. */
  readonly timesNs: Float64Array
  /** What must be read line by line: lines of another form, and times in which lines may have come twice. */
  readonly unread: readonly Pick<LineSelection, 'startNs' | 'endNs' | 'otherThan'>[]
}

/** Where queries find lines. */
export interface LinesSource {
  /**
   * The lines of a selection in portions, in order of time (within one nanosecond, in an order of the store's own). Whoever has
   * enough ends the loop. No line comes twice. Rejects with `limit`, `timeout`, `canceled` or `unavailable`.
   */
  lines(selection: LineSelection, bounds: LineBounds): AsyncIterable<LogBatch>
  /**
   * Counts lines without reading them one by one; undefined when that cannot be done for this request, or brings too much. No line is
   * counted twice. Rejects as `lines` does. Absent where lines can only be read.
   */
  tally?(request: TallyRequest, bounds: LineBounds): Promise<Tally | undefined>
  streams(query: StreamQuery): Limited<Labels>
  labelNames(query: StreamQuery): Limited<string>
  labelValues(name: string, query: StreamQuery): Limited<string>
  stats(selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>): Promise<LineStats>
  /** Bytes of each stream that has any. */
  volume(request: VolumeRequest): Promise<readonly LineVolume[]>
}
