import type { ReceivedAlert, ReceivedMessage } from './read-message.ts'

/** What `GET /alerts` shows: the alert, and when and by whose receiver it came. */
export interface KeptAlert extends ReceivedAlert {
  readonly receivedAt: string
  readonly receiver: string
}

/** Who is told of each message, as the console is. */
export type MessageListener = (alerts: readonly KeptAlert[]) => void

const KEPT = 1000
/** Characters of their texts. */
const MAX_KEPT_LENGTH = 8 * 1024 * 1024

/**
 * The alerts that other programs sent to the webhook receiver: the last 1,000, in memory; fewer where their texts are so long that
 * they would fill it.
 */
export class ReceivedAlerts {
  readonly #alerts: KeptAlert[] = []
  #length = 0
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
    for (const alert of kept.slice(-KEPT)) {
      this.#alerts.push(alert)
      this.#length += lengthOf(alert)
    }
    while (this.#alerts.length > KEPT || this.#length > MAX_KEPT_LENGTH) this.#forgetOldest()
    this.#listener?.(kept)
  }

  /** Newest first. */
  list(): readonly KeptAlert[] {
    return this.#alerts.toReversed()
  }

  #forgetOldest(): void {
    const oldest = this.#alerts.shift()
    if (oldest !== undefined) this.#length -= lengthOf(oldest)
  }
}

function lengthOf({ labels, annotations, receiver, ...texts }: KeptAlert): number {
  const pairs = [...Object.entries(labels), ...Object.entries(annotations)]
  const all = [receiver, ...Object.values(texts), ...pairs.flat()]
  return all.reduce((sum, text) => sum + text.length, 0)
}
