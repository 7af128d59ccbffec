import type { MatchOp } from '../../model/matcher.ts'

/** UTF-16 offsets into the query, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface MatcherNode extends Span {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

/** `{app="foo", env=~"prod|test"}` */
export interface Selector extends Span {
  readonly matchers: readonly MatcherNode[]
}

export type LineFilterOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>'

/** One text of a line filter; with `isIp` the text is what stands in `ip("…")`. */
export interface LineFilterTerm {
  readonly text: string
  readonly isIp: boolean
}

/**
 * `|= "a" or "b"`: a line stays when one of the terms fits. Of a negative operator (`!= "a" or "b"`) a line stays when none
 * fits.
 */
export interface LineFilter extends Span {
  readonly kind: 'line_filter'
  readonly op: LineFilterOp
  readonly terms: readonly [LineFilterTerm, ...LineFilterTerm[]]
}

/** `label="expression"` behind `json` and `logfmt`; a bare `label` has itself as its expression. */
export interface Extraction extends Span {
  readonly label: string
  readonly expression: string
}

export interface JsonParser extends Span {
  readonly kind: 'json'
  /** Empty: every field becomes a label. */
  readonly extractions: readonly Extraction[]
}

export interface LogfmtParser extends Span {
  readonly kind: 'logfmt'
  readonly strict: boolean
  readonly keepEmpty: boolean
  readonly extractions: readonly Extraction[]
}

/** `regexp "…"` and `pattern "…"`. */
export interface TextParser extends Span {
  readonly kind: 'regexp' | 'pattern'
  readonly text: string
}

export interface UnpackParser extends Span {
  readonly kind: 'unpack'
}

export type CompareOp = '==' | '!=' | '>' | '>=' | '<' | '<='

export interface StringFilter extends Span {
  readonly kind: 'string'
  readonly matcher: MatcherNode
}

/** A comparison of a label read as a number, a duration (`value` in nanoseconds) or a size (`value` in bytes). */
export interface ValueFilter extends Span {
  readonly kind: 'number' | 'duration' | 'bytes'
  readonly name: string
  readonly op: CompareOp
  readonly value: number
}

export interface IpFilter extends Span {
  readonly kind: 'ip'
  readonly name: string
  readonly op: '=' | '!='
  readonly text: string
}

export interface BinaryFilter extends Span {
  readonly kind: 'and' | 'or'
  readonly left: LabelFilter
  readonly right: LabelFilter
}

export type LabelFilter = StringFilter | ValueFilter | IpFilter | BinaryFilter

export interface LabelFilterStage extends Span {
  readonly kind: 'label_filter'
  readonly filter: LabelFilter
}

export interface LineFormat extends Span {
  readonly kind: 'line_format'
  readonly template: string
}

/** `name=other` (a rename) or `name="template"`. */
export type LabelFormat = Span & { readonly name: string } & (
    | { readonly from: string }
    | { readonly template: string }
  )

export interface LabelFormatStage extends Span {
  readonly kind: 'label_format'
  readonly formats: readonly LabelFormat[]
}

export interface Decolorize extends Span {
  readonly kind: 'decolorize'
}

/** A label by its name, or only where its value fits. */
export type NamedLabel = Span & { readonly name: string; readonly matcher?: MatcherNode }

export interface LabelChoice extends Span {
  readonly kind: 'drop' | 'keep'
  readonly labels: readonly NamedLabel[]
}

export type Stage =
  | LineFilter
  | JsonParser
  | LogfmtParser
  | TextParser
  | UnpackParser
  | LabelFilterStage
  | LineFormat
  | LabelFormatStage
  | Decolorize
  | LabelChoice

/** A query for lines: which streams, and what happens to each line, in this order. */
export interface LogExpr extends Span {
  readonly kind: 'log'
  readonly selector: Selector
  readonly stages: readonly Stage[]
}

export type UnwrapConversion = 'bytes' | 'duration' | 'duration_seconds'

/** `| unwrap duration(latency) | __error__=""` */
export interface Unwrap extends Span {
  readonly label: string
  readonly conversion?: UnwrapConversion
  readonly filters: readonly LabelFilter[]
}

/** What a range aggregation works on: lines, or with `unwrap` the numbers in one of their labels. */
export interface LogRange extends Span {
  readonly log: LogExpr
  readonly unwrap?: Unwrap
  readonly rangeMs: number
  /** Positive for the past (`offset 5m`). May hold fractions: offsets go down to nanoseconds. */
  readonly offsetMs: number
}

export interface Grouping {
  readonly without: boolean
  readonly labels: readonly string[]
}

export type RangeOp =
  | 'count_over_time'
  | 'rate'
  | 'rate_counter'
  | 'bytes_over_time'
  | 'bytes_rate'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'stdvar_over_time'
  | 'stddev_over_time'
  | 'quantile_over_time'
  | 'first_over_time'
  | 'last_over_time'
  | 'absent_over_time'

export interface RangeAggregate extends Span {
  readonly kind: 'range_aggregate'
  readonly op: RangeOp
  /** The text of the number before the range: only `quantile_over_time` takes one. */
  readonly param?: string
  readonly range: LogRange
  readonly grouping?: Grouping
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'count'
  | 'max'
  | 'min'
  | 'stddev'
  | 'stdvar'
  | 'bottomk'
  | 'topk'
  | 'approx_topk'
  | 'sort'
  | 'sort_desc'

export interface Aggregate extends Span {
  readonly kind: 'aggregate'
  readonly op: AggregateOp
  /** The text of the number before the expression: the k of `topk`, `bottomk` and `approx_topk`. */
  readonly param?: string
  readonly expr: Expr
  readonly grouping?: Grouping
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^'
export type SetOp = 'and' | 'or' | 'unless'
export type BinaryOp = ArithmeticOp | CompareOp | SetOp

/** How the series of both sides find each other. */
export interface VectorMatching {
  /** `on (…)` when true, `ignoring (…)` when false. */
  readonly on: boolean
  readonly labels: readonly string[]
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many'
  /** Labels of `group_left (…)` or `group_right (…)`. */
  readonly include: readonly string[]
  /** True when `on` or `ignoring` was written. */
  readonly explicit: boolean
}

export interface Binary extends Span {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly opSpan: Span
  readonly left: Expr
  readonly right: Expr
  readonly returnBool: boolean
  readonly matching: VectorMatching
}

export interface NumberLiteral extends Span {
  readonly kind: 'number'
  readonly value: number
  /** As written, when it is no number that a float64 can be read from. */
  readonly broken?: string
}

/** `vector(1)` */
export interface VectorLiteral extends Span {
  readonly kind: 'vector'
  readonly value: number
  readonly broken?: string
}

export interface LabelReplace extends Span {
  readonly kind: 'label_replace'
  readonly expr: Expr
  readonly target: string
  readonly replacement: string
  readonly source: string
  readonly regex: string
  readonly regexSpan: Span
}

/** An expression that yields numbers. */
export type MetricExpr =
  | RangeAggregate
  | Aggregate
  | Binary
  | NumberLiteral
  | VectorLiteral
  | LabelReplace

export type Expr = LogExpr | MetricExpr

/** A fault in a query. A syntax fault ends the reading; of the others a query may have several. */
export interface QueryFault extends Span {
  readonly message: string
  readonly isSyntax: boolean
}
