import type { Discoveries } from './collect/discovery/discoveries.ts'
import type { VedetteConfig } from './config.ts'
import type { Access } from './http/guard.ts'
import type { Log } from './self/log.ts'
import type { Registry } from './self/metrics.ts'
import type { RunningDiskBudget } from './start-disk-budget.ts'
import type { LateStore } from './store/late-store.ts'

/** What the parts that collect and receive share, in a server as in an agent, which has no store. */
export interface CollectCore {
  /** The configuration in force: a reload changes it. */
  readonly config: () => VedetteConfig
  /** Whom the listeners answer: what the configuration says, with what checks credentials. Made before the first listener. */
  readonly access: () => Access
  readonly log: Log
  readonly registry: Registry
  /** One for all that collect: jobs, logs and alerts that look at the same place share what they watch. */
  readonly discoveries: Discoveries
  readonly startedMs: number
  /** What ends a part. Ends are called in reverse order of their coming, so that what stands on another part ends before it. */
  readonly ends: (() => Promise<void> | void)[]
}

/** What all parts of the running server share; start.ts makes it and hands it to each `start-*.ts`. */
export interface Core extends CollectCore {
  /** Metrics; answers that it is starting until it is open. */
  readonly late: LateStore
  /** Keeps the data directory within its budget. */
  readonly disk: RunningDiskBudget
}
