import type { KeyValues, Notification } from './receiver-kind.ts'

/** The body of a webhook, version 4 (notify/webhook/webhook.go, Message). */
export interface WebhookMessage {
  readonly receiver: string
  readonly status: 'firing' | 'resolved'
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved'
    readonly labels: KeyValues
    readonly annotations: KeyValues
    readonly startsAt: string
    readonly endsAt: string
    readonly generatorURL: string
    readonly fingerprint: string
  }[]
  readonly groupLabels: KeyValues
  readonly commonLabels: KeyValues
  readonly commonAnnotations: KeyValues
  readonly externalURL: string
  readonly version: '4'
  readonly groupKey: string
  readonly truncatedAlerts: number
}

/** Go's zero time: the end of an alert that fires. */
const NO_TIME = '0001-01-01T00:00:00Z'

/** `maxAlerts` 0 is no bound. */
export function webhookMessage(notification: Notification, maxAlerts: number): WebhookMessage {
  const { alerts } = notification
  const shown = maxAlerts > 0 ? alerts.slice(0, maxAlerts) : alerts
  return {
    receiver: notification.receiver,
    status: notification.status,
    alerts: shown.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: timeText(alert.startsAtMs),
      endsAt: alert.endsAtMs === undefined ? NO_TIME : timeText(alert.endsAtMs),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    groupLabels: notification.groupLabels,
    commonLabels: notification.commonLabels,
    commonAnnotations: notification.commonAnnotations,
    externalURL: notification.externalUrl,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: alerts.length - shown.length,
  }
}

/** RFC 3339 as Go writes it: fractions without zeros at their end. */
function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z')
}
