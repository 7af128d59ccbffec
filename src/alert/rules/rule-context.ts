import type { Labels } from '../../model/labels.ts'
import type { RuleQueries } from './rule-query.ts'
import type { RuleTemplates } from './rule-templates.ts'

/** What one evaluation of a rule knows. */
export interface RuleContext {
  /** The slot of the group that is evaluated. */
  readonly atMs: number
  /** How far before it the expression is evaluated and samples are written. */
  readonly queryOffsetMs: number
  /** Most series or alerts; 0 is no limit. */
  readonly limit: number
  readonly queries: RuleQueries
  readonly templates: RuleTemplates
  readonly external: External
}

/** What templates and alerts say of this server. */
export interface External {
  /** `external_labels` of prometheus.yml. */
  readonly labels: Labels
  /** Under which URL people reach this server, without a slash at its end. */
  readonly url: string
}
