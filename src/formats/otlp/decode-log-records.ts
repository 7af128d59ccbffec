import { readLogs, readLogsJson } from './decode-logs.ts'
import { LogRecordColumns } from './log-record-columns.ts'
import type { LogRecordBatch } from '../../model/log-records.ts'

/**
 * Decodes requests of OTLP for logs (`ExportLogsServiceRequest`) in protobuf to records, with their attributes as they were sent. Throws
 * a `Problem` of code `bad_data` for anything malformed.
 */
export function decodeLogRecords(bytes: Uint8Array): LogRecordBatch {
  const columns = new LogRecordColumns()
  readLogs(bytes, columns)
  return columns.finish()
}

/** The same in OTLP's JSON. */
export function decodeLogRecordsJson(bytes: Uint8Array): LogRecordBatch {
  const columns = new LogRecordColumns()
  readLogsJson(bytes, columns)
  return columns.finish()
}
