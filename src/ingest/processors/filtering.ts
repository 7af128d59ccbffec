import type { LogRecordSink } from '../../model/log-records.ts'
import type { MetricSink } from '../../model/otlp-metrics.ts'
import type { SpanSink } from '../../model/spans.ts'
import type { Counter } from '../../self/metrics.ts'
import { MetricEditor, RecordEditor, SpanEditor, type BatchEditor } from './editor.ts'
import { keepRows, selectPoints, selectRecords, selectSpans } from '../../model/select-rows.ts'

/** Whether a row is kept. Nothing is changed through the editor: it is only looked into. */
export type Keeps = (editor: BatchEditor, row: number) => boolean

/**
 * Stands before a sink and takes rows away. What was taken away counts as accepted: the sender is not told, as in the collector, and
 * must not send it again.
 */
export function filterSpans(next: SpanSink, keeps: Keeps, dropped: Counter): SpanSink {
  return {
    append: async (batch) => {
      const editor = new SpanEditor(batch)
      const rows = keepRows(editor.rows, (row) => keeps(editor, row))
      if (rows === undefined) return next.append(batch)
      const away = editor.rows - rows.length
      dropped.inc(away)
      if (rows.length === 0) return { accepted: away, outOfBounds: 0, refused: 0 }
      const { accepted, outOfBounds, refused } = await next.append(selectSpans(batch, rows))
      return { accepted: accepted + away, outOfBounds, refused }
    },
  }
}

export function filterRecords(next: LogRecordSink, keeps: Keeps, dropped: Counter): LogRecordSink {
  return {
    append: async (batch) => {
      const editor = new RecordEditor(batch)
      const rows = keepRows(editor.rows, (row) => keeps(editor, row))
      if (rows === undefined) return next.append(batch)
      const away = editor.rows - rows.length
      dropped.inc(away)
      if (rows.length === 0) return { accepted: away, rejected: 0, message: '' }
      const result = await next.append(selectRecords(batch, rows))
      return { ...result, accepted: result.accepted + away }
    },
  }
}

export function filterPoints(next: MetricSink, keeps: Keeps, dropped: Counter): MetricSink {
  return {
    append: async (batch) => {
      const editor = new MetricEditor(batch)
      const rows = keepRows(editor.rows, (row) => keeps(editor, row))
      if (rows === undefined) return next.append(batch)
      const away = editor.rows - rows.length
      dropped.inc(away)
      if (rows.length === 0) return { accepted: away, rejected: 0, message: '' }
      const result = await next.append(selectPoints(batch, rows))
      return { ...result, accepted: result.accepted + away }
    },
  }
}
