import type { KeyValues, Notification, NotificationReason } from './receiver-kind.ts'

/** What a webhook tells of a group (template.go, Data; notify/webhook/webhook.go, Message). */
export interface GroupMessage {
  /** With the characters escaped that have a meaning in a regular expression, as in templates. */
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
  readonly notification_reason: NotificationReason
  readonly groupLabels: KeyValues
  readonly commonLabels: KeyValues
  readonly commonAnnotations: KeyValues
  readonly routeLabels: KeyValues
  readonly externalURL: string
  readonly groupKey: string
  /** How many alerts are left out. */
  readonly truncatedAlerts: number
}

/** The body of a webhook, version 4. */
export interface WebhookMessage extends GroupMessage {
  readonly version: '4'
}

/** Go's zero time: the end of an alert that fires. */
const NO_TIME = '0001-01-01T00:00:00Z'

/** `maxAlerts` 0 is no bound. */
export function webhookMessage(notification: Notification, maxAlerts: number): WebhookMessage {
  return { ...groupMessage(notification, maxAlerts), version: '4' }
}

/** What is common is common to the alerts that are shown. `maxAlerts` 0 is no bound. */
export function groupMessage(notification: Notification, maxAlerts: number): GroupMessage {
  const shown = firstAlerts(notification, maxAlerts)
  return {
    receiver: shown.receiver.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`),
    status: shown.status,
    alerts: shown.alerts.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: timeText(alert.startsAtMs),
      endsAt: alert.endsAtMs === undefined ? NO_TIME : timeText(alert.endsAtMs),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    notification_reason: shown.reason,
    groupLabels: shown.groupLabels,
    commonLabels: shown.commonLabels,
    commonAnnotations: shown.commonAnnotations,
    routeLabels: shown.routeLabels,
    externalURL: shown.externalUrl,
    groupKey: shown.groupKey,
    truncatedAlerts: notification.alerts.length - shown.alerts.length,
  }
}

/** A notification of at most so many of its alerts, the first ones; 0 is no bound. */
export function firstAlerts(notification: Notification, maxAlerts: number): Notification {
  if (maxAlerts === 0 || notification.alerts.length <= maxAlerts) return notification
  const alerts = notification.alerts.slice(0, maxAlerts)
  return {
    ...notification,
    alerts,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
  }
}

function common([first = {}, ...others]: readonly KeyValues[]): KeyValues {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((each) => each[name] === value)),
  )
}

/** RFC 3339 as Go writes it: fractions without zeros at their end. */
function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z')
}
