import type { Alert } from '../alert.ts'
import type { Flush, FlushedAlert } from './aggregation-group.ts'

/** Why an alert is not told although it fires. The words are those of alertmanager_notifications_suppressed_total. */
export type SuppressionReason =
  | 'inhibition'
  | 'active_time_interval'
  | 'mute_time_interval'
  | 'silence'
  | 'acknowledgement'

/** Who keeps an alert from being told: fingerprints, names of intervals, ids of silences, a login. */
export interface Suppression {
  readonly reason: SuppressionReason
  readonly by: readonly string[]
}

/** What can suppress alerts now. Each answers who does; nobody, when nothing does. */
export interface Suppressors {
  /** Fingerprints of alerts that fire. */
  readonly inhibitedBy: (alert: Alert) => readonly string[]
  /** Ids of silences. */
  readonly silencedBy: (alert: Alert) => readonly string[]
  /** Who takes care of it. */
  readonly acknowledgedBy: (fingerprint: string) => string | undefined
  readonly isInInterval: (name: string, nowMs: number) => boolean
}

/** What is left of a flush, and what is not. */
export interface Sieved {
  readonly alerts: readonly FlushedAlert[]
  /** By fingerprint. */
  readonly suppressed: ReadonlyMap<string, Suppression>
}

/**
 * Takes out what is not to be told now, in the order of the original (notify.go, PipelineBuilder): inhibited alerts, the whole
 * group by its time intervals, silenced alerts. Ours comes last: an alert that somebody takes care of is not told again while
 * it fires; that it is over is.
 */
export function sieve(flush: Flush, suppressors: Suppressors): Sieved {
  const suppressed = new Map<string, Suppression>()
  const byInterval = intervalSuppression(flush, suppressors)
  const alerts = flush.alerts.filter(({ alert, isResolved }) => {
    const suppression =
      some('inhibition', suppressors.inhibitedBy(alert)) ??
      byInterval ??
      some('silence', suppressors.silencedBy(alert)) ??
      (isResolved ? undefined : acknowledgement(alert, suppressors))
    if (suppression !== undefined) suppressed.set(alert.fingerprint, suppression)
    return suppression === undefined
  })
  return { alerts, suppressed }
}

/** Names of the time intervals that mute a route now; empty when none does. */
export function mutedBy(
  route: Pick<Flush['route'], 'muteTimeIntervals' | 'activeTimeIntervals'>,
  { isInInterval }: Pick<Suppressors, 'isInInterval'>,
  nowMs: number,
): readonly string[] {
  const { activeTimeIntervals, muteTimeIntervals } = route
  const isActive =
    activeTimeIntervals.length === 0 ||
    activeTimeIntervals.some((name) => isInInterval(name, nowMs))
  return isActive
    ? muteTimeIntervals.filter((name) => isInInterval(name, nowMs))
    : activeTimeIntervals
}

function intervalSuppression(
  { route, nowMs }: Flush,
  suppressors: Suppressors,
): Suppression | undefined {
  const by = mutedBy(route, suppressors, nowMs)
  if (by.length === 0) return undefined
  const isMute = by.some((name) => route.muteTimeIntervals.includes(name))
  return { reason: isMute ? 'mute_time_interval' : 'active_time_interval', by }
}

function acknowledgement(alert: Alert, { acknowledgedBy }: Suppressors): Suppression | undefined {
  const by = acknowledgedBy(alert.fingerprint)
  return by === undefined ? undefined : { reason: 'acknowledgement', by: [by] }
}

function some(reason: SuppressionReason, by: readonly string[]): Suppression | undefined {
  return by.length === 0 ? undefined : { reason, by }
}
