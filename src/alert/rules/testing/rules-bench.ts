import { Labels } from '../../../model/labels.ts'
import type { SampleSink } from '../../../model/samples.ts'
import { ALL_MINE, type WorkShare } from '../../../model/work-share.ts'
import { createPromqlEngine } from '../../../query/promql/create.ts'
import type { PromqlEngine } from '../../../query/promql/engine.ts'
import { silentLog } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import { FaultList, formatFault } from '../../../yaml/fault.ts'
import type { PostedAlert } from '../../alert-sink.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { MemorySeries } from '../memory-series.ts'
import { promqlSource } from '../promql-source.ts'
import { readRuleText } from '../read-rule-file.ts'
import type { RuleGroupConfig } from '../rule-config.ts'
import type { RuleQuery } from '../rule-query.ts'
import type { External } from '../rule-context.ts'
import { DEFAULT_RULE_SETTINGS, type LogRules, type RuleSettings } from '../rule-group.ts'
import { RuleManager } from '../rule-manager.ts'
import { RuleMetrics } from '../rule-metrics.ts'
import { countTexts, RuleTemplates } from '../rule-templates.ts'
import { SharedReads } from '../shared-reads.ts'
import { writeSamples, writeStaleMarkers } from '../rule-samples.ts'

/** A time that is a slot of no group in particular. */
export const START_MS = Date.UTC(2026, 0, 1)

export interface BenchOptions {
  /** What a server before this one has stored. */
  readonly series?: MemorySeries
  readonly startMs?: number
  readonly external?: External
  readonly settings?: Partial<RuleSettings>
  readonly queryOffsetMs?: number
  /** Evaluates rules on logs. */
  readonly logs?: RuleQuery
  /** Evaluates rules on traces over a window. */
  readonly traces?: (windowMs: number | undefined) => RuleQuery
  /** Stands before the series when rules write. */
  readonly sink?: (series: MemorySeries) => SampleSink
  readonly engine?: (engine: PromqlEngine) => PromqlEngine
  /** Of a member of a cluster. */
  readonly work?: WorkShare
}

/** Alerts as they were put, with the time. */
export interface Put {
  readonly atMs: number
  readonly alerts: readonly PostedAlert[]
}

/** Rules on a clock and on series that a test gives. */
export class RulesBench {
  readonly series: MemorySeries
  readonly clock: FakeClock
  readonly manager: RuleManager
  readonly registry = createRegistry()
  readonly puts: Put[] = []
  readonly engine: PromqlEngine

  constructor(options: BenchOptions = {}) {
    this.series = options.series ?? new MemorySeries()
    const startMs = options.startMs ?? START_MS
    this.clock = new FakeClock(startMs, () => this.manager.settled())
    const shared = new SharedReads(this.series)
    const engine = createPromqlEngine(shared, {
      lookbackMs: 300_000,
      timeoutMs: 10_000,
      maxSamples: 10_000_000,
      maxSeries: 100_000,
      maxConcurrency: 10,
      defaultStepMs: 60_000,
    })
    this.engine = options.engine?.(engine) ?? engine
    const source = promqlSource(this.engine, shared)
    const templates = new RuleTemplates(source.query, countTexts(this.registry))
    const { logs, traces } = options
    const over = (query: RuleQuery): LogRules => ({ query, templates: templates.over(query) })
    this.manager = new RuleManager({
      source,
      ...(logs !== undefined && { logs: over(logs) }),
      ...(traces !== undefined && { traces: { over: (windowMs) => over(traces(windowMs)) } }),
      templates,
      sink: options.sink?.(this.series) ?? this.series,
      alerts: { put: (alerts) => void this.puts.push({ atMs: this.clock.nowMs(), alerts }) },
      clock: this.clock,
      log: silentLog(),
      metrics: new RuleMetrics(this.registry, () => this.clock.nowMs()),
      external: () => options.external ?? { labels: Labels.EMPTY, url: 'http://mon.example.org' },
      queryOffsetMs: () => options.queryOffsetMs ?? 0,
      settings: { ...DEFAULT_RULE_SETTINGS, ...options.settings },
      work: options.work ?? ALL_MINE,
    })
  }

  apply(text: string, intervalMs = 60_000): Promise<void> {
    return this.manager.apply(groupsOf(text), intervalMs)
  }

  /** Gives a series a value (or its end) at the present time. */
  set(series: Readonly<Record<string, string>>, value: number | 'stale'): void {
    const labels = [Labels.from(series)]
    if (value === 'stale') writeStaleMarkers(this.series, labels, this.clock.nowMs())
    else writeSamples(this.series, { series: labels, values: [value] }, this.clock.nowMs())
  }

  /** `{labels} value` of an expression now, sorted. */
  async query(query: string, atMs = this.clock.nowMs()): Promise<string[]> {
    const answer = await this.engine.evaluate({ query, startMs: atMs, endMs: atMs, stepMs: 0 })
    return answer.labels.map((labels, i) => `${labels.toString()} ${answer.values[i]}`).sort()
  }

  /** The value of a metric of the program's own. */
  metric(name: string): number | undefined {
    const family = this.registry.families().find((each) => each.name === name)
    return family?.metrics[0]?.value
  }
}

/** Reads a rule file that must be right. */
function groupsOf(text: string, file = 'rules.yml'): readonly RuleGroupConfig[] {
  const faults = new FaultList()
  const groups = readRuleText(text, file, { faults })
  if (faults.hasErrors) throw new Error(faults.items.map(formatFault).join('\n'))
  return groups
}
