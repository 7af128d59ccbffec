import { formatFault } from '../../lang/promql/fault.ts'
import { parse } from '../../lang/promql/parse.ts'
import type { ParseOptions } from '../../lang/promql/parse-options.ts'
import { type DurationScope, resolveDurations } from '../../lang/promql/resolve-durations.ts'
import { Problem } from '../../model/problem.ts'
import { RegexError } from '../../model/regex.ts'
import type { Expr } from '../../lang/promql/ast.ts'
import { type PreparedQuery, prepareQuery } from './prepare.ts'

const MAX_ENTRIES = 500
/** Longer queries are rare and would fill the cache. */
const MAX_CACHED_LENGTH = 8192

/** Parsed and compiled queries by their text: rules and dashboards ask the same again and again. */
export class ParseCache {
  readonly #options: ParseOptions
  /** In the order of last use. */
  readonly #entries = new Map<string, PreparedQuery>()

  constructor(options: ParseOptions) {
    this.#options = options
  }

  /**
   * The compiled query. Throws a `Problem` of code `bad_data` with Prometheus's message when the query cannot be understood.
   */
  get(query: string, scope: DurationScope): PreparedQuery {
    const prepared = this.#lookUp(query)
    const resolved = resolveDurations(prepared.expr, scope)
    return resolved === prepared.expr ? prepared : compile(resolved)
  }

  #lookUp(query: string): PreparedQuery {
    const known = this.#entries.get(query)
    if (known !== undefined) {
      this.#entries.delete(query)
      this.#entries.set(query, known)
      return known
    }
    const parsed = parse(query, this.#options)
    if (!parsed.ok) {
      const fault = parsed.faults[0] ?? { start: 0, end: 0, message: 'unexpected end of input' }
      throw new Problem('bad_data', formatFault(query, fault))
    }
    const prepared = compile(parsed.expr)
    if (query.length <= MAX_CACHED_LENGTH) this.#remember(query, prepared)
    return prepared
  }

  #remember(query: string, prepared: PreparedQuery): void {
    this.#entries.set(query, prepared)
    if (this.#entries.size <= MAX_ENTRIES) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}

function compile(expr: Expr): PreparedQuery {
  try {
    return prepareQuery(expr)
  } catch (thrown) {
    if (thrown instanceof RegexError) {
      throw new Problem('bad_data', `parse error: ${thrown.message}`, { cause: thrown })
    }
    throw thrown
  }
}
