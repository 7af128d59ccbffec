import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { PostedAlert } from '../alert-sink.ts'
import {
  advanceAlert,
  isDue,
  newAlert,
  type AlertInstance,
  type AlertState,
} from './alert-instance.ts'
import { generatorUrl } from './generator-url.ts'
import type { AlertingRuleConfig, NamedText } from './rule-config.ts'
import type { External, RuleContext } from './rule-context.ts'
import type { RuleSamples } from './rule-samples.ts'

const NAME = new Set(['__name__'])

/** A rule whose results are alerts (rules/alerting.go of Prometheus). */
export class AlertingRule {
  readonly kind = 'alerting'
  readonly config: AlertingRuleConfig
  /** By the key of their labels; resolved ones for a while too. */
  readonly #alerts: Map<string, AlertInstance>
  /** False until the state before a restart was looked for: until then its series are not written over. */
  isRestored: boolean

  /** `before`: the rule in whose place this one comes; its alerts go on. */
  constructor(config: AlertingRuleConfig, isRestored: boolean, before?: AlertingRule) {
    this.config = config
    this.isRestored = isRestored
    this.#alerts = new Map(before?.alerts.map((alert) => [alert.labels.key, alert]))
  }

  /** Another member goes on with the rule, or did until now. */
  forget(): void {
    this.#alerts.clear()
    this.isRestored = false
  }

  /** All alerts, resolved ones too. */
  get alerts(): readonly AlertInstance[] {
    return [...this.#alerts.values()]
  }

  /** Those that are pending or firing. */
  get activeAlerts(): readonly AlertInstance[] {
    return this.alerts.filter((alert) => alert.state !== 'inactive')
  }

  /** That of the alert that is furthest. */
  get state(): AlertState {
    let state: AlertState = 'inactive'
    for (const alert of this.#alerts.values()) {
      if (alert.state === 'firing') return 'firing'
      if (alert.state === 'pending') state = 'pending'
    }
    return state
  }

  /**
   * Evaluates the expression and takes the alerts further; resolves to the samples of ALERTS and ALERTS_FOR_STATE. Rejects when
   * the expression fails or two alerts have the same labels, which leaves the alerts as they were, and when there are more than
   * the limit, which forgets them.
   */
  async evaluate(context: RuleContext): Promise<RuleSamples> {
    const { atMs, limit } = context
    const yielded = await this.#yield(context)
    for (const [key, alert] of yielded) {
      const known = this.#alerts.get(key)
      if (known === undefined || known.state === 'inactive') this.#alerts.set(key, alert)
      else {
        known.value = alert.value
        known.annotations = alert.annotations
      }
    }
    const series: Labels[] = []
    const values: number[] = []
    let activeCount = 0
    for (const [key, alert] of this.#alerts) {
      const next = advanceAlert(alert, yielded.has(key), this.config, atMs)
      if (next === 'forget') this.#alerts.delete(key)
      if (next !== 'active') continue
      activeCount++
      if (!this.isRestored) continue
      series.push(this.#seriesOf(alert), this.#forStateSeriesOf(alert))
      values.push(1, Math.floor(alert.activeAtMs / 1000))
    }
    if (limit > 0 && activeCount > limit) {
      this.#alerts.clear()
      throw new Problem('execution', `exceeded limit of ${limit} with ${activeCount} alerts`)
    }
    return { series, values }
  }

  /** The alerts that are to be told now. They count as told when this returns. */
  takeDue(
    atMs: number,
    resendDelayMs: number,
    intervalMs: number,
    external: External,
  ): readonly PostedAlert[] {
    const due: PostedAlert[] = []
    for (const alert of this.#alerts.values()) {
      if (!isDue(alert, atMs, resendDelayMs)) continue
      alert.lastSentAtMs = atMs
      due.push({
        labels: alert.labels,
        annotations: alert.annotations,
        startsAtMs: alert.firedAtMs ?? alert.activeAtMs,
        // Two evaluations or deliveries may fail before it counts as resolved.
        endsAtMs: alert.resolvedAtMs ?? atMs + 4 * Math.max(intervalMs, resendDelayMs),
        generatorUrl: generatorUrl(external.url, this.config.query, this.config.language),
      })
    }
    return due
  }

  /** The labels by which ALERTS_FOR_STATE of this rule is found: those that are the same for all its alerts. */
  get fixedLabels(): readonly NamedText[] {
    const own = this.config.labels.filter(([, text]) => text !== '' && !text.includes('{{'))
    const alertName: NamedText = ['alertname', this.config.name]
    return [...own.filter(([name]) => name !== 'alertname'), alertName]
  }

  async #yield(context: RuleContext): Promise<ReadonlyMap<string, AlertInstance>> {
    const { atMs, queryOffsetMs, queries, templates, external } = context
    const vector = await queries.query(this.config.query, atMs - queryOffsetMs)
    const yielded = new Map<string, AlertInstance>()
    for (let i = 0; i < vector.labels.length; i++) {
      const source = vector.labels[i] as Labels
      const value = vector.values[i] as number
      const expand = templates.open({ alert: this.config.name, source, value, atMs, external })
      const labels = await this.#labelsOf(source, expand)
      if (yielded.has(labels.key)) {
        throw new Problem(
          'execution',
          'vector contains metrics with the same labelset after applying alert labels',
        )
      }
      const annotations = await expandAll(this.config.annotations, expand)
      yielded.set(labels.key, newAlert(labels, annotations, value, atMs))
    }
    return yielded
  }

  async #labelsOf(source: Labels, expand: Expand): Promise<Labels> {
    const changes: Record<string, string> = {}
    for (const [name, text] of this.config.labels) changes[name] = await expand(text)
    changes['alertname'] = this.config.name
    return source.without(NAME).with(changes)
  }

  #seriesOf(alert: AlertInstance): Labels {
    const state = alert.state === 'firing' ? 'firing' : 'pending'
    return remember(alert.series, state, () =>
      alert.labels.with({ __name__: 'ALERTS', alertstate: state }),
    )
  }

  #forStateSeriesOf(alert: AlertInstance): Labels {
    return remember(alert.series, 'for', () => alert.labels.with({ __name__: 'ALERTS_FOR_STATE' }))
  }
}

type Expand = (text: string) => string | Promise<string>

async function expandAll(texts: readonly NamedText[], expand: Expand): Promise<Labels> {
  const out: [string, string][] = []
  for (const [name, text] of texts) out.push([name, await expand(text)])
  return Labels.fromPairs(out)
}

function remember<K>(cache: Map<K, Labels>, key: K, make: () => Labels): Labels {
  let labels = cache.get(key)
  if (labels === undefined) cache.set(key, (labels = make()))
  return labels
}
