import { notificationData } from '../alertmanager-data.ts'
import { alertmanagerFunctions } from '../alertmanager-functions.ts'
import { TemplateSet } from '../template.ts'
import type { GoValue } from '../value.ts'

/** A notification of two alerts, one of them resolved, with what is awkward to show. */
export const SAMPLE_NOTIFICATION: GoValue = notificationData({
  receiver: 'team-X.mails',
  groupLabels: new Map([['alertname', 'DiskFull']]),
  externalUrl: 'http://am.example.org',
  alerts: [
    {
      status: 'firing',
      labels: new Map([
        ['alertname', 'DiskFull'],
        ['instance', 'web1:9100'],
        ['severity', 'critical'],
        ['zone', 'b'],
      ]),
      annotations: new Map([
        ['summary', 'Disk <b>full</b> & "hot"'],
        ['n', '1'],
      ]),
      startsAtMs: Date.parse('2024-01-10T12:34:56.123Z'),
      generatorUrl: 'http://prom/graph?g0.expr=up%3D%3D0&g0.tab=1',
      fingerprint: 'abc',
    },
    {
      status: 'resolved',
      labels: new Map([
        ['alertname', 'DiskFull'],
        ['instance', 'web2:9100'],
        ['severity', 'warning'],
      ]),
      annotations: new Map([['summary', 'ok']]),
      startsAtMs: Date.parse('2024-07-10T01:02:03Z'),
      endsAtMs: Date.parse('2024-07-10T02:03:04.5Z'),
      generatorUrl: 'javascript:alert(1)',
      fingerprint: 'def',
    },
  ],
})

const TEXT = new TemplateSet({ functions: alertmanagerFunctions() })
const HTML = new TemplateSet({ functions: alertmanagerFunctions(), mode: 'html' })
/** 2024-07-10 03:00:00 UTC */
const NOW_MS = Date.parse('2024-07-10T03:00:00Z')

export function expandText(template: string, data: GoValue): string {
  return TEXT.expandSync(template, data, { timestampMs: NOW_MS, localZone: 'Europe/Berlin' })
}

export function expandHtml(template: string, data: GoValue): string {
  return HTML.expandSync(template, data, { timestampMs: NOW_MS, localZone: 'Europe/Berlin' })
}
