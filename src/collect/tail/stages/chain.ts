import type { LogEntry, TakeEntry } from './entry.ts'
import type { CompiledStage, RunningStage, StageObserver } from './stage.ts'

export interface NamedStage {
  readonly name: string
  readonly compiled: CompiledStage
}

/** Stages one after the other, at work on one source. `place` is that of the stage that they are nested in. */
export function chain(
  stages: readonly NamedStage[],
  emit: TakeEntry,
  place: readonly number[],
  observer: StageObserver | undefined,
): RunningStage {
  let next = emit
  /** Those that may hold entries back, the last of the chain first. */
  const holders: RunningStage[] = []
  let steps: ((entry: LogEntry) => boolean)[] = []
  const closeSteps = (): void => {
    if (steps.length > 0) next = runSteps(steps, next)
    steps = []
  }
  for (const [index, { name, compiled }] of [...stages.entries()].reverse()) {
    const own = [...place, index]
    if ('step' in compiled && observer === undefined) {
      steps.unshift(compiled.step)
      continue
    }
    closeSteps()
    const given = next
    const leave: TakeEntry =
      observer === undefined
        ? given
        : (entry) => {
            observer.leave(own, name, entry)
            given(entry)
          }
    let push: TakeEntry
    if ('step' in compiled) push = runSteps([compiled.step], leave)
    else {
      const running = compiled.open(leave, own)
      holders.push(running)
      push = (entry) => running.push(entry)
    }
    next =
      observer === undefined
        ? push
        : (entry) => {
            observer.enter(own, name, entry)
            push(entry)
          }
  }
  closeSteps()
  const inOrder = holders.reverse()
  return {
    push: next,
    flush: (nowMs, force) => {
      for (const running of inOrder) running.flush(nowMs, force)
    },
    heldFrom: () => earliest(inOrder, (running) => running.heldFrom()),
  }
}

function runSteps(steps: readonly ((entry: LogEntry) => boolean)[], next: TakeEntry): TakeEntry {
  const [only] = steps
  if (steps.length === 1 && only !== undefined) {
    return (entry) => {
      if (only(entry)) next(entry)
    }
  }
  return (entry) => {
    for (const step of steps) if (!step(entry)) return
    next(entry)
  }
}

/** The smallest position that any of these has; sources ask for it after every batch of lines. */
export function earliest<T>(
  items: Iterable<T>,
  positionOf: (item: T) => number | undefined,
): number | undefined {
  let first: number | undefined
  for (const item of items) {
    const position = positionOf(item)
    if (position !== undefined && (first === undefined || position < first)) first = position
  }
  return first
}
