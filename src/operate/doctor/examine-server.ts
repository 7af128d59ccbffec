import type { RulesJson, TargetsJson, TsdbStatusJson } from '../../contract/prometheus.ts'
import type { Finding, Gravity } from './finding.ts'
import { isOftenAbsent, metricNamesIn, selectorsIn } from './metric-names.ts'

/** What a running server answered. */
export interface SeenServer {
  readonly targets: TargetsJson
  readonly rules: RulesJson
  readonly tsdb: TsdbStatusJson
  /** Names of the metrics of the last hours. */
  readonly metrics: ReadonlySet<string>
  /** Selectors of rules that no series fits, though there are series of their metric. */
  readonly empty: ReadonlySet<string>
  /** Metrics that the dashboards at hand ask for. */
  readonly asked: ReadonlySet<string>
}

/** A share of all series that one metric or label value is worth a word from. */
const LARGE_SHARE = 0.2
const FEW_SERIES = 5000
/** Of its interval that a group of rules may take. */
const SLOW_SHARE = 0.5
const MOST_NAMED = 12

/** Judges what a running server says: dead targets, failing and slow rules, alerts that cannot fire, cardinality, unused metrics. */
export function examineServer(seen: SeenServer): readonly Finding[] {
  return [
    ...examineTargets(seen.targets),
    ...examineRules(seen),
    ...examineCardinality(seen.tsdb),
    ...examineUse(seen),
  ]
}

function find(gravity: Gravity, place: string, text: string): Finding {
  return { area: 'the server', gravity, place, text }
}

function examineTargets({ activeTargets }: TargetsJson): readonly Finding[] {
  return activeTargets
    .filter(({ health }) => health === 'down')
    .map(({ scrapePool, scrapeUrl, lastError }) =>
      find('fault', `job ${scrapePool}, ${scrapeUrl}`, `is down: ${lastError}`),
    )
}

function examineRules({ rules, metrics, empty }: SeenServer): readonly Finding[] {
  return rules.groups.flatMap((group) => {
    const place = `${group.file}, group ${group.name}`
    const slow =
      group.evaluationTime > group.interval * SLOW_SHARE
        ? [
            find(
              'advice',
              place,
              `takes ${group.evaluationTime.toFixed(1)} s of its ${group.interval} s: write what its rules share into a recording rule, or give it a longer interval`,
            ),
          ]
        : []
    const each = group.rules.flatMap((rule) => {
      const named = `${place}, ${rule.name}`
      if (rule.health === 'err') return [find('fault', named, rule.lastError ?? 'fails')]
      // Packs are on while their data is there; what counts rare events is there from the first of them.
      if (group.file.startsWith('pack:')) return []
      if (group.language !== undefined || isOftenAbsent(rule.query)) return []
      const missing = metricNamesIn(rule.query).filter((name) => !metrics.has(name))
      const unfit = selectorsIn(rule.query).filter((selector) => empty.has(selector))
      if (missing.length === 0 && unfit.length === 0) return []
      const can = rule.type === 'alerting' ? 'cannot fire' : 'stays empty'
      const why = missing.length === 0 ? `fits ${list(unfit)}` : `is called ${list(missing)}`
      return [find('advice', named, `${can}: no series ${why}`)]
    })
    return [...slow, ...each]
  })
}

function examineCardinality({
  headStats,
  seriesCountByMetricName,
  seriesCountByLabelValuePair,
}: TsdbStatusJson): readonly Finding[] {
  const { numSeries } = headStats
  if (numSeries < FEW_SERIES) return []
  const isLarge = ({ value }: { readonly value: number }): boolean =>
    value > numSeries * LARGE_SHARE
  const describe = (what: string, value: number): Finding =>
    find(
      'advice',
      what,
      `${value.toLocaleString('en-US')} of ${numSeries.toLocaleString('en-US')} series: drop what nobody asks for with metric_relabel_configs`,
    )
  return [
    ...seriesCountByMetricName
      .filter(isLarge)
      .map(({ name, value }) => describe(`metric ${name}`, value)),
    ...seriesCountByLabelValuePair
      .filter((pair) => isLarge(pair) && !/^(?:__name__|job|instance)=/.test(pair.name))
      .map(({ name, value }) => describe(`label ${name}`, value)),
  ]
}

function examineUse({ metrics, rules, asked }: SeenServer): readonly Finding[] {
  const used = new Set([
    ...asked,
    ...rules.groups.flatMap((group) => group.rules.flatMap(({ query }) => metricNamesIn(query))),
  ])
  const unused = [...metrics].filter(
    (name) => !used.has(name) && !/^(?:up|scrape_|vedette_|prometheus_|ALERTS)/.test(name),
  )
  if (unused.length === 0 || asked.size === 0) return []
  return [
    find(
      'note',
      'metrics',
      `${unused.length} of ${metrics.size} are named by no rule and no dashboard that was looked at: ${list(unused.sort())}`,
    ),
  ]
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).join(', ')
  return names.length > MOST_NAMED ? `${shown} and ${names.length - MOST_NAMED} more` : shown
}
