import type { KeyValues, Notification, NotifiedAlert } from './receiver-kind.ts'

/** Characters of what a body says of all alerts, roughly: templates make no more than four times of it. */
const MAX_LENGTH = 4 * 1024 * 1024
/** What is around an alert, and around each of its labels and annotations. */
const ALERT_LENGTH = 500
const PAIR_LENGTH = 200

/**
 * The notification with as many of its alerts, those that fire first, as a body can tell: at most `most`, at least one, and the
 * notification itself where all of them go in.
 */
export function fewerAlerts(notification: Notification, most = Infinity): Notification {
  const { alerts } = notification
  const ordered = [...alerts].sort((a, b) => Number(isOver(a)) - Number(isOver(b)))
  let count = 0
  let length = 0
  for (const alert of ordered) {
    length += lengthOf(alert)
    if (count >= most || (length > MAX_LENGTH && count > 0)) break
    count++
  }
  return count === alerts.length
    ? notification
    : { ...notification, alerts: ordered.slice(0, count) }
}

function isOver({ status }: NotifiedAlert): boolean {
  return status === 'resolved'
}

function lengthOf({ labels, annotations }: NotifiedAlert): number {
  return ALERT_LENGTH + pairsLength(labels) + pairsLength(annotations)
}

function pairsLength(pairs: KeyValues): number {
  return Object.entries(pairs).reduce(
    (sum, [name, value]) => sum + PAIR_LENGTH + name.length + value.length,
    0,
  )
}
