import type { Alert } from '../../alert/alert.ts'
import type { AlertStatus } from '../../alert/alertmanager.ts'
import type { AlertMatcherJson, GettableAlertJson } from '../../contract/alertmanager.ts'
import type { Matcher } from '../../model/matcher.ts'

/** An alert as API v2 shows it. `mutedBy` are the time intervals of its group. */
export function alertJson(
  alert: Alert,
  status: AlertStatus,
  receivers: readonly string[],
  mutedBy: readonly string[],
): GettableAlertJson {
  const { silencedBy, inhibitedBy, acknowledgedBy } = status
  const muted =
    acknowledgedBy === undefined ? mutedBy : [...mutedBy, `acknowledged by ${acknowledgedBy}`]
  const isSuppressed = silencedBy.length > 0 || inhibitedBy.length > 0 || muted.length > 0
  return {
    annotations: alert.annotations.toObject(),
    endsAt: timeText(alert.endsAtMs),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: timeText(alert.startsAtMs),
    status: {
      inhibitedBy,
      mutedBy: muted,
      silencedBy,
      state: isSuppressed ? 'suppressed' : 'active',
    },
    updatedAt: timeText(alert.updatedAtMs),
    ...(alert.generatorUrl === '' ? {} : { generatorURL: alert.generatorUrl }),
    labels: alert.labels.toObject(),
  }
}

/** A matcher as API v2 writes it. */
export function matcherJson({
  name,
  op,
  value,
}: Pick<Matcher, 'name' | 'op' | 'value'>): AlertMatcherJson {
  return {
    isEqual: op === '=' || op === '=~',
    isRegex: op === '=~' || op === '!~',
    name,
    value,
  }
}

const LATEST_MS = 8.64e15

/** RFC 3339 with milliseconds, as strfmt.DateTime writes it. */
export function timeText(timeMs: number): string {
  return new Date(Math.min(LATEST_MS, Math.max(-LATEST_MS, timeMs))).toISOString()
}
