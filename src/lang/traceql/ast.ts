/** UTF-16 offsets into the query, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type SpanStatus = 'error' | 'ok' | 'unset'

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** A value with its type. Integers are 64 bits wide, durations are nanoseconds. */
export type StaticValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'status'; readonly value: SpanStatus }
  | { readonly type: 'kind'; readonly value: SpanKind }

export interface Static extends Span {
  readonly kind: 'static'
  readonly value: StaticValue
}

/** Where an attribute is looked for; `any` (`.name`): first on the span, then on its resource. */
export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation'

/** `.http.status_code`, `resource.service.name`, `parent.span.foo` */
export interface Attribute extends Span {
  readonly kind: 'attribute'
  readonly scope: AttributeScope
  readonly name: string
  /** Of the parent of the span. */
  readonly isParent: boolean
}

/** What every span has, by one name each: `name` and `span:name` are both `name`. */
export type IntrinsicName =
  | 'duration'
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'parent'
  | 'rootName'
  | 'rootServiceName'
  | 'traceDuration'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent'
  | 'trace:id'
  | 'span:id'
  | 'span:parentID'
  | 'span:childCount'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version'

export interface Intrinsic extends Span {
  readonly kind: 'intrinsic'
  readonly name: IntrinsicName
}

/** What a span can be asked for by name. */
export type Field = Attribute | Intrinsic

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^'

export type CompareOp = '=' | '!=' | '<' | '<=' | '>' | '>='

export type FieldOp = ArithmeticOp | CompareOp | '=~' | '!~' | '&&' | '||'

export interface BinaryField extends Span {
  readonly kind: 'binary'
  readonly op: FieldOp
  readonly left: FieldExpression
  readonly right: FieldExpression
}

export interface UnaryField extends Span {
  readonly kind: 'unary'
  readonly op: '-' | '!'
  readonly operand: FieldExpression
}

/** `.a != nil`, and with `isNegated` `.a = nil`. */
export interface ExistsField extends Span {
  readonly kind: 'exists'
  readonly operand: FieldExpression
  readonly isNegated: boolean
}

/** What is asked of one span. */
export type FieldExpression = Static | Field | BinaryField | UnaryField | ExistsField

/** `{ … }`: the spans of a span set for which the condition holds; `{}` has the condition `true`. */
export interface SpansetFilter extends Span {
  readonly kind: 'spanset_filter'
  readonly condition: FieldExpression
}

/**
 * `&&` both sides are there, `||` one of them; `>` child, `<` parent, `>>` descendant, `<<` ancestor, `~` sibling: the spans of the
 * right side that stand so to one of the left; with `!` those that stand so to none; with `&` those of both sides.
 */
export type SpansetOp = '&&' | '||' | StructuralOp

export type StructuralOp = `${'' | '!' | '&'}${'>' | '<' | '>>' | '<<' | '~'}`

export interface SpansetOperation extends Span {
  readonly kind: 'spanset_operation'
  readonly op: SpansetOp
  readonly left: SpansetExpression
  readonly right: SpansetExpression
}

/** A pipeline stands for the span sets that come out of it. */
export type SpansetExpression = SpansetFilter | SpansetOperation | Pipeline

export type AggregateName = 'count' | 'max' | 'min' | 'avg' | 'sum'

/** One number for a span set; only `count` has no operand. */
export interface Aggregate extends Span {
  readonly kind: 'aggregate'
  readonly name: AggregateName
  readonly operand: FieldExpression | undefined
}

export interface ScalarOperation extends Span {
  readonly kind: 'scalar_operation'
  readonly op: ArithmeticOp
  readonly left: ScalarExpression
  readonly right: ScalarExpression
}

/** A pipeline that ends in an aggregate stands for its number. */
export type ScalarExpression = Static | Aggregate | ScalarOperation | Pipeline

/** `count() > 2`: keeps the span sets for which it holds. */
export interface ScalarFilter extends Span {
  readonly kind: 'scalar_filter'
  readonly op: CompareOp
  readonly left: ScalarExpression
  readonly right: ScalarExpression
}

/** `by(expression)`: a span set of its own for each value. */
export interface GroupBy extends Span {
  readonly kind: 'group_by'
  readonly expression: FieldExpression
}

/** `coalesce()`: the span sets of a trace become one again. */
export interface Coalesce extends Span {
  readonly kind: 'coalesce'
}

/** `select(fields)`: what is shown of each span. */
export interface Select extends Span {
  readonly kind: 'select'
  readonly fields: readonly Field[]
}

export type PipelineStage =
  | SpansetExpression
  | ScalarFilter
  | GroupBy
  | Coalesce
  | Select
  | Aggregate

export interface Pipeline extends Span {
  readonly kind: 'pipeline'
  readonly stages: readonly PipelineStage[]
}

export type MetricsName =
  | 'rate'
  | 'count_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'quantile_over_time'
  | 'histogram_over_time'

/** The first stage of a metrics query: spans to series. */
export interface MetricsAggregate extends Span {
  readonly kind: 'metrics_aggregate'
  readonly name: MetricsName
  /** What is taken of each span; undefined for `rate` and `count_over_time`. */
  readonly field: Field | undefined
  readonly quantiles: readonly number[]
  readonly by: readonly Field[]
}

/** `compare({ … }, topN, start, end)`: which attributes set the selected spans apart from all others. */
export interface MetricsCompare extends Span {
  readonly kind: 'metrics_compare'
  readonly selection: SpansetFilter
  readonly topN: number
  /** Unix nanoseconds; 0: the range of the query. */
  readonly startNs: bigint
  readonly endNs: bigint
}

export interface MetricsTop extends Span {
  readonly kind: 'metrics_top'
  readonly name: 'topk' | 'bottomk'
  readonly count: number
}

/** `> 10`: the values for which it holds. Durations are seconds. */
export interface MetricsFilter extends Span {
  readonly kind: 'metrics_filter'
  readonly op: CompareOp
  readonly value: number
}

/** What is done with series after the first stage. */
export type MetricsSecondStage = MetricsTop | MetricsFilter

export interface MetricsPipeline extends Span {
  readonly kind: 'metrics_pipeline'
  readonly pipeline: Pipeline
  readonly aggregate: MetricsAggregate | MetricsCompare
  readonly stages: readonly MetricsSecondStage[]
}

/** Arithmetic between series, and between series and numbers. */
export interface MetricsOperation extends Span {
  readonly kind: 'metrics_operation'
  readonly op: '+' | '-' | '*' | '/'
  readonly left: MetricsExpression | number
  readonly right: MetricsExpression | number
  readonly stages: readonly MetricsSecondStage[]
}

export type MetricsExpression = MetricsPipeline | MetricsOperation

/** One of `with(name=value)`. */
export interface Hint extends Span {
  readonly name: string
  readonly value: StaticValue
}

/** A query for traces (a pipeline) or for series. */
export interface Query {
  readonly body: Pipeline | MetricsExpression
  readonly hints: readonly Hint[]
}

export interface QueryFault extends Span {
  readonly message: string
  /** False: it reads well but cannot mean anything. */
  readonly isSyntax: boolean
}
