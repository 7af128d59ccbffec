import type {
  BacktestJson,
  BacktestNotificationJson,
  BacktestRuleJson,
} from '../../contract/alert-backtest.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { AlertSink } from '../alert-sink.ts'
import type { AlertmanagerConfig } from '../config/alertmanager-config.ts'
import type { Flush } from '../dispatch/aggregation-group.ts'
import type { Suppression } from '../dispatch/suppress.ts'
import type { Notification } from '../notify/receiver-kind.ts'
import { relabelAlerts } from '../relabel-alerts.ts'
import type { RuleGroupConfig } from '../rules/rule-config.ts'
import type { External } from '../rules/rule-context.ts'
import { AlertRecords, timeText } from './alert-record.ts'
import type { StoredHistory } from './history.ts'
import { planBacktest } from './plan-backtest.ts'
import { ReplayedAlertmanager } from './replayed-alertmanager.ts'
import { ReplayedRules } from './replayed-rules.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Bounds of a backtest; what passes one is a `Problem` of code `limit` that names it. */
export interface BacktestLimits {
  readonly maxRangeMs: number
  /** Of all rules together. */
  readonly maxEvaluations: number
  /** That one expression yields in a part of the time. */
  readonly maxSeries: number
  /** Label sets that are pending or fire. */
  readonly maxAlerts: number
  readonly maxNotifications: number
}

const DEFAULT_BACKTEST_LIMITS: BacktestLimits = {
  maxRangeMs: 92 * 86_400_000,
  maxEvaluations: 5_000_000,
  maxSeries: 50_000,
  maxAlerts: 20_000,
  maxNotifications: 100_000,
}

export interface BacktestOptions {
  readonly groups: readonly RuleGroupConfig[]
  readonly history: StoredHistory
  readonly fromMs: number
  readonly toMs: number
  /** Of groups that say none. */
  readonly intervalMs: number
  /** Of groups that say none. */
  readonly queryOffsetMs: number
  readonly external: External
  /** `promql-delayed-name-removal`, as the server has it whose rules these are; off unless told otherwise. */
  readonly delayedNameRemoval?: boolean
  /** Who would have been told; undefined: that is left out. */
  readonly alertmanager: AlertmanagerConfig | undefined
  readonly limits?: Partial<BacktestLimits>
  /** Told now and then how far it is, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/**
 * Replays rules on stored history: when each alert would have been pending and firing, and who would have been told. Groups are
 * evaluated at round multiples of their interval. Rejects with a `Problem` for what passes a limit, and with what the history
 * throws when it cannot be read.
 */
export async function runBacktest(options: BacktestOptions): Promise<BacktestJson> {
  return new Backtest(options).run()
}

class Backtest {
  readonly #options: BacktestOptions
  readonly #limits: BacktestLimits
  readonly #clock: VirtualClock
  readonly #records: AlertRecords
  readonly #notifications: BacktestNotificationJson[] = []
  /** What withholds each alert from each receiver, to tell changes. */
  readonly #withheld = new Map<string, ReadonlyMap<string, string>>()
  readonly #startMs: number
  readonly #rules: ReplayedRules
  #fault: Problem | undefined
  #alertmanager: AlertSink = { put: () => undefined }

  constructor(options: BacktestOptions) {
    const { fromMs, toMs, groups, external } = options
    this.#options = options
    this.#limits = { ...DEFAULT_BACKTEST_LIMITS, ...options.limits }
    const { maxRangeMs } = this.#limits
    if (toMs - fromMs > maxRangeMs) {
      throw new Problem(
        'limit',
        `a backtest may cover at most ${formatDurationMs(maxRangeMs)}, not ${formatDurationMs(toMs - fromMs)}`,
      )
    }
    const plan = planBacktest(groups)
    this.#startMs = fromMs - plan.warmUpMs
    this.#clock = new VirtualClock(this.#startMs)
    const sentAs = (labels: Labels): Labels =>
      relabelAlerts([{ ...NO_ALERT, labels }], external.labels, undefined)[0]?.labels ?? labels
    this.#records = new AlertRecords(fromMs, this.#limits.maxAlerts, sentAs)
    this.#rules = new ReplayedRules(plan, options, this.#limits, this.#clock, {
      put: (alerts) => {
        this.#alertmanager.put(relabelAlerts(alerts, external.labels, undefined))
      },
    })
  }

  async run(): Promise<BacktestJson> {
    const { alertmanager, fromMs, toMs } = this.#options
    this.#checkEvaluations()
    if (alertmanager !== undefined) {
      this.#alertmanager = await ReplayedAlertmanager.open(alertmanager, this.#clock, {
        sent: (integration, notification) => this.#noteSent(integration, notification),
        withheld: (flush, suppressed) => this.#noteWithheld(flush, suppressed),
      })
    }
    await this.#rules.replay(this.#startMs, toMs, async (atMs, evaluate) => {
      await this.#clock.advanceTo(atMs)
      if (this.#fault !== undefined) throw this.#fault
      for (const { index, rule } of await evaluate()) this.#records.take(index, rule, atMs)
      this.#options.onProgress?.((atMs - this.#startMs) / (toMs - this.#startMs))
    })
    await this.#clock.advanceTo(toMs)
    if (this.#fault !== undefined) throw this.#fault
    return {
      from: timeText(fromMs),
      to: timeText(toMs),
      warmUpSeconds: (fromMs - this.#startMs) / 1000,
      evaluations: this.#rules.evaluations,
      rules: this.#describeRules(),
      alerts: this.#records.list(),
      ...(alertmanager === undefined ? {} : { notifications: this.#notifications }),
      warnings: [],
    }
  }

  #checkEvaluations(): void {
    const { maxEvaluations } = this.#limits
    const expected = this.#rules.countEvaluations(this.#startMs, this.#options.toMs)
    if (expected <= maxEvaluations) return
    throw new Problem(
      'limit',
      `these rules would be evaluated ${expected} times, and a backtest does at most ${maxEvaluations}: take a shorter time, fewer rules or a longer interval`,
    )
  }

  #noteSent(integration: string, notification: Notification): void {
    const { receiver, groupKey, groupLabels, status, reason, alerts, nowMs } = notification
    const of = (wanted: 'firing' | 'resolved'): readonly string[] =>
      alerts.filter((alert) => alert.status === wanted).map(({ fingerprint }) => fingerprint)
    for (const alert of alerts) {
      const told = { status: alert.status, receiver, integration, reason }
      this.#records.noteSent(alert.fingerprint, nowMs, told)
    }
    if (nowMs < this.#options.fromMs) return
    const { maxNotifications } = this.#limits
    if (this.#notifications.length >= maxNotifications) {
      this.#fault = new Problem(
        'limit',
        `more than ${maxNotifications} notifications would have been sent: take a shorter time or longer intervals`,
      )
      return
    }
    this.#notifications.push({
      at: timeText(nowMs),
      receiver,
      integration,
      groupKey,
      groupLabels,
      status,
      reason,
      firing: of('firing'),
      resolved: of('resolved'),
    })
  }

  #noteWithheld(flush: Flush, suppressed: ReadonlyMap<string, Suppression>): void {
    const key = `${flush.route.id} ${flush.groupKey}`
    const before = this.#withheld.get(key)
    if (before === undefined && suppressed.size === 0) return
    const { receiver } = flush.route
    const now = new Map<string, string>()
    for (const [fingerprint, { reason, by }] of suppressed) {
      const why = `${reason} ${by.join()}`
      now.set(fingerprint, why)
      if (before?.get(fingerprint) === why) continue
      this.#records.noteWithheld(fingerprint, flush.nowMs, { receiver, reason, by })
    }
    for (const fingerprint of before?.keys() ?? []) {
      if (now.has(fingerprint)) continue
      this.#records.noteWithheld(fingerprint, flush.nowMs, { receiver, reason: '', by: [] })
    }
    if (now.size > 0) this.#withheld.set(key, now)
    else this.#withheld.delete(key)
  }

  #describeRules(): readonly BacktestRuleJson[] {
    return this.#rules.alerting.map(({ group, rule, failures, firstFailure }) => ({
      file: group.config.file,
      group: group.config.name,
      alert: rule.config.name,
      query: rule.config.query,
      for: formatDurationMs(rule.config.forMs),
      interval: formatDurationMs(group.intervalMs),
      ...(firstFailure === undefined
        ? {}
        : {
            failures: {
              count: failures,
              firstAt: timeText(firstFailure.atMs),
              error: firstFailure.message,
            },
          }),
    }))
  }
}

const NO_ALERT = {
  annotations: Labels.EMPTY,
  startsAtMs: 0,
  endsAtMs: undefined,
  generatorUrl: '',
}
