import type { Log } from '../../../self/log.ts'
import type { Registry } from '../../../self/metrics.ts'
import type { LogEntry, StagePipeline, StageProgram } from './entry.ts'
import { LabelCache } from './label-cache.ts'
import { chain } from './chain.ts'
import type { StageEnv, StageList, StageObserver } from './stage.ts'

export interface CompileOptions {
  readonly log: Log
  /** Where lines that fall and the metrics of `metrics` stages are counted. */
  readonly registry?: Registry
  /** Unix milliseconds; by default the clock. */
  readonly nowMs?: () => number
  readonly observer?: StageObserver
}

/** Makes the stages of a job ready for its sources. */
export function compileStages(list: StageList, options: CompileOptions): StageProgram {
  const { log, registry, observer, nowMs = Date.now } = options
  let pausedUntilMs: number | undefined
  const dropped = registry?.counterBy(
    'logentry_dropped_lines_total',
    'A count of all log lines dropped as a result of a pipeline stage',
    ['reason'],
  )
  const env: StageEnv = {
    registry,
    log,
    nowMs,
    observer,
    labels: new LabelCache(),
    drop: (reason) => {
      dropped?.with(reason).inc()
      observer?.drop(reason)
    },
    pause: (untilMs) => {
      pausedUntilMs = Math.max(pausedUntilMs ?? 0, untilMs)
    },
  }
  const stages = list.map((spec) => ({ name: spec.name, compiled: spec.compile(env) }))
  const paused = (): number | undefined => {
    if (pausedUntilMs !== undefined && pausedUntilMs <= nowMs()) pausedUntilMs = undefined
    return pausedUntilMs
  }
  return {
    isEmpty: stages.length === 0,
    open: (emit) => openPipeline(chain(stages, emit, [], observer), paused),
    stop: () => {
      for (const { compiled } of stages) compiled.stop?.()
    },
  }
}

function openPipeline(
  running: ReturnType<typeof chain>,
  paused: () => number | undefined,
): StagePipeline {
  return {
    push: (entry: LogEntry) => running.push(entry),
    flush: (nowMs, force) => running.flush(nowMs, force),
    get heldFrom() {
      return running.heldFrom()
    },
    get pausedUntilMs() {
      return paused()
    },
  }
}
