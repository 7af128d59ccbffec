import type { ValueType } from './ast.ts'

/** The signature of a function. */
export interface FunctionSignature {
  readonly name: string
  readonly argTypes: readonly ValueType[]
  /**
   * 0: exactly the arguments of `argTypes`. Above 0: the last of them may be left out, and up to `variadic` arguments stand
   * in its place. -1: the last may be left out or repeated without bound.
   */
  readonly variadic: number
  readonly returnType: ValueType
  /** Only with `promql-experimental-functions`. */
  readonly experimental: boolean
}

type Row = readonly [
  names: string,
  argTypes: readonly ValueType[],
  more?: Partial<FunctionSignature>,
]

/** The functions of Prometheus 3.14 (promql/parser/functions.go), those of one signature together. */
const ROWS: readonly Row[] = [
  ['abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor', ['vector']],
  ['ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp', ['vector']],
  ['histogram_avg histogram_count histogram_sum', ['vector']],
  ['histogram_stddev histogram_stdvar', ['vector']],
  ['start_timestamp', ['vector'], { experimental: true }],
  ['days_in_month day_of_month day_of_week day_of_year', ['vector'], { variadic: 1 }],
  ['hour minute month year', ['vector'], { variadic: 1 }],
  ['absent_over_time avg_over_time changes count_over_time delta deriv', ['matrix']],
  ['first_over_time idelta increase irate last_over_time max_over_time', ['matrix']],
  ['min_over_time present_over_time rate resets stddev_over_time', ['matrix']],
  ['stdvar_over_time sum_over_time', ['matrix']],
  ['mad_over_time ts_of_first_over_time ts_of_last_over_time', ['matrix'], { experimental: true }],
  ['ts_of_max_over_time ts_of_min_over_time', ['matrix'], { experimental: true }],
  ['clamp', ['vector', 'scalar', 'scalar']],
  ['clamp_max clamp_min', ['vector', 'scalar']],
  ['round', ['vector', 'scalar'], { variadic: 1 }],
  ['predict_linear', ['matrix', 'scalar']],
  ['quantile_over_time', ['scalar', 'matrix']],
  ['double_exponential_smoothing', ['matrix', 'scalar', 'scalar'], { experimental: true }],
  ['histogram_fraction', ['scalar', 'scalar', 'vector']],
  ['histogram_quantile', ['scalar', 'vector']],
  [
    'histogram_quantiles',
    ['vector', 'string', 'scalar', 'scalar'],
    { variadic: 9, experimental: true },
  ],
  ['info', ['vector', 'vector'], { variadic: 1, experimental: true }],
  ['label_replace', ['vector', 'string', 'string', 'string', 'string']],
  ['label_join', ['vector', 'string', 'string', 'string'], { variadic: -1 }],
  ['sort_by_label sort_by_label_desc', ['vector', 'string'], { variadic: -1, experimental: true }],
  ['scalar', ['vector'], { returnType: 'scalar' }],
  ['vector', ['scalar']],
  ['pi time', [], { returnType: 'scalar' }],
  ['start end step range', [], { returnType: 'scalar', experimental: true }],
  ['max_of min_of', ['scalar', 'scalar'], { returnType: 'scalar', experimental: true }],
]

/** Every function by its name, which is in lower case and compared exactly. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map(
  ROWS.flatMap(([names, argTypes, more]) =>
    names.split(' ').map((name): [string, FunctionSignature] => {
      const usual = { variadic: 0, returnType: 'vector', experimental: false } as const
      return [name, { name, argTypes, ...usual, ...more }]
    }),
  ),
)
