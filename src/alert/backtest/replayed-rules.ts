import { Problem } from '../../model/problem.ts'
import { createPromqlEngine } from '../../query/promql/create.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { AlertSink } from '../alert-sink.ts'
import type { AlertingRule } from '../rules/alerting-rule.ts'
import { promqlSource } from '../rules/promql-source.ts'
import type { RuleConfig, RuleGroupConfig } from '../rules/rule-config.ts'
import { DEFAULT_RULE_SETTINGS, RuleGroup, type RunningRule } from '../rules/rule-group.ts'
import { RuleMetrics } from '../rules/rule-metrics.ts'
import type { RuleQuery, RuleSource, RuleVector } from '../rules/rule-query.ts'
import { countTexts, RuleTemplates } from '../rules/rule-templates.ts'
import { SharedReads } from '../rules/shared-reads.ts'
import { DerivedSource } from './derived-source.ts'
import type { StoredHistory } from './history.ts'
import { LOOKBACK_MS, type BacktestPlan } from './plan-backtest.ts'
import { QueryWindow } from './read-window.ts'
import type { BacktestLimits, BacktestOptions } from './run-backtest.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Steps of the fastest group that are read at once. */
const STEPS_PER_WINDOW = 1000
const CONCURRENT_READS = 4
/** Queries that templates ask, each a request. */
const MAX_TEMPLATE_QUERIES = 20_000

/** Bounds of what is evaluated here. */
const ENGINE_LIMITS = {
  lookbackMs: LOOKBACK_MS,
  timeoutMs: 120_000,
  maxSamples: 50_000_000,
  maxSeries: 1_000_000,
  maxConcurrency: 4,
}

/** An alerting rule with how its evaluations went. */
export interface ReplayedRule {
  readonly group: RuleGroup
  readonly rule: AlertingRule
  /** Its place among the alerting rules. */
  readonly index: number
  failures: number
  firstFailure: { readonly atMs: number; readonly message: string } | undefined
}

interface ReplayedGroup {
  readonly group: RuleGroup
  readonly config: RuleGroupConfig
  readonly rules: readonly { readonly running: RunningRule; readonly replayed: ReplayedRule }[]
  /** What it reads of the window that is replayed, by expression. */
  windows: ReadonlyMap<string, QueryWindow>
}

/** What is done at one moment: `evaluate` evaluates the groups that are due and resolves to their alerting rules. */
export type ReplayStep = (
  atMs: number,
  evaluate: () => Promise<readonly ReplayedRule[]>,
) => Promise<void>

/** Groups of rules that are evaluated as in service, over what history holds. */
export class ReplayedRules {
  readonly alerting: readonly ReplayedRule[]
  readonly #plan: BacktestPlan
  readonly #history: StoredHistory
  readonly #limits: BacktestLimits
  readonly #groups: readonly ReplayedGroup[]
  readonly #derived: DerivedSource
  readonly #derivedRules: RuleSource
  readonly #templateAnswers = new Map<string, Promise<RuleVector>>()
  #templateQueries = 0
  evaluations = 0

  constructor(
    plan: BacktestPlan,
    options: BacktestOptions,
    limits: BacktestLimits,
    clock: VirtualClock,
    alerts: AlertSink,
  ) {
    this.#plan = plan
    this.#history = options.history
    this.#limits = limits
    const names = plan.groups.flatMap(({ rules }) => rules.map(({ name }) => name))
    this.#derived = new DerivedSource(options.history, plan.recorded, new Set(names))
    const shared = new SharedReads(this.#derived)
    const { delayedNameRemoval = false } = options
    const engine = createPromqlEngine(
      shared,
      { ...ENGINE_LIMITS, defaultStepMs: options.intervalMs },
      { delayedNameRemoval },
    )
    this.#derivedRules = promqlSource(engine, shared)
    const registry = createRegistry()
    const deps = {
      sink: this.#derived,
      alerts,
      clock,
      log: silentLog(),
      metrics: new RuleMetrics(registry, () => clock.nowMs()),
      templates: new RuleTemplates(
        (query, atMs) => this.#askForTemplate(query, atMs),
        countTexts(registry),
      ),
      external: () => options.external,
      queryOffsetMs: () => options.queryOffsetMs,
      settings: DEFAULT_RULE_SETTINGS,
    }
    const alerting: ReplayedRule[] = []
    this.#groups = plan.groups.map((config, i) => {
      const source = this.#sourceOf(config, (expr) => this.#groups[i]?.windows.get(expr))
      const intervalMs = config.intervalMs ?? options.intervalMs
      const group = new RuleGroup(config, intervalMs, { ...deps, source }, true)
      const rules = group.rules.flatMap((running) => {
        const { rule } = running
        if (rule.kind !== 'alerting') return []
        const replayed: ReplayedRule = {
          ...{ group, rule, index: alerting.length, failures: 0, firstFailure: undefined },
        }
        alerting.push(replayed)
        return [{ running, replayed }]
      })
      return { group, config, rules, windows: new Map() }
    })
    this.alerting = alerting
  }

  /** How often rules are evaluated in a range of time. */
  countEvaluations(startMs: number, endMs: number): number {
    return this.#groups.reduce((sum, { group }) => {
      const slots = Math.floor(endMs / group.intervalMs) - Math.ceil(startMs / group.intervalMs) + 1
      return sum + Math.max(0, slots) * group.rules.length
    }, 0)
  }

  /** Replays a range of time, its ends included: what is stored is read a window ahead. */
  async replay(startMs: number, endMs: number, step: ReplayStep): Promise<void> {
    const shortestMs = Math.min(...this.#groups.map(({ group }) => group.intervalMs))
    if (!Number.isFinite(shortestMs)) return
    const windowMs = shortestMs * STEPS_PER_WINDOW
    let next = this.#read(startMs, Math.min(startMs + windowMs, endMs + 1))
    for (let fromMs = startMs; fromMs <= endMs; fromMs += windowMs) {
      const toMs = Math.min(fromMs + windowMs, endMs + 1)
      const windows = await next
      if (toMs <= endMs) {
        next = this.#read(toMs, Math.min(toMs + windowMs, endMs + 1))
        // It is waited for in the next round, unless this one fails.
        next.catch(() => undefined)
      }
      for (const [i, each] of this.#groups.entries()) each.windows = windows[i] ?? new Map()
      this.#derived.openWindow(fromMs, toMs, this.#plan.warmUpMs + LOOKBACK_MS)
      await this.#replayWindow(fromMs, toMs, step)
      this.#templateAnswers.clear()
    }
  }

  async #replayWindow(fromMs: number, toMs: number, step: ReplayStep): Promise<void> {
    const due = this.#groups.map((each) => ({ each, atMs: firstSlot(each.group, fromMs) }))
    for (;;) {
      const atMs = Math.min(...due.map((slot) => slot.atMs))
      if (atMs >= toMs) return
      await step(atMs, async () => {
        const evaluated: ReplayedRule[] = []
        for (const slot of due) {
          if (slot.atMs !== atMs) continue
          slot.atMs += slot.each.group.intervalMs
          evaluated.push(...(await this.#evaluate(slot.each, atMs)))
        }
        return evaluated
      })
    }
  }

  async #evaluate({ group, rules }: ReplayedGroup, atMs: number): Promise<readonly ReplayedRule[]> {
    await group.evaluate(atMs)
    this.evaluations += group.rules.length
    for (const { running, replayed } of rules) {
      if (running.lastError === '') continue
      replayed.failures++
      replayed.firstFailure ??= { atMs, message: running.lastError }
    }
    return rules.map(({ replayed }) => replayed)
  }

  /** Reads what the groups need from `fromMs` to before `toMs`, for each group by expression. */
  async #read(fromMs: number, toMs: number): Promise<readonly ReadonlyMap<string, QueryWindow>[]> {
    const windows = this.#groups.map(() => new Map<string, QueryWindow>())
    const reads = this.#groups.flatMap(({ group, config }, i) => {
      const startMs = firstSlot(group, fromMs)
      const count = Math.ceil((toMs - startMs) / group.intervalMs)
      if (count <= 0) return []
      const steps = { startMs: startMs - group.queryOffsetMs, stepMs: group.intervalMs, count }
      const stored = config.rules.filter((rule) => !this.#plan.derived.has(rule))
      const queries = new Set(stored.map(({ query }) => query))
      return [...queries].map((query) => async () => {
        const { maxSeries } = this.#limits
        windows[i]?.set(query, await QueryWindow.read(this.#history, query, steps, maxSeries))
      })
    })
    const work = async (): Promise<void> => {
      for (let read = reads.shift(); read !== undefined; read = reads.shift()) await read()
    }
    await Promise.all(Array.from({ length: CONCURRENT_READS }, work))
    return windows
  }

  #sourceOf(
    config: RuleGroupConfig,
    windowOf: (expr: string) => QueryWindow | undefined,
  ): RuleSource {
    const derived = new Set(
      config.rules.filter((rule: RuleConfig) => this.#plan.derived.has(rule)).map((r) => r.query),
    )
    return {
      open: () => {
        const inner = this.#derivedRules.open()
        const query: RuleQuery = async (expr, atMs) => {
          if (derived.has(expr)) return inner.query(expr, atMs)
          const window = windowOf(expr)
          if (window === undefined) throw new Problem('internal', `${expr} was not read`)
          return window.at(atMs)
        }
        return {
          query,
          written: (series) => inner.written(series),
          close: () => inner.close(),
        }
      },
      query: (expr, atMs) => this.#askForTemplate(expr, atMs),
      lastSamples: () => Promise.resolve([]),
    }
  }

  /** What the templates of rules ask: of what is stored. */
  #askForTemplate(query: string, atMs: number): Promise<RuleVector> {
    const key = `${atMs} ${query}`
    let answer = this.#templateAnswers.get(key)
    if (answer === undefined) {
      this.#templateQueries++
      answer =
        this.#templateQueries > MAX_TEMPLATE_QUERIES
          ? Promise.reject(
              new Problem('limit', `a backtest asks ${MAX_TEMPLATE_QUERIES} queries of templates`),
            )
          : this.#history.at(query, atMs)
      answer.catch(() => undefined)
      this.#templateAnswers.set(key, answer)
    }
    return answer
  }
}

function firstSlot({ intervalMs }: RuleGroup, fromMs: number): number {
  return Math.ceil(fromMs / intervalMs) * intervalMs
}
