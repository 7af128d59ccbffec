import { statfs } from 'node:fs/promises'
import path from 'node:path'
import type { ArchiveJson, DiskJson } from './contract/disk.ts'
import type { VedetteConfig } from './config.ts'
import { findLockHolder } from './engine/data-dir-lock.ts'
import { defaultWatermark } from './engine/disk-watermark.ts'
import { messageOf } from './model/problem.ts'
import { letGo } from './operate/backup/let-go.ts'
import type { Log } from './self/log.ts'
import type { Registry } from './self/metrics.ts'
import { retentionOfLogs, retentionOfTraces } from './signal-retention.ts'
import type { StoreClient } from './store/client.ts'
import { DiskBudget, type DiskState } from './store/disk/disk-budget.ts'
import { registerDiskMetrics } from './store/disk/disk-metrics.ts'
import { endsWithin } from './store/ends-within.ts'
import { SIGNALS, type PerSignal, type Signal } from './store/disk/signals.ts'

/** Who asks for the state of the disk waits no longer for an engine that hangs. */
const PATIENCE_MS = 1500

/** Who is told that everything before a time is dropped. */
export interface Forgetting {
  forgetBefore(untilMs: number): void
}

/** The part that keeps the data directory within its budget. */
export interface RunningDiskBudget {
  /** Why pushes are refused now; undefined while they are taken. */
  refusal(): string | undefined
  /** What `GET /api/v1/status/disk` tells; undefined before the first look, and with a ClickHouse. */
  describe(): Promise<DiskJson | undefined>
  /** Who knows of the archive. */
  watchArchive(tell: () => ArchiveJson | undefined): void
  /** A store of this signal is there. */
  watch(signal: Signal, store: Forgetting): void
  /** Looks at what is there and makes room, once the tables are there. */
  open(client: StoreClient, ends: (() => Promise<void> | void)[]): Promise<void>
  /** Takes another configuration into force. */
  apply(): void
}

interface DiskCore {
  readonly config: () => VedetteConfig
  readonly log: Log
  readonly registry: Registry
}

/** Builds the part; nothing is looked at yet. */
export function createDiskBudget({ config, log, registry }: DiskCore): RunningDiskBudget {
  const stores = new Map<Signal, Forgetting>()
  let budget: DiskBudget | undefined
  let archive: () => ArchiveJson | undefined = () => undefined
  registerDiskMetrics(registry, () => budget?.state, Date.now)
  const warn = (thrown: unknown): void =>
    log.warn('the disk budget could not be applied; it will be tried again', {
      reason: messageOf(thrown),
    })
  return {
    refusal: () => budget?.refusal,
    describe: async () => {
      // What was seen last is better than nothing while the engine is away.
      if (budget !== undefined) await endsWithin(PATIENCE_MS, budget.refresh()).catch(() => false)
      const told = archive()
      const last = told === undefined ? {} : { archive: told }
      return budget?.state && { ...describe(budget.state, Date.now()), ...last }
    },
    watchArchive: (tell) => {
      archive = tell
    },
    watch: (signal, store) => stores.set(signal, store),
    open: async (client, ends) => {
      const { dataFolder } = config()
      const opened = new DiskBudget({
        ...{ client, folder: dataFolder, log: log.child({ component: 'disk' }) },
        settings: () => config().diskBudget,
        retentionMs: () => retentionOf(config()),
        onDrop: (signal, untilMs) => stores.get(signal)?.forgetBefore(untilMs),
        freeBytes: () => readFreeBytes(config()),
        letGo: async () => {
          // The lock of who takes a backup: without it what is held is left from one that was killed.
          if (findLockHolder(path.join(dataFolder, 'backup')) === undefined)
            await letGo(dataFolder, client)
        },
      })
      budget = opened
      client.guardInserts((table, bytes) => opened.admit(table, bytes))
      ends.push(() => opened.stop())
      await opened.start().catch(warn)
    },
    apply: () => void budget?.apply().catch(warn),
  }
}

function retentionOf(config: VedetteConfig): PerSignal<number> {
  return {
    metrics: config.retention.timeMs,
    logs: retentionOfLogs(config).timeMs,
    traces: retentionOfTraces(config).timeMs,
  }
}

/** What may come before storing pauses (engine/disk-watermark.ts). */
async function readFreeBytes({ dataFolder, storage }: VedetteConfig): Promise<number | undefined> {
  try {
    const { blocks, bavail, bsize } = await statfs(dataFolder)
    return bavail * bsize - (storage.minFreeBytes ?? defaultWatermark(blocks * bsize))
  } catch {
    return undefined
  }
}

function describe(state: DiskState, nowMs: number): DiskJson {
  const { settings, usage, forecast } = state
  return {
    budgetBytes: settings?.budgetBytes ?? null,
    usedBytes: usage.totalBytes,
    passingBytes: usage.passingBytes,
    otherBytes: usage.otherBytes,
    heldBytes: usage.heldBytes,
    signals: (settings?.order ?? SIGNALS).map((signal) => ({
      signal,
      bytes: usage.signals[signal],
      share: settings?.shares[signal] ?? null,
      bytesPerSecond: state.bytesPerSecond[signal],
      oldestMs: state.oldestMs[signal] ?? null,
      reachMs: finiteOrNull(forecast.reachMs[signal]),
      droppedBytes: state.droppedBytes[signal],
      droppedAtMs: state.droppedAtMs[signal] ?? null,
    })),
    fullAtMs: forecast.fullInMs === undefined ? null : nowMs + forecast.fullInMs,
    fullIs: forecast.isOfBudget ? 'budget' : 'disk',
    refusal: state.refusal ?? null,
  }
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}
