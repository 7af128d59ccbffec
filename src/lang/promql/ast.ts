import type { MatchOp } from '../../model/matcher.ts'

/** UTF-16 offsets into the query, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What an expression yields. */
export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix'

export interface MatcherNode extends Span {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

/** `@ 12.5` (seconds), `@ start()`, `@ end()`. */
export type AtModifier =
  | { readonly kind: 'timestamp'; readonly timestampMs: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }

/** What selectors and subqueries share. `offsetMs` is positive for the past (`offset 5m`), negative for `offset -5m`. */
export interface TimeShift {
  readonly offsetMs: number
  readonly at?: AtModifier
  /** The offset as it was written, when it is more than a literal; `offsetMs` then holds its value once resolved. */
  readonly offsetExpr?: DurationExpr
}

export interface NumberLiteral extends Span {
  readonly kind: 'number'
  readonly value: number
  /** Written as a duration (`5m`), which the printer keeps. */
  readonly isDuration?: boolean
}

export type DurationOp = '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of'

/**
 * Arithmetic on durations (`[5m + step()]`, `offset -(1h / 2)`), in seconds. Not an `Expr`: it stands only where a range, a
 * step or an offset is expected. One without `step()` and `range()` is a constant, which the parser computes;
 * `resolveDurations` computes the others for one evaluation.
 */
export interface DurationExpr extends Span {
  readonly kind: 'duration'
  readonly op: DurationOp
  /** Absent for unary `+` and `-`, `step()` and `range()`. */
  readonly left?: DurationNode
  /** Absent for `step()` and `range()`. */
  readonly right?: DurationNode
  /** Written in parentheses, which the printer keeps. */
  readonly wrapped?: boolean
}

export type DurationNode = NumberLiteral | DurationExpr

export interface StringLiteral extends Span {
  readonly kind: 'string'
  readonly value: string
}

export interface VectorSelector extends Span, TimeShift {
  readonly kind: 'vector'
  /** The metric name written before the braces, or quoted inside them; also present in `matchers` as `__name__ =`. */
  readonly name?: string
  /** True when `name` was quoted inside the braces. */
  readonly nameInBraces?: boolean
  /** In the order written; the name that stands before the braces comes last. */
  readonly matchers: readonly MatcherNode[]
  /** The `anchored` or `smoothed` modifier (experimental), also that of a range selector. */
  readonly extension?: 'anchored' | 'smoothed'
}

/** `selector[5m]`; offset and `@` are the inner selector's. */
export interface MatrixSelector extends Span {
  readonly kind: 'matrix'
  readonly selector: VectorSelector
  readonly rangeMs: number
  /** As `offsetExpr`, for the range. */
  readonly rangeExpr?: DurationExpr
}

export interface Subquery extends Span, TimeShift {
  readonly kind: 'subquery'
  readonly expr: Expr
  readonly rangeMs: number
  /** Undefined: the evaluation interval of the server. */
  readonly stepMs?: number
  readonly rangeExpr?: DurationExpr
  readonly stepExpr?: DurationExpr
}

export interface Paren extends Span {
  readonly kind: 'paren'
  readonly expr: Expr
}

export interface Unary extends Span {
  readonly kind: 'unary'
  readonly op: '+' | '-'
  readonly expr: Expr
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type ComparisonOp = '==' | '!=' | '<' | '>' | '<=' | '>='
export type SetOp = 'and' | 'or' | 'unless'
/** Leaves the observations of native histograms below (`</`) or above (`>/`) a value. */
export type TrimOp = '</' | '>/'
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp | TrimOp

/** How the two sides of a binary operation between vectors find each other. */
export interface VectorMatching {
  /** `on (…)` when true, `ignoring (…)` when false. Without either: `ignoring ()`. */
  readonly on: boolean
  readonly labels: readonly string[]
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  /** Labels of `group_left (…)` or `group_right (…)`. */
  readonly include: readonly string[]
  /** True when `on` or `ignoring` was written. */
  readonly explicit: boolean
  /** Value that stands in for a missing series of the left side (`fill_left`, `fill`; experimental). */
  readonly fillLeft?: number
  /** The same for the right side. */
  readonly fillRight?: number
}

export interface Binary extends Span {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly opSpan: Span
  readonly left: Expr
  readonly right: Expr
  /** The `bool` modifier. */
  readonly returnBool: boolean
  /** Present when both sides are vectors. */
  readonly matching?: VectorMatching
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'
  | 'limitk'
  | 'limit_ratio'

export interface Aggregate extends Span {
  readonly kind: 'aggregate'
  readonly op: AggregateOp
  readonly expr: Expr
  /** First argument of topk, bottomk, quantile, count_values, limitk, limit_ratio. */
  readonly param?: Expr
  readonly grouping: readonly string[]
  readonly without: boolean
}

export interface Call extends Span {
  readonly kind: 'call'
  readonly func: string
  readonly nameSpan: Span
  readonly args: readonly Expr[]
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Aggregate
  | Call

/** A fault in a query; a query may have several. */
export interface QueryFault extends Span {
  readonly message: string
}
