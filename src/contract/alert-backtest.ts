import type { LabelSetJson } from './alertmanager.ts'

/** What rules would have done on stored history. All times are RFC 3339. */
export interface BacktestJson {
  readonly from: string
  readonly to: string
  /** How long before `from` the replay began; what happened then is not shown. */
  readonly warmUpSeconds: number
  /** Evaluations of rules, those before `from` included. */
  readonly evaluations: number
  /** Alerting rules, in the order of the files. */
  readonly rules: readonly BacktestRuleJson[]
  /** Label sets that were pending or fired, in the order of their rules and by first appearance. */
  readonly alerts: readonly BacktestAlertJson[]
  /** By time; absent when no alertmanager.yml was given. */
  readonly notifications?: readonly BacktestNotificationJson[]
  readonly warnings: readonly string[]
}

export interface BacktestRuleJson {
  readonly file: string
  readonly group: string
  readonly alert: string
  readonly query: string
  readonly for: string
  readonly interval: string
  /** Evaluations that failed, and why the first of them did. */
  readonly failures?: { readonly count: number; readonly firstAt: string; readonly error: string }
}

export interface BacktestAlertJson {
  /** As notifications name it. */
  readonly fingerprint: string
  /** The place of its rule in `rules`. */
  readonly rule: number
  readonly labels: LabelSetJson
  /** At the last evaluation that yielded it. */
  readonly annotations: LabelSetJson
  /** Oldest first. */
  readonly states: readonly BacktestStateJson[]
  readonly sent: readonly BacktestSentJson[]
  /** When something began, or ceased, to keep it from being told. */
  readonly withheld: readonly BacktestWithheldJson[]
}

export interface BacktestStateJson {
  readonly state: 'pending' | 'firing'
  readonly from: string
  /** The first evaluation at which it was in this state no longer; absent when it still was at the end. */
  readonly to?: string
}

export interface BacktestSentJson {
  readonly at: string
  readonly status: 'firing' | 'resolved'
  readonly receiver: string
  /** `slack[0]` */
  readonly integration: string
  /** Why the group was told: `first notification`, `repeat interval elapsed`, … */
  readonly reason: string
}

export interface BacktestWithheldJson {
  readonly at: string
  readonly receiver: string
  /** `inhibition`, `mute_time_interval` or `active_time_interval`; '' when it ceased. */
  readonly reason: string
  /** Fingerprints of alerts, or names of time intervals. */
  readonly by: readonly string[]
}

export interface BacktestNotificationJson {
  readonly at: string
  readonly receiver: string
  readonly integration: string
  readonly groupKey: string
  readonly groupLabels: LabelSetJson
  readonly status: 'firing' | 'resolved'
  readonly reason: string
  /** Fingerprints. */
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
}
