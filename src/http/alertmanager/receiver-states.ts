import type { Alertmanager } from '../../alert/alertmanager.ts'
import type { DeliveryJson, ReceiverStateJson } from '../../contract/alert-receivers.ts'
import type { HistoryEvent } from '../../store/metadata/alert-history.ts'
import { timeText } from './alert-json.ts'

const WEEK_MS = 7 * 86_400_000
/** Looked at of all receivers together. */
const MOST_EVENTS = 1000
const SHOWN_PER_RECEIVER = 20

/** Every receiver with its entries and what became of what was last sent to it. */
export async function describeReceivers(
  { rules, history, notificationLog }: Alertmanager,
  nowMs: number,
): Promise<readonly ReceiverStateJson[]> {
  const events = await history.deliveries(nowMs - WEEK_MS, MOST_EVENTS)
  return [...rules.receivers.values()].map(({ name, integrations }) => {
    const last = notificationLog.lastByIntegration(name)
    return {
      name,
      integrations: integrations.map(({ id, kind, sendResolved }) => {
        const lastMs = last.get(id)
        return {
          id,
          kind,
          sendsResolved: sendResolved,
          ...(lastMs === undefined ? {} : { lastTold: timeText(lastMs) }),
        }
      }),
      deliveries: events
        .filter(({ receiver }) => receiver === name)
        .slice(0, SHOWN_PER_RECEIVER)
        .map(deliveryJson),
    }
  })
}

function deliveryJson({ atMs, kind, groupKey, fingerprints, detail }: HistoryEvent): DeliveryJson {
  const text = (name: string): string => {
    const value = detail[name]
    return typeof value === 'string' ? value : ''
  }
  const { attempt, resolved, isShadow } = detail
  const ok = kind === 'delivered'
  return {
    at: timeText(atMs),
    integration: text('integration'),
    ok,
    groupKey,
    alerts: fingerprints.length,
    resolved: Array.isArray(resolved) ? resolved.length : 0,
    attempt: typeof attempt === 'number' ? attempt : 1,
    answer: text(ok ? 'answer' : 'reason_failed'),
    shadow: isShadow === true,
  }
}
