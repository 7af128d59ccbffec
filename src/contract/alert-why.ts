import type { LabelSetJson } from './alertmanager.ts'

/** Why people were, or were not, told about an alert. Times are RFC 3339 in UTC. */
export interface WhyJson {
  readonly from: string
  readonly to: string
  /** Alerts of these labels that were pending or fired in that time, or that are known now; the newest first. */
  readonly alerts: readonly WhyAlertJson[]
  /** Rules whose alerts could have such labels. */
  readonly rules: readonly WhyRuleJson[]
  /** More alerts have such labels than are shown. */
  readonly more: number
}

export interface WhyAlertJson {
  readonly fingerprint: string
  readonly labels: LabelSetJson
  /** What the rule said, oldest first; empty for an alert that another program posted. */
  readonly states: readonly WhyStateJson[]
  readonly now: {
    readonly state: 'inactive' | 'pending' | 'firing' | 'resolved'
    readonly silencedBy: readonly {
      readonly id: string
      readonly createdBy: string
      readonly comment: string
      readonly endsAt: string
    }[]
    readonly inhibitedBy: readonly { readonly fingerprint: string; readonly labels: LabelSetJson }[]
    readonly acknowledgedBy?: {
      readonly createdBy: string
      readonly assignee: string
      readonly comment: string
      readonly createdAt: string
    }
  }
  readonly routes: readonly WhyRouteJson[]
  /** Who took care of it, oldest first. */
  readonly acknowledgements: readonly {
    readonly createdBy: string
    readonly assignee: string
    readonly comment: string
    readonly createdAt: string
    /** Absent while it holds. */
    readonly endedAt?: string
  }[]
  /** What happened, oldest first. */
  readonly events: readonly WhyEventJson[]
  /** The same in sentences, for a person. */
  readonly story: readonly string[]
}

export interface WhyStateJson {
  readonly state: 'pending' | 'firing'
  readonly from: string
  /** The last moment at which it was seen in this state. */
  readonly to: string
}

export interface WhyRouteJson {
  /** The matchers on the way through the tree: `{}/{severity="page"}`. */
  readonly path: string
  readonly receiver: string
  readonly groupKey: string
  readonly groupLabels: LabelSetJson
  readonly groupWait: string
  readonly groupInterval: string
  readonly repeatInterval: string
  /** Time intervals that mute the route now. */
  readonly mutedBy: readonly string[]
  /** What each entry of the receiver was last told about the group. */
  readonly told: readonly {
    readonly integration: string
    readonly at: string
    readonly state: 'firing' | 'resolved' | 'not told'
    /** When the group is told again if nothing changes. */
    readonly repeatsAt?: string
  }[]
}

export interface WhyEventJson {
  readonly at: string
  readonly kind: 'suppressed' | 'released' | 'delivered' | 'failed'
  readonly groupKey: string
  readonly receiver: string
  readonly integration?: string
  /** Why it was told, or suppressed. */
  readonly reason?: string
  /** Who suppressed it. */
  readonly by?: readonly string[]
  readonly attempt?: number
  /** What the receiver answered, or why the attempt failed. */
  readonly answer?: string
  /** It was told as resolved. */
  readonly resolved?: boolean
  /** Recorded only: shadow mode. */
  readonly shadow?: boolean
}

export interface WhyRuleJson {
  readonly file: string
  readonly group: string
  readonly alert: string
  readonly query: string
  readonly for: string
  readonly keepFiringFor: string
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError: string
  readonly lastEvaluation?: string
  /** What the expression compares, where it compares with a number: its left side now, by series. */
  readonly comparison?: {
    readonly query: string
    readonly operator: string
    readonly threshold: number
    readonly values: readonly { readonly labels: LabelSetJson; readonly value: number }[]
  }
}
