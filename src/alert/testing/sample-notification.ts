import type { Notification, NotifiedAlert } from '../notify/receiver-kind.ts'

/** A group of one firing alert; what is given replaces the defaults, common labels and annotations are worked out. */
export function sampleNotification(given: Partial<Notification> = {}): Notification {
  const alerts = given.alerts ?? [sampleAlert()]
  return {
    receiver: 'team',
    groupKey: '{}:{alertname="DiskFull"}',
    dedupKey: 'a8d3c1e2'.repeat(8),
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    reason: 'first notification',
    groupLabels: { alertname: 'DiskFull' },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    routeLabels: {},
    alerts,
    externalUrl: 'https://vedette.example',
    nowMs: Date.parse('2026-05-01T10:00:30Z'),
    remembered: {},
    ...given,
  }
}

export function sampleAlert(given: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    status: 'firing',
    labels: { alertname: 'DiskFull', instance: 'db-1', severity: 'critical' },
    annotations: { summary: 'db-1 is full' },
    startsAtMs: Date.parse('2026-05-01T10:00:00Z'),
    endsAtMs: undefined,
    generatorUrl: 'https://vedette.example/graph?g0.expr=up',
    fingerprint: '00112233aabbccdd',
    ...given,
  }
}

/** The group of `sampleNotification` when it is over. */
export function sampleResolved(given: Partial<Notification> = {}): Notification {
  const endsAtMs = Date.parse('2026-05-01T10:05:00Z')
  return sampleNotification({
    alerts: [sampleAlert({ status: 'resolved', endsAtMs })],
    reason: 'all alerts resolved',
    ...given,
  })
}

/** Values that try to get out of JSON, HTML, headers, and the markup of chats. */
export const HOSTILE =
  '"}],\\"x\\":\n\r\nBcc: victim@example.com\r\n<script>alert(1)</script><!channel> </b> \u0000 {{ .Status }} %s *_`~'

/** A group whose labels and annotations are hostile. */
export function hostileNotification(): Notification {
  return sampleNotification({
    alerts: [
      sampleAlert({
        labels: { alertname: 'DiskFull', instance: HOSTILE },
        annotations: { summary: HOSTILE },
      }),
    ],
  })
}

function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = all
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((each) => each[name] === value)),
  )
}
