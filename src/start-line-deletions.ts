import type { Core } from './core.ts'
import type { LineDeletionDoors } from './http/loki/delete.ts'
import { DeleteRequests } from './query/logs/delete-requests.ts'
import { ALL_MINE, type WorkShare } from './model/work-share.ts'
import type { RunningLogs } from './start-logs.ts'
import type { Metadata } from './store/metadata/metadata.ts'

/** Starts what carries out requests to delete log lines, as soon as the store is open. */
export function startLineDeletions(
  core: Core,
  metadata: Metadata,
  { source, shown }: Pick<RunningLogs, 'source' | 'shown'>,
  work: WorkShare = ALL_MINE,
): LineDeletionDoors {
  const deleted = core.registry.counter(
    'loki_compactor_deleted_lines',
    'Number of log lines that requests deleted.',
  )
  const processed = core.registry.counter(
    'loki_compactor_delete_requests_processed_total',
    'Number of requests to delete log lines that were carried out.',
  )
  const requests = new DeleteRequests({
    metadata,
    // Of members of a cluster one carries them out.
    isReady: () => source.opened !== undefined && work.isMine('deletions of lines'),
    deleteLines: (wanted) => source.deleteLines(wanted),
    cancelPeriodMs: () => core.config().logs.deletion.cancelPeriodMs,
    onPending: (pending) => shown.hide(pending),
    onProcessed: (lines) => {
      deleted.inc(lines)
      processed.inc()
    },
    log: core.log.child({ component: 'logs' }),
    nowMs: Date.now,
  })
  requests.start()
  core.ends.push(() => requests.stop())
  return { requests, isEnabled: () => core.config().logs.deletion.isEnabled }
}
