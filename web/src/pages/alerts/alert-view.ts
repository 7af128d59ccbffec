import type { GettableAlertJson, LabelSetJson } from '../../../../src/contract/alertmanager.ts'

/** What became of an alert that fires, in the order in which one overrules the other. */
export const ALERT_STATES = ['active', 'silenced', 'inhibited', 'acknowledged', 'muted'] as const
export type AlertState = (typeof ALERT_STATES)[number]

const ACKNOWLEDGED = 'acknowledged by '

export function stateOf({ status }: GettableAlertJson): AlertState {
  if (status.silencedBy.length > 0) return 'silenced'
  if (status.inhibitedBy.length > 0) return 'inhibited'
  if (status.mutedBy.some((by) => by.startsWith(ACKNOWLEDGED))) return 'acknowledged'
  return status.mutedBy.length > 0 ? 'muted' : 'active'
}

/** Names of time intervals that mute an alert: who acknowledged it stands among them. */
export function mutingIntervals({ status }: GettableAlertJson): readonly string[] {
  return status.mutedBy.filter((by) => !by.startsWith(ACKNOWLEDGED))
}

/** How bad an alert is, worst first; teams name it in their own words. */
export const SEVERITIES = ['critical', 'warning', 'info', 'none'] as const
export type Severity = (typeof SEVERITIES)[number]

const WORDS: readonly (readonly [Severity, ReadonlySet<string>])[] = [
  [
    'critical',
    new Set(['critical', 'crit', 'page', 'error', 'high', 'fatal', 'emergency', 'disaster']),
  ],
  ['warning', new Set(['warning', 'warn', 'medium', 'ticket', 'average', 'minor', 'major'])],
  ['info', new Set(['info', 'information', 'informational', 'low', 'notice', 'debug'])],
]

export function severityOf(labels: LabelSetJson): Severity {
  const word = (labels['severity'] ?? labels['priority'] ?? labels['level'] ?? '').toLowerCase()
  if (/^p[0-2]$/.test(word)) return word === 'p2' ? 'warning' : 'critical'
  return WORDS.find(([, words]) => words.has(word))?.[0] ?? 'none'
}

export interface AlertBundle {
  /** The value of the label that they are grouped by; '' for those without it. */
  readonly name: string
  readonly severity: Severity
  readonly sinceMs: number
  readonly alerts: readonly GettableAlertJson[]
}

/** Alerts by the value of a label: the worst bundle first, then by name; within one the newest first. */
export function bundleAlerts(
  alerts: readonly GettableAlertJson[],
  label: string,
): readonly AlertBundle[] {
  const found = new Map<string, GettableAlertJson[]>()
  for (const alert of alerts) {
    const name = alert.labels[label] ?? ''
    const same = found.get(name)
    if (same === undefined) found.set(name, [alert])
    else same.push(alert)
  }
  const bundles = [...found].map(([name, members]): AlertBundle => {
    const sorted = members.sort((a, b) => (a.startsAt > b.startsAt ? -1 : 1))
    return {
      name,
      severity: worstOf(sorted),
      sinceMs: Math.min(...sorted.map(({ startsAt }) => Date.parse(startsAt))),
      alerts: sorted,
    }
  })
  return bundles.sort((a, b) => {
    const bySeverity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
    return bySeverity || (a.name < b.name ? -1 : 1)
  })
}

function worstOf(alerts: readonly GettableAlertJson[]): Severity {
  return (
    SEVERITIES.find((each) => alerts.some(({ labels }) => severityOf(labels) === each)) ?? 'none'
  )
}

/** Whether every word of a text stands in a label or annotation. */
export function mentions(
  { labels, annotations }: Pick<GettableAlertJson, 'labels' | 'annotations'>,
  text: string,
): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const all = [...Object.entries(labels), ...Object.entries(annotations)]
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
    .toLowerCase()
  return words.every((word) => all.includes(word))
}

/** A text of the filter field: matchers are asked for at the server, words are looked for here. */
export function splitFilter(text: string): { readonly matchers: string; readonly words: string } {
  const isMatcher = /[=!{]/.test(text)
  return isMatcher ? { matchers: text.trim(), words: '' } : { matchers: '', words: text }
}

/** The filter with one matcher more; words give way to it. */
export function addMatcher(text: string, matcher: string): string {
  const { matchers } = splitFilter(text)
  const bare = matchers.replace(/^\{(.*)\}$/s, '$1').replace(/,\s*$/, '')
  if (bare === '' || bare.includes(matcher)) return bare === '' ? matcher : bare
  return `${bare}, ${matcher}`
}

/** The one line that says what is the matter. */
export function summaryOf({ annotations, labels }: GettableAlertJson): string {
  for (const name of ['summary', 'title', 'message', 'description']) {
    const text = annotations[name]
    if (text !== undefined && text.trim() !== '') return text.trim()
  }
  return labels['alertname'] ?? 'An alert without a name'
}
