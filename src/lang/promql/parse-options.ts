/**
 * What a parser accepts beyond the stable language; each stands for one of Prometheus's feature flags, all are off by
 * default.
 */
export interface ParseOptions {
  /** `promql-experimental-functions`. */
  readonly experimentalFunctions?: boolean
  /** `promql-duration-expr`: arithmetic, `step()` and `range()` in ranges and offsets. */
  readonly durationExpressions?: boolean
  /** `promql-extended-range-selectors`: the modifiers `anchored` and `smoothed`. */
  readonly extendedRangeSelectors?: boolean
  /** `promql-binop-fill-modifiers`: `fill`, `fill_left` and `fill_right`. */
  readonly fillModifiers?: boolean
}

/** A query of more UTF-16 units is refused unread. */
export const MAX_QUERY_LENGTH = 256 * 1024

/**
 * The deepest tree that is built, which bounds the recursion of everything that walks a tree. A chain such as `a + b + c` is
 * as deep as it has operators.
 */
export const MAX_DEPTH = 500

/** Expressions inside each other while parsing: parentheses, calls, right operands and signs each open one. */
export const MAX_NESTING = 250

/** Faults reported of one query. */
export const MAX_FAULTS = 20
