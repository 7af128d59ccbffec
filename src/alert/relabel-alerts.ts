import type { Relabeler } from '../ingest/relabel.ts'
import { Labels } from '../model/labels.ts'
import type { PostedAlert } from './alert-sink.ts'

/**
 * Alerts as an Alertmanager gets them: with the external labels that they lack, relabelled, without those that the rules drop
 * (notifier/alert.go of Prometheus).
 */
export function relabelAlerts(
  alerts: readonly PostedAlert[],
  externalLabels: Labels,
  relabeler: Relabeler | undefined,
): readonly PostedAlert[] {
  if (externalLabels.size === 0 && relabeler === undefined) return alerts
  return alerts.flatMap((alert) => {
    const whole = withDefaults(alert.labels, externalLabels)
    const labels = relabeler === undefined ? whole : relabeler.apply(whole)
    if (labels === undefined) return []
    return labels === alert.labels ? alert : { ...alert, labels }
  })
}

function withDefaults(labels: Labels, defaults: Labels): Labels {
  const missing = Object.entries(defaults.toObject()).filter(([name]) => !labels.has(name))
  if (missing.length === 0) return labels
  return Labels.fromPairs([...Object.entries(labels.toObject()), ...missing])
}
