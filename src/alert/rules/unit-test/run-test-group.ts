import type { HistogramValue } from '../../../lang/promql/histogram-notation.ts'
import { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { Labels } from '../../../model/labels.ts'
import { messageOf } from '../../../model/problem.ts'
import { createPromqlEngine } from '../../../query/promql/create.ts'
import type { PromqlEngine } from '../../../query/promql/engine.ts'
import { silentLog } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import { MemorySeries } from '../memory-series.ts'
import { promqlSource, vectorOf } from '../promql-source.ts'
import type { RuleGroupConfig } from '../rule-config.ts'
import { DEFAULT_RULE_SETTINGS, RuleGroup, type RuleDeps } from '../rule-group.ts'
import { RuleMetrics } from '../rule-metrics.ts'
import { countTexts, RuleTemplates } from '../rule-templates.ts'
import { SharedReads } from '../shared-reads.ts'
import { type RuleSamples, writeSamples, writeStaleMarkers } from '../rule-samples.ts'
import type {
  AlertTest,
  ExpectedAlert,
  ExpectedSample,
  ExprTest,
  TestGroup,
} from './read-test-file.ts'

/** What was not as expected. */
export type TestFailure =
  | {
      readonly kind: 'rule'
      /** The name of the rule that could not be evaluated, `atMs` after the start. */
      readonly rule: string
      readonly atMs: number
      readonly message: string
    }
  | {
      readonly kind: 'alerts'
      readonly test: AlertTest
      readonly got: readonly ExpectedAlert[]
    }
  | {
      readonly kind: 'samples'
      readonly test: ExprTest
      readonly got: readonly ExpectedSample[]
    }
  | { readonly kind: 'query'; readonly test: ExprTest; readonly message: string }

export interface TestRunOptions {
  readonly evaluationIntervalMs: number
  readonly isFuzzy: boolean
  /** `promql-delayed-name-removal`. */
  readonly delayedNameRemoval: boolean
}

/** Limits of a query in a test. */
const LIMITS = {
  lookbackMs: 300_000,
  timeoutMs: 100_000,
  maxSamples: 50_000_000,
  maxSeries: 1_000_000,
  maxConcurrency: 10,
}

/**
 * Runs the tests of one group as promtool does: from the start to the last time that a test looks at, each evaluation interval
 * the series are given their samples until then and all rules are evaluated, in order; so a test that looks in between sees
 * what was there at the evaluation before. `rules` are in the order of evaluation.
 */
export async function runTestGroup(
  group: TestGroup,
  rules: readonly RuleGroupConfig[],
  options: TestRunOptions,
): Promise<readonly TestFailure[]> {
  return new TestRun(group, rules, options).run()
}

class TestRun {
  readonly #group: TestGroup
  readonly #options: TestRunOptions
  readonly #series = new MemorySeries()
  readonly #shared = new SharedReads(this.#series)
  readonly #engine: PromqlEngine
  readonly #groups: readonly RuleGroup[]
  readonly #failures: TestFailure[] = []
  /** How many of a series' values are in, by series. */
  readonly #loaded: number[]
  #nowMs: number

  constructor(group: TestGroup, rules: readonly RuleGroupConfig[], options: TestRunOptions) {
    this.#group = group
    this.#options = options
    this.#nowMs = group.startMs
    this.#loaded = group.series.map(() => 0)
    const { evaluationIntervalMs: defaultStepMs, delayedNameRemoval } = options
    this.#engine = createPromqlEngine(
      this.#shared,
      { ...LIMITS, defaultStepMs },
      { delayedNameRemoval },
    )
    const deps = this.#deps()
    this.#groups = rules.map(
      (config) => new RuleGroup(config, config.intervalMs ?? group.intervalMs, deps, true),
    )
  }

  async run(): Promise<readonly TestFailure[]> {
    const { startMs, alertTests, exprTests } = this.#group
    const times = [...alertTests, ...exprTests].map(({ evalTimeMs }) => evalTimeMs)
    const endMs = startMs + Math.max(0, ...times)
    const stepMs = this.#options.evaluationIntervalMs
    for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
      if (!(await this.#evaluate(atMs))) return this.#failures
      for (const test of alertTests) {
        const testMs = startMs + test.evalTimeMs
        if (testMs >= atMs && testMs < atMs + stepMs) this.#checkAlerts(test)
      }
    }
    for (const test of exprTests) await this.#checkSamples(test)
    return this.#failures
  }

  /** False when a rule failed: what follows would only be its consequence. */
  async #evaluate(atMs: number): Promise<boolean> {
    this.#nowMs = atMs
    this.#load(atMs)
    for (const group of this.#groups) await group.evaluate(atMs)
    const before = this.#failures.length
    for (const { rule, lastError } of this.#groups.flatMap((group) => group.rules)) {
      if (lastError === '') continue
      const sinceMs = atMs - this.#group.startMs
      this.#failures.push({
        ...{ kind: 'rule', rule: rule.config.name, atMs: sinceMs, message: lastError },
      })
    }
    return this.#failures.length === before
  }

  /** Gives the series their samples until a time. */
  #load(untilMs: number): void {
    const { series, startMs, intervalMs } = this.#group
    for (const [i, { labels, values }] of series.entries()) {
      let at = this.#loaded[i] as number
      for (; at < values.length && startMs + at * intervalMs <= untilMs; at++) {
        const value = values[at]
        const timestampMs = startMs + at * intervalMs
        if (value === 'stale') writeStaleMarkers(this.#series, [labels], timestampMs)
        else if (value !== undefined) {
          writeSamples(this.#series, samplesOf(labels, value), timestampMs)
        }
      }
      this.#loaded[i] = at
    }
  }

  #checkAlerts(test: AlertTest): void {
    const rules = this.#groups.flatMap((group) => group.alertingRules)
    const got = rules
      .filter((rule) => rule.config.name === test.alertName)
      .flatMap((rule) => rule.alerts.filter(({ state }) => state === 'firing'))
      .map(({ labels, annotations }) => ({ labels, annotations }))
    const key = ({ labels, annotations }: ExpectedAlert): string =>
      `${labels.toString()} ${annotations.toString()}`
    if (isSame(test.expected.map(key).sort(), got.map(key).sort(), (a, b) => a === b)) return
    this.#failures.push({ kind: 'alerts', test, got })
  }

  async #checkSamples(test: ExprTest): Promise<void> {
    const atMs = this.#group.startMs + test.evalTimeMs
    try {
      const { expr: query } = test
      const result = await this.#engine.evaluate({ query, startMs: atMs, endMs: atMs, stepMs: 0 })
      const { labels, values, histograms } = vectorOf(result)
      const got = labels.map((series, i): ExpectedSample => {
        const row = histograms?.rows[i] ?? -1
        const value = values[i] as number
        if (histograms === undefined || row < 0) return { labels: series, value }
        return { labels: series, value, histogram: { table: histograms.table, row } }
      })
      const equal = (a: ExpectedSample, b: ExpectedSample): boolean =>
        a.labels.equals(b.labels) &&
        isSameHistogram(a.histogram, b.histogram) &&
        isEqualValue(a.value, b.value, this.#options.isFuzzy)
      if (isSame(sortSamples(test.expected), sortSamples(got), equal)) return
      this.#failures.push({ kind: 'samples', test, got })
    } catch (thrown) {
      this.#failures.push({ kind: 'query', test, message: messageOf(thrown) })
    }
  }

  #deps(): RuleDeps {
    const { externalLabels, externalUrl: url } = this.#group
    const labels = Labels.from(externalLabels)
    const registry = createRegistry()
    const source = promqlSource(this.#engine, this.#shared)
    return {
      source,
      templates: new RuleTemplates(source.query, countTexts(registry)),
      sink: this.#series,
      alerts: { put: () => undefined },
      clock: { nowMs: () => this.#nowMs, after: () => () => undefined },
      log: silentLog(),
      metrics: new RuleMetrics(registry, () => this.#nowMs),
      external: () => ({ labels, url }),
      queryOffsetMs: () => 0,
      settings: DEFAULT_RULE_SETTINGS,
    }
  }
}

/** One sample of a series that is given to a test. */
function samplesOf(labels: Labels, value: number | HistogramValue): RuleSamples {
  if (typeof value === 'number') return { series: [labels], values: [value] }
  const histograms = { table: value.table, rows: Int32Array.of(value.row) }
  return { series: [labels], values: [0], histograms }
}

/** Whether two histograms are the same; what they say of counter resets does not matter. */
function isSameHistogram(a: HistogramValue | undefined, b: HistogramValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const table = new HistogramTable()
  return table.areEqual(table.copy(a.table, a.row), table.copy(b.table, b.row))
}

function isSame<T>(a: readonly T[], b: readonly T[], equal: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i] as T))
}

function sortSamples(samples: readonly ExpectedSample[]): readonly ExpectedSample[] {
  return samples.toSorted((a, b) => {
    const order = a.labels.key < b.labels.key ? -1 : a.labels.key > b.labels.key ? 1 : 0
    return order === 0 ? a.value - b.value : order
  })
}

/** NaN is NaN here, other than in promtool, where a test that expects one cannot pass. */
function isEqualValue(a: number, b: number, isFuzzy: boolean): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  return isFuzzy && areNeighbours(a, b)
}

const floats = new Float64Array(2)
const bits = new BigInt64Array(floats.buffer)

/** Whether no other double lies between two. */
function areNeighbours(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false
  floats[0] = a
  floats[1] = b
  const [x = 0n, y = 0n] = [...bits].map((word) =>
    word < 0n ? -(word & 0x7fffffffffffffffn) : word,
  )
  return x - y === 1n || y - x === 1n
}
