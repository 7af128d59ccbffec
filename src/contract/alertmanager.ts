/** The JSON of Alertmanager's API v2 (api/v2/openapi.yaml). Times are RFC 3339 in UTC with milliseconds. */

export type LabelSetJson = Readonly<Record<string, string>>

export interface AlertStatusJson {
  readonly state: 'unprocessed' | 'active' | 'suppressed'
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
  /** Names of time intervals; `acknowledged by NAME` where somebody takes care of the alert. */
  readonly mutedBy: readonly string[]
}

export interface GettableAlertJson {
  readonly labels: LabelSetJson
  readonly annotations: LabelSetJson
  readonly startsAt: string
  readonly endsAt: string
  readonly updatedAt: string
  readonly generatorURL?: string
  readonly fingerprint: string
  readonly receivers: readonly { readonly name: string }[]
  readonly status: AlertStatusJson
}

export interface AlertGroupJson {
  readonly labels: LabelSetJson
  readonly receiver: { readonly name: string }
  readonly routeLabels: LabelSetJson
  readonly alerts: readonly GettableAlertJson[]
}

export interface AlertMatcherJson {
  readonly name: string
  readonly value: string
  readonly isRegex: boolean
  readonly isEqual: boolean
}

export interface GettableSilenceJson {
  readonly id: string
  readonly status: { readonly state: 'expired' | 'active' | 'pending' }
  readonly updatedAt: string
  readonly matchers: readonly AlertMatcherJson[]
  readonly startsAt: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string
  readonly annotations: LabelSetJson
}

export interface AlertmanagerStatusJson {
  readonly cluster: {
    readonly name?: string
    readonly status: 'ready' | 'settling' | 'disabled'
    readonly peers: readonly { readonly name: string; readonly address: string }[]
  }
  readonly versionInfo: {
    readonly version: string
    readonly revision: string
    readonly branch: string
    readonly buildUser: string
    readonly buildDate: string
    readonly goVersion: string
  }
  /** The configuration in force as YAML, secrets as `<secret>`. */
  readonly config: { readonly original: string }
  readonly uptime: string
}

export interface ReceiverJson {
  readonly name: string
  readonly labels: LabelSetJson
}

/** Ours: who takes care of an alert. */
export interface AcknowledgementJson {
  readonly fingerprint: string
  readonly labels: LabelSetJson
  readonly createdBy: string
  /** '' for nobody in particular. */
  readonly assignee: string
  readonly comment: string
  readonly createdAt: string
}

/** Ours: what became of a test alert, by route. */
export interface TestAlertJson {
  readonly routes: readonly {
    /** The matchers on the way through the tree; '' when the receiver was named. */
    readonly path: string
    readonly receiver: string
    /** Why it would not have been told, had it not been a test. */
    readonly suppressed?: string
    readonly deliveries: readonly {
      readonly integration: string
      readonly ok: boolean
      /** What the receiver answered, or why it failed. */
      readonly answer: string
    }[]
  }[]
}
