import type { Acknowledgements } from './acknowledgements.ts'
import { isResolvedAt } from './alert.ts'
import type { Inhibitor } from './alertmanager.ts'
import type { AlertStore } from './alert-store.ts'
import type { Dispatcher } from './dispatch/dispatcher.ts'
import type { NotificationLog } from './dispatch/notification-log.ts'
import { HISTORY_KEPT_MS, type AlertHistory } from './history.ts'
import type { Silences } from './silence/silences.ts'

/** How much longer the log of a group that still has alerts is kept each time. */
const KEEP_LOG_MS = 24 * 3_600_000

export interface MaintainedParts {
  readonly silences: Silences
  readonly acknowledgements: Acknowledgements
  readonly notificationLog: NotificationLog
  readonly history: AlertHistory
  readonly alerts: AlertStore
  readonly dispatcher: Dispatcher
  readonly inhibitor: Inhibitor
  readonly nowMs: number
  /** Whether it is this program that tells: who does not forgets for itself alone, since what is over may not be told yet. */
  readonly isTelling: boolean
}

/** Forgets what is over and what nobody needs any more. Rejects when the database cannot be used. */
export async function maintain(parts: MaintainedParts): Promise<void> {
  const { silences, acknowledgements, notificationLog, history, alerts, dispatcher } = parts
  const { inhibitor, nowMs, isTelling } = parts
  const isOver = (fingerprint: string): boolean => {
    const alert = alerts.get(fingerprint)
    return alert === undefined || isResolvedAt(alert, nowMs)
  }
  if (isTelling) await acknowledgements.endOf(isOver)
  const forgotten = alerts.forgetResolved((each) => dispatcher.holds(each), isTelling)
  inhibitor.forget(forgotten)
  silences.forgetAlerts(forgotten)
  if (!isTelling) {
    await notificationLog.reload()
    return
  }
  await silences.forgetExpired()
  const keys = new Set([...dispatcher.groups()].map(({ key }) => key))
  await notificationLog.forgetExpired((key) => keys.has(key), KEEP_LOG_MS)
  await history.trim()
  await acknowledgements.forgetOld(HISTORY_KEPT_MS)
}
