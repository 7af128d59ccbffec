import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { RecordingRuleConfig } from './rule-config.ts'
import type { RuleContext } from './rule-context.ts'
import type { RuleSamples } from './rule-samples.ts'

/** A rule that records what its expression yields as series of its own name (rules/recording.go of Prometheus). */
export class RecordingRule {
  readonly kind = 'recording'
  readonly config: RecordingRuleConfig
  readonly #changes: Readonly<Record<string, string>>
  /** The recorded series by the series that the expression gave last time: most are the same every time. */
  #known: ReadonlyMap<string, Labels> = new Map()

  constructor(config: RecordingRuleConfig) {
    this.config = config
    this.#changes = { __name__: config.name, ...Object.fromEntries(config.labels) }
  }

  /** Rejects when the expression fails, two results have the same labels, or there are more than the group's limit. */
  async evaluate(context: RuleContext): Promise<RuleSamples> {
    const { labels, values, histograms } = await context.queries.query(
      this.config.query,
      context.atMs - context.queryOffsetMs,
    )
    const series: Labels[] = []
    const known = new Map<string, Labels>()
    const seen = new Set<string>()
    for (const source of labels) {
      const target = this.#known.get(source.key) ?? source.with(this.#changes)
      known.set(source.key, target)
      seen.add(target.key)
      series.push(target)
    }
    this.#known = known
    if (seen.size < series.length) {
      throw new Problem(
        'execution',
        'vector contains metrics with the same labelset after applying rule labels',
      )
    }
    if (context.limit > 0 && series.length > context.limit) {
      throw new Problem(
        'execution',
        `exceeded limit of ${context.limit} with ${series.length} series`,
      )
    }
    return { series, values, ...(histograms && { histograms }) }
  }
}
