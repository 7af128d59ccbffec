import type { LogRecordBatch, LogScope } from '../../model/log-records.ts'
import type { MetricScope, OtlpMetric, OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import type { SpanBatch, SpanScope } from '../../model/spans.ts'
import { AttributeEditor } from './edit-attributes.ts'
import { ResourceEditor } from './edit-resources.ts'
import { ColumnEditor, StringsEditor } from './edit-strings.ts'

/** What the editors of the three signals have in common: rows with attributes, a resource and a scope. */
interface RowEditor {
  readonly rows: number
  readonly strings: StringsEditor
  readonly attributes: AttributeEditor
  readonly resources: ResourceEditor
  /** What the resource of a row is found by in `resources`. */
  ownerOf(row: number): number
  scopeOf(row: number): SpanScope | undefined
}

/** A batch of spans that is being changed; `finish` makes a batch of it, and the given one stays as it is. */
export class SpanEditor implements RowEditor {
  readonly signal = 'traces'
  readonly rows: number
  readonly batch: SpanBatch
  readonly strings: StringsEditor
  readonly attributes: AttributeEditor
  readonly resources: ResourceEditor
  readonly names: ColumnEditor<Uint32Array>
  readonly kinds: ColumnEditor<Uint8Array>
  readonly statuses: ColumnEditor<Uint8Array>
  readonly messages: ColumnEditor<Uint32Array>

  constructor(batch: SpanBatch) {
    this.batch = batch
    this.rows = batch.startsNs.length
    this.strings = new StringsEditor(batch.strings)
    this.attributes = new AttributeEditor(batch.attributes, this.strings)
    this.resources = new ResourceEditor(batch.resources, batch.resourceIndex)
    this.names = new ColumnEditor(batch.names)
    this.kinds = new ColumnEditor(batch.kinds)
    this.statuses = new ColumnEditor(batch.statuses)
    this.messages = new ColumnEditor(batch.messages)
  }

  ownerOf(row: number): number {
    return row
  }

  scopeOf(row: number): SpanScope | undefined {
    return this.batch.scopes[this.batch.scopeIndex[row] ?? -1]
  }

  finish(): SpanBatch {
    const attributes = this.attributes.finish()
    const { resources, index } = this.resources.finish()
    return {
      ...this.batch,
      names: this.names.finish(),
      kinds: this.kinds.finish(),
      statuses: this.statuses.finish(),
      messages: this.messages.finish(),
      attributes,
      resources,
      resourceIndex: index,
      strings: this.strings.finish(),
    }
  }
}

/** The same for log records. */
export class RecordEditor implements RowEditor {
  readonly signal = 'logs'
  readonly rows: number
  readonly batch: LogRecordBatch
  readonly strings: StringsEditor
  readonly attributes: AttributeEditor
  readonly resources: ResourceEditor
  readonly timesNs: ColumnEditor<BigInt64Array>
  readonly severityNumbers: ColumnEditor<Int32Array>
  readonly severityTexts: ColumnEditor<Uint32Array>
  readonly bodies: ColumnEditor<Uint32Array>

  constructor(batch: LogRecordBatch) {
    this.batch = batch
    this.rows = batch.timesNs.length
    this.strings = new StringsEditor(batch.strings)
    this.attributes = new AttributeEditor(batch.attributes, this.strings)
    this.resources = new ResourceEditor(batch.resources, batch.resourceIndex)
    this.timesNs = new ColumnEditor(batch.timesNs)
    this.severityNumbers = new ColumnEditor(batch.severityNumbers)
    this.severityTexts = new ColumnEditor(batch.severityTexts)
    this.bodies = new ColumnEditor(batch.bodies)
  }

  ownerOf(row: number): number {
    return row
  }

  scopeOf(row: number): LogScope | undefined {
    return this.batch.scopes[this.batch.scopeIndex[row] ?? -1]
  }

  finish(): LogRecordBatch {
    const attributes = this.attributes.finish()
    const { resources, index } = this.resources.finish()
    return {
      ...this.batch,
      timesNs: this.timesNs.finish(),
      severityNumbers: this.severityNumbers.finish(),
      severityTexts: this.severityTexts.finish(),
      bodies: this.bodies.finish(),
      attributes,
      resources,
      resourceIndex: index,
      strings: this.strings.finish(),
    }
  }
}

/** The same for data points. Resources, names and units are those of metrics: a change at one point is one of its metric. */
export class MetricEditor implements RowEditor {
  readonly signal = 'metrics'
  readonly rows: number
  readonly batch: OtlpMetricBatch
  readonly strings: StringsEditor
  readonly attributes: AttributeEditor
  readonly resources: ResourceEditor
  #metrics: OtlpMetric[] | undefined

  constructor(batch: OtlpMetricBatch) {
    this.batch = batch
    this.rows = batch.metricIndex.length
    this.strings = new StringsEditor(batch.strings)
    this.attributes = new AttributeEditor(batch.attributes, this.strings)
    const index = Uint32Array.from(batch.metrics, ({ resource }) => resource)
    this.resources = new ResourceEditor(batch.resources, index)
  }

  ownerOf(row: number): number {
    return this.batch.metricIndex[row] as number
  }

  metricOf(row: number): OtlpMetric | undefined {
    return (this.#metrics ?? this.batch.metrics)[this.ownerOf(row)]
  }

  setMetric(row: number, change: Partial<Pick<OtlpMetric, 'name' | 'description' | 'unit'>>): void {
    const before = this.metricOf(row)
    if (before === undefined) return
    this.#metrics ??= [...this.batch.metrics]
    this.#metrics[this.ownerOf(row)] = { ...before, ...change }
  }

  scopeOf(row: number): MetricScope | undefined {
    return this.batch.scopes[this.metricOf(row)?.scope ?? -1]
  }

  finish(): OtlpMetricBatch {
    const attributes = this.attributes.finish()
    const { resources, index } = this.resources.finish()
    const metrics = this.#metrics ?? this.batch.metrics
    const isMoved = metrics.some(({ resource }, at) => resource !== index[at])
    return {
      ...this.batch,
      attributes,
      resources,
      metrics: isMoved
        ? metrics.map((metric, at) => ({ ...metric, resource: index[at] as number }))
        : metrics,
      strings: this.strings.finish(),
    }
  }
}

/** A batch of any signal that is being changed. */
export type BatchEditor = SpanEditor | RecordEditor | MetricEditor
