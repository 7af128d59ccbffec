import type { LogRecordSink } from '../../model/log-records.ts'
import type { MetricSink } from '../../model/otlp-metrics.ts'
import type { SpanSink } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ProcessorContext, ProcessorSpec } from '../processors/processor.ts'
import type { Component } from './component.ts'
import { teePoints, teeRecords, teeSpans } from './tee.ts'

/** The ends of pipelines: for each signal a sink, where a pipeline is one of that signal. */
export interface SignalSinks {
  readonly spans: SpanSink
  readonly logs: LogRecordSink
  readonly metrics: MetricSink
}

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

/** Builds pipelines for spans. Every batch goes through all of them. */
export function buildSpanPipelines(
  plans: readonly PipelinePlan[],
  parts: PipelineParts,
): BuiltPipelines<SpanSink> {
  return build(
    plans,
    parts,
    (plan, contextOf) =>
      plan.processors
        .toReversed()
        .reduce(
          (next, { id, spec }) => spec.spans?.(next, contextOf(id)) ?? next,
          teeSpans(plan.exporters.map(({ spans }) => spans)),
        ),
    teeSpans,
  )
}

/** The same for log records. */
export function buildRecordPipelines(
  plans: readonly PipelinePlan[],
  parts: PipelineParts,
): BuiltPipelines<LogRecordSink> {
  return build(
    plans,
    parts,
    (plan, contextOf) =>
      plan.processors
        .toReversed()
        .reduce(
          (next, { id, spec }) => spec.logs?.(next, contextOf(id)) ?? next,
          teeRecords(plan.exporters.map(({ logs }) => logs)),
        ),
    teeRecords,
  )
}

/** The same for data points. */
export function buildPointPipelines(
  plans: readonly PipelinePlan[],
  parts: PipelineParts,
): BuiltPipelines<MetricSink> {
  return build(
    plans,
    parts,
    (plan, contextOf) =>
      plan.processors
        .toReversed()
        .reduce(
          (next, { id, spec }) => spec.metrics?.(next, contextOf(id)) ?? next,
          teePoints(plan.exporters.map(({ metrics }) => metrics)),
        ),
    teePoints,
  )
}

function build<Sink>(
  plans: readonly PipelinePlan[],
  parts: PipelineParts,
  buildOne: (plan: PipelinePlan, contextOf: (id: string) => ProcessorContext) => Sink,
  tee: (sinks: readonly Sink[]) => Sink,
): BuiltPipelines<Sink> {
  const ends: (() => Promise<void>)[] = []
  const contextOf = (id: string): ProcessorContext => ({
    ...parts,
    log: parts.log.child({ processor: id }),
    name: id,
    onEnd: (end) => {
      ends.push(end)
    },
  })
  const sink = tee(plans.map((plan) => buildOne(plan, contextOf)))
  // Those at the end of a pipeline were built first.
  return {
    sink,
    end: async () => {
      for (const end of ends.toReversed()) await end()
    },
  }
}
