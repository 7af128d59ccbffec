import type { MetricFamily } from '../model/metric-family.ts'
import type { Registry } from '../self/metrics.ts'
import type { Alertmanager } from './alertmanager.ts'

/** Counts of alerts, groups and silences, under the names of the original. */
export function registerAlertMetrics(registry: Registry, alertmanager: Alertmanager): void {
  registry.collect(() => {
    let suppressed = 0
    let active = 0
    for (const alert of alertmanager.firing()) {
      const { silencedBy, inhibitedBy } = alertmanager.statusOf(alert)
      if (silencedBy.length > 0 || inhibitedBy.length > 0) suppressed++
      else active++
    }
    const { silences } = alertmanager
    return [
      byState('alertmanager_alerts', 'How many alerts by state.', { active, suppressed }),
      byState('alertmanager_silences', 'How many silences by state.', {
        active: silences.count('active'),
        pending: silences.count('pending'),
        expired: silences.count('expired'),
      }),
      {
        name: 'alertmanager_dispatcher_aggregation_groups',
        help: 'Number of active aggregation groups.',
        type: 'gauge',
        metrics: [{ labels: [], value: alertmanager.groupCount }],
      },
      {
        name: 'alertmanager_alerts_limited_total',
        help: 'Total number of alerts that were dropped due to the limit of alerts of one name.',
        type: 'counter',
        metrics: [{ labels: [], value: alertmanager.limited }],
      },
    ]
  })
}

function byState(
  name: string,
  help: string,
  counts: Readonly<Record<string, number>>,
): MetricFamily {
  const metrics = Object.entries(counts).map(([state, value]) => ({
    labels: ['state', state],
    value,
  }))
  return { name, help, type: 'gauge', metrics }
}
