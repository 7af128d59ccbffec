import type { Labels } from '../../model/labels.ts'
import type { AnyMap, AnyValue } from '../../formats/otlp/any-value.ts'

/** A log record on its way through the operators of a receiver of files. Maps are replaced, never changed in place. */
export interface FileEntry {
  body: AnyValue
  attributes: AnyMap
  resource: AnyMap
  /** Unix nanoseconds; 0: nothing has said it. */
  timeNs: bigint
  /** OpenTelemetry's numbers; 0: not said. */
  severityNumber: number
  severityText: string
  /** Lower-case hex; '' for none. */
  traceId: string
  spanId: string
  flags: number
  /** Of the file, absolute. */
  readonly path: string
  /** Where in the file the lines are that it was made of. */
  startOffset: number
  readonly endOffset: number
  /** When it was read, Unix nanoseconds. */
  readonly observedNs: bigint
  /** Of the receiver and the file. */
  readonly labels: Labels
}
