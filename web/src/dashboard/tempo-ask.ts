import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'

/** What a query of a source of traces asks for; the query itself is `expr`. */
export type TempoAsk =
  | {
      readonly kind: 'search'
      readonly limit: number
      readonly spansPerSpanset: number
      /** A row of the answer is a span, not a trace. */
      readonly isOfSpans: boolean
    }
  /** `expr` is the id. */
  | { readonly kind: 'trace' }
  | { readonly kind: 'metrics' }
  /** `expr` is a selector; what is asked is the source of the metrics. */
  | { readonly kind: 'service map'; readonly metrics: Datasource }
