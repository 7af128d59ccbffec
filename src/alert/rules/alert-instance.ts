import type { Labels } from '../../model/labels.ts'

export type AlertState = 'inactive' | 'pending' | 'firing'

/** One alert of a rule: a set of labels that its expression yields, or did until lately. */
export interface AlertInstance {
  readonly labels: Labels
  annotations: Labels
  state: AlertState
  /** At the last evaluation that yielded it. */
  value: number
  /** Since when the expression yields it. */
  activeAtMs: number
  firedAtMs: number | undefined
  resolvedAtMs: number | undefined
  /** When it was last given to the alert sink. */
  lastSentAtMs: number | undefined
  /** Since when it fires on only because of `keep_firing_for`. */
  keepFiringSinceMs: number | undefined
  /** The series of ALERTS, by state, and of ALERTS_FOR_STATE: made when first needed. */
  readonly series: Map<'pending' | 'firing' | 'for', Labels>
}

export function newAlert(
  labels: Labels,
  annotations: Labels,
  value: number,
  atMs: number,
): AlertInstance {
  return {
    labels,
    annotations,
    state: 'pending',
    value,
    activeAtMs: atMs,
    firedAtMs: undefined,
    resolvedAtMs: undefined,
    lastSentAtMs: undefined,
    keepFiringSinceMs: undefined,
    series: new Map(),
  }
}

/** How long a resolved alert is remembered and told about: a notification of it may have been lost on the way. */
const RESOLVED_RETENTION_MS = 15 * 60_000

export interface HoldTimes {
  readonly forMs: number
  readonly keepFiringForMs: number
}

/**
 * Takes an alert one evaluation further (rules/alerting.go of Prometheus, AlertingRule.Eval). `isYielded` says whether the
 * expression yielded it this time. Returns `forget` when nothing needs to remember it, `idle` when it is resolved, and
 * `active` when it is pending or firing now.
 */
export function advanceAlert(
  alert: AlertInstance,
  isYielded: boolean,
  { forMs, keepFiringForMs }: HoldTimes,
  atMs: number,
): 'forget' | 'idle' | 'active' {
  followClock(alert, atMs)
  if (isYielded) alert.keepFiringSinceMs = undefined
  else if (!keepsFiring(alert, keepFiringForMs, atMs)) return resolve(alert, atMs)
  const heldMs = atMs - alert.activeAtMs
  if (alert.state === 'pending' && heldMs >= forMs) {
    alert.state = 'firing'
    alert.firedAtMs = atMs
  }
  // A restored beginning or a longer `for` after a reload can make a firing alert wait again.
  if (alert.state === 'firing' && heldMs < forMs) {
    alert.state = 'pending'
    alert.firedAtMs = undefined
    alert.lastSentAtMs = undefined
    alert.keepFiringSinceMs = undefined
  }
  return 'active'
}

/**
 * After the clock was set back, what is remembered lies in the future. It moves back with the clock, so that an alert that waits
 * does not wait for longer, and one that fires does not stop.
 */
function followClock(alert: AlertInstance, atMs: number): void {
  const { activeAtMs, firedAtMs, resolvedAtMs, lastSentAtMs, keepFiringSinceMs } = alert
  const known = [activeAtMs, firedAtMs, resolvedAtMs, lastSentAtMs, keepFiringSinceMs]
  const latestMs = Math.max(...known.filter((each) => each !== undefined))
  if (latestMs <= atMs) return
  // What happens now is later than all of it.
  const backMs = latestMs - atMs + 1
  const earlier = (timeMs: number | undefined): number | undefined =>
    timeMs === undefined ? undefined : timeMs - backMs
  alert.activeAtMs = activeAtMs - backMs
  alert.firedAtMs = earlier(firedAtMs)
  alert.resolvedAtMs = earlier(resolvedAtMs)
  alert.lastSentAtMs = earlier(lastSentAtMs)
  alert.keepFiringSinceMs = earlier(keepFiringSinceMs)
}

function keepsFiring(alert: AlertInstance, keepFiringForMs: number, atMs: number): boolean {
  if (alert.state !== 'firing' || keepFiringForMs === 0) return false
  alert.keepFiringSinceMs ??= atMs
  return atMs - alert.keepFiringSinceMs < keepFiringForMs
}

function resolve(alert: AlertInstance, atMs: number): 'forget' | 'idle' {
  const isOld =
    alert.resolvedAtMs !== undefined && atMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS
  if (alert.state === 'pending' || isOld) return 'forget'
  if (alert.state !== 'inactive') {
    alert.state = 'inactive'
    alert.resolvedAtMs = atMs
  }
  return 'idle'
}

/** Whether an alert is to be given to the sink now: new, resolved since, or longer ago than the delay. */
export function isDue(alert: AlertInstance, atMs: number, resendDelayMs: number): boolean {
  if (alert.state === 'pending') return false
  const { lastSentAtMs, resolvedAtMs } = alert
  if (lastSentAtMs === undefined) return true
  if (resolvedAtMs !== undefined && resolvedAtMs > lastSentAtMs) return true
  return lastSentAtMs + resendDelayMs < atMs
}
