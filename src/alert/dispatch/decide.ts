import type { NotificationReason } from '../notify/receiver-kind.ts'
import type { LogEntry } from './notification-log.ts'

/** The alerts of a group that are left after inhibitions and silences, by fingerprint. */
export interface GroupState {
  readonly firing: ReadonlySet<string>
  readonly resolved: ReadonlySet<string>
}

/**
 * Whether an entry of a receiver is to be told about a group now, and why; undefined when it knows all there is to know
 * (alertmanager, notify/dedup_stage.go, needsUpdate).
 */
export function reasonToNotify(
  last: LogEntry | undefined,
  { firing, resolved }: GroupState,
  rules: { readonly sendResolved: boolean; readonly repeatIntervalMs: number },
  nowMs: number,
): NotificationReason | undefined {
  if (last === undefined) return firing.size > 0 ? 'first notification' : undefined
  if (!isSubset(firing, last.firing)) {
    return last.firing.size === 0 ? 'first notification' : 'new alerts added'
  }
  // Whatever `send_resolved` says: the log must know that nothing fires any more.
  if (firing.size === 0) return last.firing.size > 0 ? 'all alerts resolved' : undefined
  if (rules.sendResolved && !isSubset(resolved, last.resolved)) return 'some alerts resolved'
  return last.atMs < nowMs - rules.repeatIntervalMs ? 'repeat interval elapsed' : undefined
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const each of part) if (!whole.has(each)) return false
  return true
}
