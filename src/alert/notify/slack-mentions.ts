import type { KeyValues, Notification, NotifiedAlert } from './receiver-kind.ts'

/**
 * A notification in which no label can call a whole channel: `<!channel>` and its like in the value of a label come from what is
 * watched, not from who wrote the rule. They show as text, in labels and where an annotation repeats them; what stands in a
 * template or in an annotation of its own still calls.
 */
export function withoutForeignMentions(notification: Notification): Notification {
  const foreign = new Set<string>()
  for (const { labels } of notification.alerts) {
    for (const value of Object.values(labels)) if (value.includes('<!')) foreign.add(value)
  }
  if (foreign.size === 0) return notification
  const inLabels = (labels: KeyValues): KeyValues => mapValues(labels, silence)
  const inAnnotations = (annotations: KeyValues): KeyValues =>
    mapValues(annotations, (text) => {
      let shown = text
      for (const value of foreign) shown = shown.replaceAll(value, silence(value))
      return shown
    })
  const inAlert = (alert: NotifiedAlert): NotifiedAlert => ({
    ...alert,
    labels: inLabels(alert.labels),
    annotations: inAnnotations(alert.annotations),
  })
  return {
    ...notification,
    groupLabels: inLabels(notification.groupLabels),
    commonLabels: inLabels(notification.commonLabels),
    commonAnnotations: inAnnotations(notification.commonAnnotations),
    routeLabels: inLabels(notification.routeLabels),
    alerts: notification.alerts.map(inAlert),
  }
}

function silence(text: string): string {
  return text.replaceAll('<!', '&lt;!')
}

function mapValues(values: KeyValues, change: (text: string) => string): KeyValues {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, change(text)]))
}
