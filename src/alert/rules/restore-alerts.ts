import type { AlertInstance } from './alert-instance.ts'
import type { AlertingRule } from './alerting-rule.ts'
import type { LastSample, RuleSource } from './rule-query.ts'

const NOT_OF_ALERTS = new Set(['__name__'])

/** See `RuleSettings`. */
export interface RestoreTimes {
  readonly outageToleranceMs: number
  readonly forGracePeriodMs: number
}

/**
 * Gives the alerts of a rule the beginning that they had before a restart, from ALERTS_FOR_STATE (rules/group.go of Prometheus,
 * RestoreForState): the time that the server was away does not count towards `for`, and a restored alert waits at least the
 * grace period, so that it fires for what is true now. Rules with a shorter `for` begin anew. Rejects as the source does.
 */
export async function restoreAlerts(
  rule: AlertingRule,
  source: RuleSource,
  atMs: number,
  times: RestoreTimes,
): Promise<void> {
  const { forMs } = rule.config
  const alerts = rule.alerts
  if (forMs < times.forGracePeriodMs || alerts.length === 0) return
  const found = await source.lastSamples(
    [['__name__', 'ALERTS_FOR_STATE'], ...rule.fixedLabels],
    atMs - times.outageToleranceMs,
    atMs,
  )
  const byLabels = new Map(found.map((last) => [last.labels.without(NOT_OF_ALERTS).key, last]))
  for (const alert of alerts) {
    const last = byLabels.get(alert.labels.key)
    // A series that has ended is an alert that was not active.
    if (last !== undefined && !last.isStale) restore(alert, last, atMs, forMs, times)
  }
}

function restore(
  alert: AlertInstance,
  last: LastSample,
  atMs: number,
  forMs: number,
  { forGracePeriodMs }: RestoreTimes,
): void {
  const downAtMs = last.timestampMs
  const beganMs = Math.trunc(last.value) * 1000
  const remainingMs = forMs - (downAtMs - beganMs)
  if (remainingMs <= 0) alert.activeAtMs = beganMs
  else if (remainingMs < forGracePeriodMs) alert.activeAtMs = atMs + forGracePeriodMs - forMs
  else alert.activeAtMs = beganMs + (atMs - downAtMs)
}
