import type { LogRecordSink } from '../../model/log-records.ts'
import type { MetricSink } from '../../model/otlp-metrics.ts'
import type { SpanSink } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { MetricEditor, RecordEditor, SpanEditor, type BatchEditor } from './editor.ts'

/** The collector's words for what a pipeline carries. */
export const SIGNALS = ['traces', 'metrics', 'logs'] as const
export type Signal = (typeof SIGNALS)[number]

/** What a processor of a running pipeline stands on. */
export interface ProcessorContext {
  /** As the file names it: `filter/health`. */
  readonly name: string
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
  /** Called when the pipeline ends, before what stands behind the processor: what it holds is given on then. */
  readonly onEnd: (end: () => Promise<void>) => void
}

/** Where batches go, for each signal: the ends of pipelines, and what stands before them. */
export interface SignalSinks {
  readonly spans: SpanSink
  readonly logs: LogRecordSink
  readonly metrics: MetricSink
}

/**
 * A processor as a file describes it: for each signal what it puts before the sink behind it. Without one, batches of that signal pass
 * untouched.
 */
export type ProcessorSpec = {
  readonly [Key in keyof SignalSinks]?: (
    next: SignalSinks[Key],
    context: ProcessorContext,
  ) => SignalSinks[Key]
}

/** A processor of the collector: its name, the signals that it works on, and what reads its section. */
export interface ProcessorKind {
  readonly name: string
  readonly signals: readonly Signal[]
  /** Reports through the node; undefined when the section is of no use. `node` is without content for `batch:`. */
  readonly read: (node: YamlNode) => ProcessorSpec | undefined
}

/** Batches pass as they are. */
export const PASSING: ProcessorSpec = {}

/** A processor that changes batches of any signal and takes nothing away. */
export function editing(edit: (editor: BatchEditor) => void): ProcessorSpec {
  return {
    spans: (next) => ({
      append: (batch) => {
        const editor = new SpanEditor(batch)
        edit(editor)
        return next.append(editor.finish())
      },
    }),
    logs: (next) => ({
      append: (batch) => {
        const editor = new RecordEditor(batch)
        edit(editor)
        return next.append(editor.finish())
      },
    }),
    metrics: (next) => ({
      append: (batch) => {
        const editor = new MetricEditor(batch)
        edit(editor)
        return next.append(editor.finish())
      },
    }),
  }
}
