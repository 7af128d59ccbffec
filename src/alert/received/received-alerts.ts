import type { ReceivedAlert, ReceivedMessage } from './read-message.ts'

/** What `GET /alerts` shows: the alert, and when and by whose receiver it came. */
export interface KeptAlert extends ReceivedAlert {
  readonly receivedAt: string
  readonly receiver: string
}

/** Who is told of each message, as the console is. */
export type MessageListener = (alerts: readonly KeptAlert[]) => void

const KEPT = 1000

/** The alerts that other programs sent to the webhook receiver: the last 1,000, in memory. */
export class ReceivedAlerts {
  readonly #alerts: KeptAlert[] = []
  readonly #nowMs: () => number
  readonly #listener: MessageListener | undefined
  #count = 0

  constructor(nowMs: () => number, listener?: MessageListener) {
    this.#nowMs = nowMs
    this.#listener = listener
  }

  /** How many alerts ever came. */
  get count(): number {
    return this.#count
  }

  add(message: ReceivedMessage): void {
    const receivedAt = new Date(this.#nowMs()).toISOString()
    const kept = message.alerts.map((alert) => ({
      ...alert,
      receivedAt,
      receiver: message.receiver,
    }))
    this.#count += kept.length
    this.#alerts.push(...kept.slice(-KEPT))
    this.#alerts.splice(0, this.#alerts.length - KEPT)
    this.#listener?.(kept)
  }

  /** Newest first. */
  list(): readonly KeptAlert[] {
    return this.#alerts.toReversed()
  }
}
