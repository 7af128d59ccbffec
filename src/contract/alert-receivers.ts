/** `GET /api/vedette/receivers`: what each receiver consists of and what became of what was last sent to it. */
export interface ReceiverStateJson {
  readonly name: string
  readonly integrations: readonly IntegrationStateJson[]
  /** Of the last week, the newest first; at most 20. */
  readonly deliveries: readonly DeliveryJson[]
}

export interface IntegrationStateJson {
  /** `slack[0]`: the kind, and the place among the receiver's entries of that kind. */
  readonly id: string
  readonly kind: string
  readonly sendsResolved: boolean
  /** When it last accepted something that is still remembered; RFC 3339. */
  readonly lastTold?: string
}

/** One attempt to tell an entry of a receiver. */
export interface DeliveryJson {
  /** RFC 3339. */
  readonly at: string
  readonly integration: string
  readonly ok: boolean
  readonly groupKey: string
  /** How many alerts it was about, and how many of them were over. */
  readonly alerts: number
  readonly resolved: number
  readonly attempt: number
  /** What the receiver answered, or why it failed. */
  readonly answer: string
  /** Recorded only: shadow mode. */
  readonly shadow: boolean
}
