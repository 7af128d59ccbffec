import type { Labels } from '../../model/labels.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { AppendResult, SampleSink } from '../../model/samples.ts'
import type { Log } from '../../self/log.ts'
import type { WorkShare } from '../../model/work-share.ts'
import type { AlertSink } from '../alert-sink.ts'
import type { Clock } from '../clock.ts'
import { AlertingRule } from './alerting-rule.ts'
import { orderRules } from './order-rules.ts'
import { RecordingRule } from './recording-rule.ts'
import { ruleKey, type RuleConfig, type RuleGroupConfig } from './rule-config.ts'
import type { External } from './rule-context.ts'
import type { GroupMetrics, RuleMetrics } from './rule-metrics.ts'
import type { RuleQueries, RuleQuery, RuleSource } from './rule-query.ts'
import type { RuleTemplates } from './rule-templates.ts'
import { type RuleSamples, writeSamples, writeStaleMarkers } from './rule-samples.ts'

/** What all groups work with. */
export interface RuleDeps {
  readonly source: RuleSource
  /** What groups over log lines are evaluated with; undefined where there are no lines. */
  readonly logs?: LogRules
  /** What groups over spans are evaluated with; undefined where there are no traces. */
  readonly traces?: TraceRules
  /** Where recorded samples and those of alerts go. */
  readonly sink: SampleSink
  readonly alerts: AlertSink
  readonly clock: Clock
  readonly log: Log
  readonly metrics: RuleMetrics
  readonly templates: RuleTemplates
  readonly external: () => External
  /** `global.rule_query_offset`. */
  readonly queryOffsetMs: () => number
  readonly settings: RuleSettings
  /** Which groups are evaluated here; undefined: all. */
  readonly work?: WorkShare
}

/** See `RuleDeps`. */
export interface LogRules {
  /** Evaluates LogQL. */
  readonly query: RuleQuery
  /** Texts whose function `query` is LogQL too. */
  readonly templates: RuleTemplates
}

/** See `RuleDeps`. */
export interface TraceRules {
  /** Evaluates TraceQL over the spans of a window before the moment; undefined: of the default one. */
  readonly over: (windowMs: number | undefined) => LogRules
}

/** Prometheus's `--rules.*`. */
export interface RuleSettings {
  /** `--rules.alert.for-outage-tolerance`: an older state is not restored. */
  readonly outageToleranceMs: number
  /** `--rules.alert.for-grace-period`: a restored alert waits at least so long before it fires. */
  readonly forGracePeriodMs: number
  /** `--rules.alert.resend-delay`. */
  readonly resendDelayMs: number
  /** `--rules.max-concurrent-evals`: rules of one group that are evaluated at the same time. */
  readonly maxConcurrentEvals: number
}

export const DEFAULT_RULE_SETTINGS: RuleSettings = {
  outageToleranceMs: 3_600_000,
  forGracePeriodMs: 600_000,
  resendDelayMs: 60_000,
  maxConcurrentEvals: 4,
}

/** A rule with how its last evaluation went. */
export interface RunningRule {
  readonly rule: AlertingRule | RecordingRule
  health: 'ok' | 'err' | 'unknown'
  /** '' when the last evaluation went well. */
  lastError: string
  lastEvaluationMs: number | undefined
  evaluationMs: number
  /** The series of the last evaluation, by key: those that are missing in the next one have ended. */
  previous: ReadonlyMap<string, Labels>
}

/** Failed evaluations are logged this often; each counts. */
const LOGGED_REJECTIONS = 3

/** Rules that are evaluated together, in order (rules/group.go of Prometheus). When that is done is for `GroupLoop` to say. */
export class RuleGroup {
  readonly config: RuleGroupConfig
  readonly intervalMs: number
  readonly rules: readonly RunningRule[]
  readonly metrics: GroupMetrics
  readonly #deps: RuleDeps
  readonly #log: Log
  readonly #batches: readonly (readonly number[])[]
  /** Series of rules that are no longer there. */
  #ended: Labels[] = []
  evaluationMs = 0
  lastEvaluationMs: number | undefined

  /** `isRestored`: the state before a restart needs no looking for. `before`: the group of the same name that this replaces. */
  constructor(
    config: RuleGroupConfig,
    intervalMs: number,
    deps: RuleDeps,
    isRestored: boolean,
    before?: RuleGroup,
  ) {
    this.config = config
    this.intervalMs = intervalMs
    this.#deps = deps
    this.#log = deps.log.child({ file: config.file, group: config.name })
    this.#batches = orderRules(config.rules)
    this.metrics = deps.metrics.group(this.key)
    this.metrics.rules.set(config.rules.length)
    this.metrics.interval.set(intervalMs / 1000)
    const claimed = new ClaimedRules(before?.rules ?? [])
    this.rules = config.rules.map((rule) => startRule(rule, isRestored, claimed.take(rule)))
    this.#ended = [...(before?.takeEnded() ?? []), ...claimed.leftSeries()]
    this.evaluationMs = before?.evaluationMs ?? 0
    this.lastEvaluationMs = before?.lastEvaluationMs
  }

  /** `file;name`: names need not be unique across files. */
  get key(): string {
    return `${this.config.file};${this.config.name}`
  }

  get alertingRules(): readonly AlertingRule[] {
    return this.rules.flatMap(({ rule }) => (rule.kind === 'alerting' ? [rule] : []))
  }

  get queryOffsetMs(): number {
    const { queryOffsetMs, language } = this.config
    // What prometheus.yml says is about samples that come late.
    return queryOffsetMs ?? (language === 'promql' ? this.#deps.queryOffsetMs() : 0)
  }

  /** Evaluates every rule for a slot. Never rejects: what fails is the health of a rule. `isStopped` ends it between rules. */
  async evaluate(atMs: number, isStopped: () => boolean = () => false): Promise<void> {
    const { clock, settings, metrics } = this.#deps
    const startedMs = clock.nowMs()
    const begun = performance.now()
    this.metrics.iterations.inc()
    const queries = this.#open()
    const sampleCounts: number[] = []
    try {
      for (const batch of this.#batches) {
        await runBounded(batch, settings.maxConcurrentEvals, async (index) => {
          if (isStopped()) return
          sampleCounts.push(await this.#run(this.rules[index] as RunningRule, atMs, queries))
        })
      }
    } finally {
      queries.close()
    }
    this.metrics.samples.set(sum(sampleCounts))
    this.writeEnded(atMs)
    this.evaluationMs = performance.now() - begun
    this.lastEvaluationMs = startedMs
    metrics.groupTook(this.evaluationMs)
    this.metrics.lastDuration.set(this.evaluationMs / 1000)
    this.metrics.lastRuleSum.set(sum(this.rules.map((rule) => rule.evaluationMs)) / 1000)
    this.metrics.lastAt.set(startedMs / 1000)
  }

  /** Ends the series of rules that are gone. Kept for the next time when there is no store now. */
  writeEnded(atMs: number): void {
    if (this.#ended.length === 0) return
    try {
      writeStaleMarkers(this.#deps.sink, this.#ended, atMs - this.queryOffsetMs)
      this.#ended = []
    } catch (thrown) {
      this.#log.warn('the end of series of removed rules cannot be written', {
        reason: messageOf(thrown),
      })
    }
  }

  /** Another member goes on with the group, or did until now: what is known of it is not true any more. */
  forget(): void {
    for (const running of this.rules) {
      if (running.rule.kind === 'alerting') running.rule.forget()
      running.health = 'unknown'
      running.lastError = ''
      running.lastEvaluationMs = undefined
      running.previous = new Map()
    }
    this.lastEvaluationMs = undefined
  }

  /** The group goes: all its series have ended, once `writeEnded` is called. */
  endAll(): void {
    for (const rule of this.rules) {
      this.#ended.push(...rule.previous.values())
      rule.previous = new Map()
    }
  }

  /** The series that are still to be ended, for the group that comes in place of this one. */
  takeEnded(): readonly Labels[] {
    const ended = this.#ended
    this.#ended = []
    return ended
  }

  #open(): RuleQueries {
    const opened = this.#deps.source.open()
    if (this.config.language === 'promql') return opened
    const query = this.#others?.query ?? refusalOf(this.config)
    return {
      query,
      written: (series) => opened.written(series),
      close: () => opened.close(),
    }
  }

  /** What expressions are evaluated with that are no PromQL. */
  get #others(): LogRules | undefined {
    const { language, windowMs } = this.config
    if (language === 'promql') return undefined
    return language === 'logql' ? this.#deps.logs : this.#deps.traces?.over(windowMs)
  }

  get #templates(): RuleTemplates {
    return this.#others?.templates ?? this.#deps.templates
  }

  /** Evaluates one rule; resolves to the number of its samples. */
  async #run(running: RunningRule, atMs: number, queries: RuleQueries): Promise<number> {
    const { clock, metrics, settings, alerts } = this.#deps
    const templates = this.#templates
    const { rule } = running
    const begun = performance.now()
    running.lastEvaluationMs = clock.nowMs()
    this.metrics.evaluations.inc()
    try {
      const { queryOffsetMs, intervalMs } = this
      const { limit } = this.config
      const external = this.#deps.external()
      const context = { atMs, queryOffsetMs, limit, queries, templates, external }
      const samples = await rule.evaluate(context)
      running.health = 'ok'
      running.lastError = ''
      if (rule.kind === 'alerting') {
        const due = rule.takeDue(atMs, settings.resendDelayMs, intervalMs, external)
        if (due.length > 0) alerts.put(due)
      }
      this.#write(running, samples, atMs - queryOffsetMs, queries)
      return samples.series.length
    } catch (thrown) {
      this.#fail(running, messageOf(thrown))
      this.#log.warn('a rule cannot be evaluated', {
        rule: rule.config.name,
        reason: running.lastError,
      })
      return 0
    } finally {
      running.evaluationMs = performance.now() - begun
      metrics.ruleTook(running.evaluationMs)
    }
  }

  #fail(running: RunningRule, reason: string): void {
    running.health = 'err'
    running.lastError = reason
    this.metrics.failures.inc()
  }

  #write(
    running: RunningRule,
    samples: RuleSamples,
    timestampMs: number,
    queries: RuleQueries,
  ): void {
    const { series } = samples
    const current = new Map(series.map((labels) => [labels.key, labels]))
    const gone = [...running.previous].flatMap(([key, labels]) => (current.has(key) ? [] : labels))
    if (series.length > 0) {
      const result = writeSamples(this.#deps.sink, samples, timestampMs)
      if (result.rejectedCount > 0) this.#noteRejected(running, result, current)
    }
    if (gone.length > 0) writeStaleMarkers(this.#deps.sink, gone, timestampMs)
    running.previous = current
    queries.written(gone.length > 0 ? [...series, ...gone] : series)
  }

  /** Refused samples are an error of the rule, as in Prometheus; the series does not count as written. */
  #noteRejected(running: RunningRule, result: AppendResult, current: Map<string, Labels>): void {
    const [first] = result.rejected
    running.health = 'err'
    running.lastError = first?.message ?? `${result.rejectedCount} samples were refused`
    for (const { series } of result.rejected) current.delete(series.key)
    for (const { series, reason } of result.rejected.slice(0, LOGGED_REJECTIONS)) {
      this.#log.warn('results of a rule are refused', {
        rule: running.rule.config.name,
        series: series.toString(),
        reason,
        count: result.rejectedCount,
      })
    }
  }
}

function refusalOf({ language }: RuleGroupConfig): RuleQuery {
  const what = language === 'traceql' ? 'spans' : 'log lines'
  return () =>
    Promise.reject(new Problem('execution', `there are no ${what} here to evaluate over`))
}

function startRule(
  config: RuleConfig,
  isRestored: boolean,
  before: RunningRule | undefined,
): RunningRule {
  const old = before?.rule.kind === 'alerting' ? before.rule : undefined
  return {
    rule:
      config.kind === 'recording'
        ? new RecordingRule(config)
        : new AlertingRule(config, isRestored || old?.isRestored === true, old),
    health: 'unknown',
    lastError: '',
    lastEvaluationMs: undefined,
    evaluationMs: 0,
    previous: before?.previous ?? new Map(),
  }
}

/** The rules of a group that is replaced: each goes on as the new rule of the same name and labels, in order. */
class ClaimedRules {
  readonly #rules = new Map<string, RunningRule[]>()

  constructor(rules: readonly RunningRule[]) {
    for (const running of rules) {
      const key = ruleKey(running.rule.config)
      const same = this.#rules.get(key)
      if (same === undefined) this.#rules.set(key, [running])
      else same.push(running)
    }
  }

  take(config: RuleConfig): RunningRule | undefined {
    return this.#rules.get(ruleKey(config))?.shift()
  }

  /** The series of those that no new rule has claimed. */
  leftSeries(): readonly Labels[] {
    const series: Labels[] = []
    for (const { previous } of [...this.#rules.values()].flat()) series.push(...previous.values())
    return series
  }
}

/** Runs a task for each index, at most `limit` at a time. */
async function runBounded(
  indexes: readonly number[],
  limit: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < indexes.length) await task(indexes[next++] as number)
  }
  await Promise.all(Array.from({ length: Math.min(limit, indexes.length) }, work))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
