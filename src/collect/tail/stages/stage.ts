import type { Log } from '../../../self/log.ts'
import type { Registry } from '../../../self/metrics.ts'
import type { LabelCache } from './label-cache.ts'
import type { LogEntry, TakeEntry } from './entry.ts'

/** A stage as the configuration says it; `compile` makes it ready for one job. */
export interface StageSpec {
  /** The key of the configuration: `json`, `labels`. */
  readonly name: string
  /** Where it stands in the configuration, counted from 1. */
  readonly line: number
  compile(env: StageEnv): CompiledStage
}

export type StageList = readonly StageSpec[]

/** What stages of a job share. */
export interface StageEnv {
  /** The metrics of the program; undefined where nothing is counted (a dry run). */
  readonly registry: Registry | undefined
  readonly log: Log
  /** Unix milliseconds. */
  readonly nowMs: () => number
  readonly labels: LabelCache
  /** Counts a line that a stage lets fall (`logentry_dropped_lines_total`). */
  readonly drop: (reason: string) => void
  /** Asks the sources of the job to wait until then (Unix milliseconds). */
  readonly pause: (untilMs: number) => void
  readonly observer: StageObserver | undefined
}

/** Ready for lines: either a step, which changes the entry in place, or something that holds entries back or branches. */
export type CompiledStage = StepStage | OpenStage

export interface StepStage {
  /** False when the entry falls; the reason was counted. */
  readonly step: (entry: LogEntry) => boolean
  /** Forgets its metrics. */
  readonly stop?: () => void
}

export interface OpenStage {
  /** At work on the lines of one source; what goes on is given to `next`. */
  open(next: TakeEntry, place: readonly number[]): RunningStage
  readonly stop?: () => void
}

export interface RunningStage {
  push(entry: LogEntry): void
  /** See `StagePipeline.flush`. */
  flush(nowMs: number, force: boolean): void
  /** The `startOffset` of the first entry that is held back. */
  heldFrom(): number | undefined
}

/** Sees what each stage does, for `vedette logs replay`. A place is the index of a stage, then those within nested stages. */
export interface StageObserver {
  enter(place: readonly number[], name: string, entry: LogEntry): void
  /** An entry that the stage gave on, perhaps later than it entered. */
  leave(place: readonly number[], name: string, entry: LogEntry): void
  /** The line that is in a stage now falls. */
  drop(reason: string): void
}
