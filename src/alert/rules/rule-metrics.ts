import type { MetricFamily } from '../../model/metric-family.ts'
import type { Counter, Gauge, Histogram, Labelled, Registry } from '../../self/metrics.ts'
import { RecentQuantiles } from '../../self/recent-quantiles.ts'

const HISTOGRAM_BOUNDS_S = [0.01, 0.1, 1, 10]

const COUNTERS = {
  iterations: [
    'rule_group_iterations_total',
    'Evaluations of a rule group that were due, missed ones included.',
  ],
  missed: [
    'rule_group_iterations_missed_total',
    'Evaluations of a rule group left out because the one before took too long.',
  ],
  evaluations: ['rule_evaluations_total', 'Evaluations of rules.'],
  failures: ['rule_evaluation_failures_total', 'Evaluations of rules that failed.'],
} as const satisfies Record<string, readonly [name: string, help: string]>

const GAUGES = {
  interval: ['rule_group_interval_seconds', 'How often a rule group is evaluated.'],
  lastAt: ['rule_group_last_evaluation_timestamp_seconds', 'When a rule group was last evaluated.'],
  lastDuration: [
    'rule_group_last_duration_seconds',
    'How long the last evaluation of a rule group took.',
  ],
  lastRuleSum: [
    'rule_group_last_rule_duration_sum_seconds',
    'How long the rules of a group took last, added up.',
  ],
  lastRestore: [
    'rule_group_last_restore_duration_seconds',
    'How long it took to find the state of alerts from before the start.',
  ],
  rules: ['rule_group_rules', 'Rules of a group.'],
  samples: [
    'rule_group_last_evaluation_samples',
    'Samples that the last evaluation of a rule group gave.',
  ],
} as const satisfies Record<string, readonly [name: string, help: string]>

/** What is counted of one group; the label `rule_group` is `file;name`. */
export type GroupMetrics = Readonly<Record<keyof typeof COUNTERS, Counter>> &
  Readonly<Record<keyof typeof GAUGES, Gauge>>

type Families<Child> = ReadonlyMap<string, Labelled<Child>>

/** Counts evaluations under the names that field rules and dashboards read of Prometheus (rules/group.go). */
export class RuleMetrics {
  readonly #counters: Families<Counter>
  readonly #gauges: Families<Gauge>
  readonly #ruleSeconds = new RecentQuantiles([0.5, 0.9, 0.99])
  readonly #groupSeconds = new RecentQuantiles()
  readonly #ruleHistogram: Histogram
  readonly #groupHistogram: Histogram
  readonly #nowMs: () => number

  constructor(registry: Registry, nowMs: () => number) {
    this.#nowMs = nowMs
    this.#counters = new Map(
      Object.entries(COUNTERS).map(([key, [name, help]]) => [
        key,
        registry.counterBy(`prometheus_${name}`, help, ['rule_group']),
      ]),
    )
    this.#gauges = new Map(
      Object.entries(GAUGES).map(([key, [name, help]]) => [
        key,
        registry.gaugeBy(`prometheus_${name}`, help, ['rule_group']),
      ]),
    )
    const histogram = (what: string, help: string): Histogram =>
      registry.histogram(
        `prometheus_rule_${what}_duration_histogram_seconds`,
        help,
        HISTOGRAM_BOUNDS_S,
      )
    this.#ruleHistogram = histogram('evaluation', 'How long evaluations of rules took.')
    this.#groupHistogram = histogram('group', 'How long evaluations of rule groups took.')
    registry.collect(() => [
      this.#summary('evaluation', 'How long evaluations of rules took.', this.#ruleSeconds),
      this.#summary('group', 'How long evaluations of rule groups took.', this.#groupSeconds),
    ])
  }

  /** The metrics of a group, which are there from now on. */
  group(key: string): GroupMetrics {
    const counter = (name: keyof typeof COUNTERS): Counter => childOf(this.#counters, name, key)
    const gauge = (name: keyof typeof GAUGES): Gauge => childOf(this.#gauges, name, key)
    return {
      iterations: counter('iterations'),
      missed: counter('missed'),
      evaluations: counter('evaluations'),
      failures: counter('failures'),
      interval: gauge('interval'),
      lastAt: gauge('lastAt'),
      lastDuration: gauge('lastDuration'),
      lastRuleSum: gauge('lastRuleSum'),
      lastRestore: gauge('lastRestore'),
      rules: gauge('rules'),
      samples: gauge('samples'),
    }
  }

  /** A group that is gone is no longer shown. */
  removeGroup(key: string): void {
    for (const family of [...this.#counters.values(), ...this.#gauges.values()]) family.remove(key)
  }

  ruleTook(durationMs: number): void {
    this.#ruleSeconds.observe(durationMs / 1000, this.#nowMs())
    this.#ruleHistogram.observe(durationMs / 1000)
  }

  groupTook(durationMs: number): void {
    this.#groupSeconds.observe(durationMs / 1000, this.#nowMs())
    this.#groupHistogram.observe(durationMs / 1000)
  }

  #summary(what: string, help: string, values: RecentQuantiles): MetricFamily {
    return {
      name: `prometheus_rule_${what}_duration_seconds`,
      help,
      type: 'summary',
      metrics: values.metrics([], this.#nowMs()),
    }
  }
}

function childOf<Child>(families: Families<Child>, name: string, key: string): Child {
  const family = families.get(name)
  if (family === undefined) throw new Error(`there is no metric ${name}`)
  return family.with(key)
}
