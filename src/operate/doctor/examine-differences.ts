import type { Finding } from './finding.ts'

/** What of a configuration decides about what its files do not say. */
export interface SilentSettings {
  readonly logs: {
    readonly file: string | undefined
    readonly retention: { readonly timeMs: number }
  }
}

/** What a Loki file says of the end of lines. */
export interface LokiRetention {
  /** `limits_config.retention_period` is there. */
  readonly isSaid: boolean
  /** `compactor.retention_enabled: true`, without which Loki deletes nothing (or a `table_manager` that deletes). */
  readonly isEnforced: boolean
}

const DAY_MS = 86_400_000

/** What is done otherwise than by the original although the file is read as it is: its silence means something else. */
export function examineDifferences(
  { logs }: SilentSettings,
  readLoki: (file: string) => LokiRetention,
): readonly Finding[] {
  if (logs.file === undefined) return []
  const { isSaid, isEnforced } = readLoki(logs.file)
  if (isEnforced || !Number.isFinite(logs.retention.timeMs)) return []
  const days = Math.round(logs.retention.timeMs / DAY_MS)
  const text = isSaid
    ? `limits_config.retention_period: lines go after ${days} days, as it says. Loki would keep them for ever, since compactor.retention_enabled is not true`
    : `lines are kept for ${days} days, and Loki keeps them for ever unless it is told otherwise: limits_config.retention_period says how long, 0 is for ever`
  return [{ area: 'configuration', gravity: 'advice', place: logs.file, text, verdict: 'changed' }]
}
