import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ProcessorContext, ProcessorSpec, SignalSinks } from '../processors/processor.ts'
import type { Component } from './component.ts'
import { teePoints, teeRecords, teeSpans } from './tee.ts'

export interface PipelineParts {
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}

/** A pipeline whose exporters are there. */
export interface PipelinePlan {
  readonly id: string
  readonly processors: readonly Component<ProcessorSpec>[]
  /** At least one. */
  readonly exporters: readonly SignalSinks[]
}

/** What was built of pipelines, with what ends it. */
export interface BuiltPipelines<Sink> {
  readonly sink: Sink
  /** Ends processors that hold something, first to last, so that what they hold goes on. */
  readonly end: () => Promise<void>
}

/** Whether nothing is done in a pipeline of this signal, so that a batch passes as it came. */
export function isPassing(
  processors: readonly Component<ProcessorSpec>[],
  signal: keyof SignalSinks,
): boolean {
  return processors.every(({ spec }) => spec[signal] === undefined)
}

/** What gives every batch to several sinks. */
const TEES: {
  readonly [Key in keyof SignalSinks]: (sinks: readonly SignalSinks[Key][]) => SignalSinks[Key]
} = { spans: teeSpans, logs: teeRecords, metrics: teePoints }

/** Builds the pipelines of a signal. Every batch goes through all of them. */
export function buildPipelines<Key extends keyof SignalSinks>(
  signal: Key,
  plans: readonly PipelinePlan[],
  parts: PipelineParts,
): BuiltPipelines<SignalSinks[Key]> {
  const ends: (() => Promise<void>)[] = []
  const contextOf = (id: string): ProcessorContext => ({
    ...parts,
    log: parts.log.child({ processor: id }),
    name: id,
    onEnd: (end) => {
      ends.push(end)
    },
  })
  const tee = TEES[signal]
  const sinks = plans.map(({ processors, exporters }) => {
    const last = tee(exporters.map((sinksOf) => sinksOf[signal]))
    return processors
      .toReversed()
      .reduce((next, { id, spec }) => spec[signal]?.(next, contextOf(id)) ?? next, last)
  })
  // Those at the end of a pipeline were built first.
  return {
    sink: tee(sinks),
    end: async () => {
      for (const end of ends.toReversed()) await end()
    },
  }
}
