import type { TestAlertJson } from '../contract/alertmanager.ts'
import { messageOf } from '../model/problem.ts'
import type { Alert } from './alert.ts'
import type { AlertmanagerRules, AlertStatus } from './alertmanager.ts'
import { formatLabelSet, type Flush } from './dispatch/aggregation-group.ts'
import { buildNotification } from './dispatch/notification.ts'
import type { DispatchRoute } from './dispatch/route-match.ts'
import { mutedBy } from './dispatch/suppress.ts'
import type { Notification, Notifier, SendOutcome } from './notify/receiver-kind.ts'

interface TestOptions {
  readonly rules: AlertmanagerRules
  readonly status: AlertStatus
  /** The receiver was named: no route led to it. */
  readonly isNamed: boolean
  readonly externalUrl: string
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** Sends one alert over each route, once and at once. */
export async function trialAlert(
  alert: Alert,
  routes: readonly DispatchRoute[],
  { rules, status, isNamed, externalUrl, nowMs, signal }: TestOptions,
): Promise<TestAlertJson> {
  const tested = routes.map(async (route) => {
    const suppressed = describeSuppression(status, mutedBy(route, rules, nowMs))
    const groupLabels = route.groupBy === 'all' ? alert.labels : alert.labels.keep(route.groupBy)
    const alerts = [{ alert, isResolved: false }]
    // A group of its own, so that receivers that merge by group do not mix it with a real one.
    const groupKey = `${route.key}/test:${formatLabelSet(groupLabels)}`
    const flush: Flush = { groupKey, groupLabels, route, alerts, nowMs, timeoutMs: 0 }
    const notification = buildNotification(flush, alerts, {
      reason: 'first notification',
      externalUrl,
      remembered: {},
      templates: rules.templates,
    })
    const integrations = rules.receivers.get(route.receiver)?.integrations ?? []
    const deliveries = integrations.map(async ({ id, notifier }) => {
      const outcome = await sendOnce(notifier, notification, signal)
      const answer = outcome.ok ? (outcome.answer ?? 'accepted') : outcome.reason
      return { integration: id, ok: outcome.ok, answer }
    })
    return {
      path: isNamed ? '' : route.key,
      receiver: route.receiver,
      ...(suppressed === undefined ? {} : { suppressed }),
      deliveries: await Promise.all(deliveries),
    }
  })
  return { routes: await Promise.all(tested) }
}

async function sendOnce(
  notifier: Notifier,
  notification: Notification,
  signal: AbortSignal,
): Promise<SendOutcome> {
  try {
    return await notifier.send(notification, signal)
  } catch (thrown) {
    return { ok: false, retry: false, reason: messageOf(thrown), failure: 'other' }
  }
}

function describeSuppression(
  { silencedBy, inhibitedBy }: AlertStatus,
  muted: readonly string[],
): string | undefined {
  const reasons = [
    ...silencedBy.map((id) => `silenced by ${id}`),
    ...inhibitedBy.map((fingerprint) => `inhibited by the alert ${fingerprint}`),
    ...muted.map((name) => `muted by the time interval ${name}`),
  ]
  return reasons.length === 0 ? undefined : reasons.join('; ')
}
