import path from 'node:path'
import { TailManager } from './collect/tail/tail-manager.ts'
import type { CollectCore } from './core.ts'
import type { LineIngest } from './ingest/lines.ts'
import { messageOf } from './model/problem.ts'
import type { LogRecordSink } from './model/log-records.ts'
import { createFileLogs } from './start-file-logs.ts'
import { receivingRules } from './start-syslog.ts'

/** Collection of log files and of the journal. */
export interface RunningTail {
  /** Begins to read. Lines wait until the store takes them. */
  start(): void
  /** Takes the configuration in force into effect, where it changed what is read. */
  apply(): Promise<void>
}

/** Builds the collection of logs; nothing is read yet. Receivers of files of a collector's file are part of it. */
export function createTail(
  core: CollectCore,
  ingest: Pick<LineIngest, 'push'>,
  recordsOf: (receiver: string) => LogRecordSink,
): RunningTail {
  const fileLogs = createFileLogs(core, recordsOf)
  const log = core.log.child({ component: 'tail' })
  const manager = new TailManager({
    push: (batch) => ingest.push(batch),
    receiving: receivingRules(core),
    registry: core.registry,
    discoveries: core.discoveries,
    log,
    ownFolder: path.resolve(core.config().dataFolder),
    folder: path.join(core.config().dataFolder, 'tail'),
  })
  let isStarted = false
  const apply = async (): Promise<void> => {
    if (!isStarted) return
    try {
      await manager.apply(core.config().tail)
    } catch (thrown) {
      log.error('log files cannot be collected', { reason: messageOf(thrown) })
    }
  }
  return {
    start: () => {
      isStarted = true
      core.ends.push(() => manager.stop())
      void apply()
      fileLogs.start()
    },
    apply: async () => {
      await apply()
      await fileLogs.apply()
    },
  }
}
