import { fingerprintOf } from '../model/fingerprint.ts'
import type { Labels } from '../model/labels.ts'
import type { StoredAlert } from '../store/metadata/active-alerts.ts'
import type { PostedAlert } from './alert-sink.ts'

/** An alert as the Alertmanager part knows it: one that fires, or one whose end has come. Equal labels are the same alert. */
export type Alert = StoredAlert

/** Whether the alert is over at a time (prometheus/common, Alert.ResolvedAt). */
export function isResolvedAt(alert: Alert, nowMs: number): boolean {
  return alert.endsAtMs <= nowMs
}

/**
 * Takes over what was posted, with what the sender left open filled in as by the original's API: without an end an alert is over
 * `resolveTimeoutMs` after it was last posted.
 */
export function toAlert(posted: PostedAlert, nowMs: number, resolveTimeoutMs: number): Alert {
  const { labels, annotations, startsAtMs, endsAtMs, generatorUrl } = posted
  return {
    fingerprint: fingerprintOf(labels),
    labels,
    annotations,
    startsAtMs,
    endsAtMs: endsAtMs ?? nowMs + resolveTimeoutMs,
    updatedAtMs: nowMs,
    isTimeout: endsAtMs === undefined,
    generatorUrl,
  }
}

/**
 * What is known of an alert after it came again: the earliest start, the annotations of the newer one, and an end that somebody
 * said before one that was only assumed (alertmanager, alert/alert.go, Merge). Only for spans that overlap.
 */
export function mergeAlerts(known: Alert, came: Alert, nowMs: number): Alert {
  if (!overlaps(known, came)) return came
  const startsAtMs = Math.min(known.startsAtMs, came.startsAtMs)
  let { endsAtMs } = came
  const isLater = known.endsAtMs > came.endsAtMs
  if (isResolvedAt(came, nowMs)) {
    if (isResolvedAt(known, nowMs) && isLater) endsAtMs = known.endsAtMs
  } else if (isLater && !known.isTimeout) endsAtMs = known.endsAtMs
  return { ...came, startsAtMs, endsAtMs }
}

/** alertmanager, provider/mem: Put. */
function overlaps(known: Alert, came: Alert): boolean {
  return (
    (came.endsAtMs > known.startsAtMs && came.endsAtMs < known.endsAtMs) ||
    (came.startsAtMs > known.startsAtMs && came.startsAtMs < known.endsAtMs)
  )
}

/** By job, then instance, then the other labels: the order of notifications and of the API (alert/alert.go, AlertSlice). */
export function compareAlerts(a: Alert, b: Alert): number {
  for (const name of ['job', 'instance']) {
    const [mine, other] = [a.labels.get(name), b.labels.get(name)]
    if (mine === other) continue
    if (mine === '') return 1
    if (other === '') return -1
    return mine < other ? -1 : 1
  }
  return compareLabels(a.labels, b.labels)
}

/** prometheus/common, LabelSet.Before. */
export function compareLabels(a: Labels, b: Labels): number {
  if (a.size !== b.size) return a.size - b.size
  for (let i = 0; i < a.flat.length; i++) {
    const [mine, other] = [a.flat[i] as string, b.flat[i] as string]
    if (mine === other) continue
    // Who lacks the first name that only one of them has comes first.
    const isName = i % 2 === 0
    return mine < other === isName ? 1 : -1
  }
  return 0
}
