/** Bounds on what templates may take; an error names the one that was passed. */
export interface TemplateLimits {
  /** Characters of one output, and of one text made by a function. */
  readonly maxTextLength: number
  /** Steps of one evaluation: a node visited, or a bundle of characters handled by a function. */
  readonly maxSteps: number
  /** Templates within templates (Go: 100,000; a cycle is found sooner here). */
  readonly maxDepth: number
  /** Blocks and parentheses within each other. */
  readonly maxNesting: number
  /** Different calls of asynchronous functions in one evaluation. */
  readonly maxAsyncCalls: number
  /** Characters of a template's source. */
  readonly maxSourceLength: number
}

export const DEFAULT_LIMITS: TemplateLimits = {
  maxTextLength: 16 * 1024 * 1024,
  maxSteps: 10_000_000,
  maxDepth: 500,
  maxNesting: 200,
  maxAsyncCalls: 100,
  maxSourceLength: 4 * 1024 * 1024,
}
