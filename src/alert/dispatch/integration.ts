import type { Notifier } from '../notify/receiver-kind.ts'
import { Slots, type SlotBounds } from './slots.ts'

/** A storm of groups must not open a connection each, and a request that hangs must not keep the others waiting. */
const SEND_BOUNDS: SlotBounds = { fresh: 16, most: 512, patienceMs: 2000 }

/** One entry of a receiver, ready to send. */
export interface Integration {
  /** The kind: `slack`. */
  readonly kind: string
  /** `slack[0]`: the kind and the place among the receiver's entries of that kind. */
  readonly id: string
  readonly sendResolved: boolean
  readonly notifier: Notifier
  readonly slots: Slots
}

/** A receiver of alertmanager.yml. */
export interface Receiver {
  readonly name: string
  /** For queries. */
  readonly labels: Readonly<Record<string, string>>
  readonly integrations: readonly Integration[]
}

export function createIntegration(
  kind: string,
  index: number,
  sendResolved: boolean,
  notifier: Notifier,
): Integration {
  return {
    kind,
    id: `${kind}[${index}]`,
    sendResolved,
    notifier,
    slots: new Slots(SEND_BOUNDS),
  }
}
