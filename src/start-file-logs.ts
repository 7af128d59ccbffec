import path from 'node:path'
import { fileLogPart, RECEIVER } from './collect/filelog/file-log-part.ts'
import { decodeRecords } from './collect/filelog/record-text.ts'
import { TailManager } from './collect/tail/tail-manager.ts'
import type { CollectorPart } from './collector-config.ts'
import type { CollectCore } from './core.ts'
import type { PushOutcome } from './ingest/lines.ts'
import type { LogBatch } from './model/lines.ts'
import type { LogRecordSink } from './model/log-records.ts'
import { messageOf } from './model/problem.ts'
import { receivingRules } from './start-syslog.ts'

/** Receivers of files at work. */
export interface RunningFileLogs {
  start(): void
  /** Takes the configuration in force into effect, where it changed what is read. */
  apply(): Promise<void>
}

/** Builds the receivers of files of a collector's file (`filelog`): what they read goes through its pipelines. Nothing is read yet. */
export function createFileLogs(
  core: CollectCore,
  recordsOf: (receiver: string) => LogRecordSink,
): RunningFileLogs {
  const log = core.log.child({ component: 'filelog' })
  const manager = new TailManager({
    push: (batch) => pushRecords(batch, recordsOf),
    receiving: receivingRules(core),
    registry: core.registry,
    discoveries: core.discoveries,
    log,
    ownFolder: path.resolve(core.config().dataFolder),
    folder: path.join(core.config().dataFolder, 'filelog'),
  })
  let isStarted = false
  const apply = async (): Promise<void> => {
    if (!isStarted) return
    try {
      await manager.apply(partOf(core.config().collector))
    } catch (thrown) {
      log.error('log files cannot be collected', { reason: messageOf(thrown) })
    }
  }
  return {
    start: () => {
      isStarted = true
      core.ends.push(() => manager.stop())
      void apply()
    },
    apply,
  }
}

function partOf(collector: CollectorPart | undefined): ReturnType<typeof fileLogPart> {
  if (collector === undefined) return undefined
  const found = new Map(
    collector.pipelines
      .flatMap(({ receivers }) => receivers)
      .flatMap(({ id, spec }) => (spec.kind === 'files' ? [[id, spec.settings] as const] : [])),
  )
  const receivers = Array.from(found, ([id, settings]) => ({ id, settings }))
  return fileLogPart(receivers, collector)
}

/** Gives the lines of each receiver to its pipelines; resolves once they are durable there. */
async function pushRecords(
  batch: LogBatch,
  recordsOf: (receiver: string) => LogRecordSink,
): Promise<PushOutcome> {
  const rowsOf = new Map<string, number[]>()
  for (const [row, stream] of batch.streamIndex.entries()) {
    const receiver = batch.streams[stream]?.get(RECEIVER) ?? ''
    const rows = rowsOf.get(receiver)
    if (rows) rows.push(row)
    else rowsOf.set(receiver, [row])
  }
  let lines = 0
  let refused = ''
  for (const [receiver, rows] of rowsOf) {
    const { accepted, message } = await recordsOf(receiver).append(decodeRecords(batch, rows))
    lines += accepted
    refused ||= message
  }
  return refused === '' ? { kind: 'stored', lines } : { kind: 'invalid', message: refused, lines }
}
