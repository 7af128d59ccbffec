import type { AlertSink } from './alert/alert-sink.ts'
import { systemClock } from './alert/clock.ts'
import { QUEUE_CAPACITY } from './alert/forward-alerts.ts'
import { heartbeatGroup } from './alert/heartbeat.ts'
import { ForwardMetrics } from './alert/forward-metrics.ts'
import { logqlQuery } from './alert/rules/logql-query.ts'
import { traceqlQuery } from './alert/rules/traceql-query.ts'
import { PackSwitch } from './alert/rules/pack-switch.ts'
import { promqlSource } from './alert/rules/promql-source.ts'
import type { LogRules, RuleGroup, TraceRules } from './alert/rules/rule-group.ts'
import { RuleManager } from './alert/rules/rule-manager.ts'
import { RuleMetrics } from './alert/rules/rule-metrics.ts'
import type { RuleSource } from './alert/rules/rule-query.ts'
import { countTexts, RuleTemplates } from './alert/rules/rule-templates.ts'
import { SharedReads } from './alert/rules/shared-reads.ts'
import { Alertmanagers } from './alertmanagers.ts'
import { buildAliases } from './collect/aliases.ts'
import { answersAt } from './collect/scrape/alias-source.ts'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import type { AlertmanagersView, RulesView } from './http/prometheus/doors.ts'
import { createRulesView } from './http/prometheus/views/rules-view.ts'
import { limitLabels } from './ingest/samples.ts'
import { Labels } from './model/labels.ts'
import { messageOf } from './model/problem.ts'
import { ALL_MINE, type WorkShare } from './model/work-share.ts'
import type { Logql } from './query/logs/logql.ts'
import type { PromqlEngine } from './query/promql/engine.ts'
import type { Log } from './self/log.ts'
import type { MetricsSource } from './store/metrics-source.ts'
import type { SpansSource } from './store/spans-source.ts'

export interface AlertingParts {
  /** Makes the engine of rules: one of their own, so that they do not wait for people's queries. */
  readonly createPromql: (config: VedetteConfig, source: MetricsSource) => PromqlEngine
  /** Evaluates rules on logs. */
  readonly logql: Pick<Logql, 'evaluate'>
  /** What rules on traces look at. */
  readonly spans: SpansSource
  /** The Alertmanager that this program is. */
  readonly own: AlertSink | undefined
  /** True for an address on which it listens. */
  readonly isOwn: (address: string) => boolean
  /** Under which URL people reach the Prometheus API, where no flag says it. */
  readonly url: () => string
  /** Which rule groups are evaluated here; undefined: all. */
  readonly work: WorkShare | undefined
}

/** Rules and where their alerts go. Nothing is evaluated before `start`. */
export interface RunningRules {
  readonly view: RulesView
  readonly alertmanagers: AlertmanagersView
  readonly groups: () => readonly RuleGroup[]
  /** Puts the configuration in force into action; to be called once the store is open. */
  start(): Promise<void>
  /** Puts another configuration in force; resolves to what is wrong with it. Without effect before `start`. */
  apply(config: VedetteConfig): Promise<readonly string[]>
}

/** Builds the rules of a program; it ends with the program. */
export function createRules(core: Core, parts: AlertingParts): RunningRules {
  const log = core.log.child({ component: 'rules' })
  const alertmanagers = new Alertmanagers({
    own: parts.own,
    aliases: buildAliases(core.config().aliases),
    isOwn: parts.isOwn,
    probe: answersAt,
    metrics: new ForwardMetrics(core.registry, QUEUE_CAPACITY, Date.now),
    discoveries: core.discoveries,
    log: core.log.child({ component: 'notifier' }),
  })
  const shared = new SharedReads(core.late)
  let promql = parts.createPromql(core.config(), shared)
  const source = promqlSource({ evaluate: (request) => promql.evaluate(request) }, shared)
  const { url, logql, spans, work } = parts
  const manager = createManager(core, {
    ...{ source, logql, spans, alerts: alertmanagers, log, url, work },
  })
  const packs = new PackSwitch({
    source: core.late,
    clock: systemClock,
    log,
    onChange: () => applyGroups(inForce),
  })
  let inForce = core.config()
  const applyGroups = (config: VedetteConfig): Promise<void> =>
    manager.apply(
      [...configuredGroups(config), ...packs.groups],
      config.prometheus.global.evaluationIntervalMs,
      config.logs.ruler.intervalMs,
    )
  let isStarted = false
  const apply = async (config: VedetteConfig): Promise<void> => {
    const { alerting, global } = config.prometheus
    await alertmanagers.apply({ alerting, externalLabels: Labels.from(global.externalLabels) })
    promql = parts.createPromql(config, shared)
    inForce = config
    await packs.use(config.packs)
    await applyGroups(config)
  }
  return {
    view: createRulesView(() => manager.groups),
    alertmanagers,
    groups: () => manager.groups,
    async start() {
      core.ends.push(
        () => alertmanagers.stop(),
        () => manager.stop(),
        () => packs.stop(),
      )
      isStarted = true
      await apply(core.config())
    },
    apply: async (config) => (isStarted ? faultsOf(() => apply(config)) : []),
  }
}

/** The groups of rule files, of Loki's ruler, and the heartbeat's. */
function configuredGroups({
  rules,
  alerting,
  logs,
}: VedetteConfig): VedetteConfig['rules']['groups'] {
  const { heartbeat } = alerting
  const own = heartbeat === undefined ? [] : [heartbeatGroup(heartbeat)]
  return [...rules.groups, ...logs.ruler.groups, ...own]
}

async function faultsOf(work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (thrown) {
    return [messageOf(thrown)]
  }
}

interface ManagerParts {
  readonly source: RuleSource
  readonly logql: Pick<Logql, 'evaluate'>
  readonly spans: SpansSource
  readonly alerts: AlertSink
  readonly log: Log
  readonly url: () => string
  readonly work: WorkShare | undefined
}

function createManager(core: Core, parts: ManagerParts): RuleManager {
  const { source, alerts, log, url, work = ALL_MINE } = parts
  const templates = new RuleTemplates(source.query, countTexts(core.registry))
  const ofLogs = logqlQuery(parts.logql)
  return new RuleManager({
    source,
    logs: { query: ofLogs, templates: templates.over(ofLogs) },
    traces: traceRules(parts.spans, templates),
    sink: limitLabels(core.late),
    alerts,
    clock: systemClock,
    log,
    metrics: new RuleMetrics(core.registry, Date.now),
    templates,
    external: () => ({
      labels: Labels.from(core.config().prometheus.global.externalLabels),
      url: core.config().rules.externalUrl ?? url(),
    }),
    queryOffsetMs: () => core.config().prometheus.global.ruleQueryOffsetMs,
    settings: core.config().rules.settings,
    work,
  })
}

/** What rules on traces are evaluated with, for each window that groups have. */
function traceRules(spans: SpansSource, templates: RuleTemplates): TraceRules {
  const byWindow = new Map<number | undefined, LogRules>()
  return {
    over: (windowMs) => {
      const known = byWindow.get(windowMs)
      if (known !== undefined) return known
      const query = traceqlQuery(spans, windowMs)
      const made = { query, templates: templates.over(query) }
      byWindow.set(windowMs, made)
      return made
    },
  }
}
