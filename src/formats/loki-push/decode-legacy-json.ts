import type { LogBatch } from '../../model/lines.ts'
import { JsonBytes } from './json-bytes.ts'
import type { LabelCache } from './label-cache.ts'
import { LineColumns } from './line-columns.ts'
import { metadataLabels } from './metadata-labels.ts'
import { parseStreamLabels } from './parse-labels.ts'

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:\d\d)$/

/**
 * Decodes the JSON of `/api/prom/push`: `{"streams": [{"labels": "{a=\"b\"}", "entries": [{"ts": "<RFC 3339>", "line": "…"}]}]}`.
 * `bytes` becomes the memory of the lines: what it held is gone. Throws a `Problem` of code `bad_data`.
 */
export function decodeLegacyJsonPush(bytes: Uint8Array, cache: LabelCache): LogBatch {
  const json = new JsonBytes(bytes)
  const columns = new LineColumns(bytes)
  json.object('the push', (key) => {
    if (key === 'streams' && !json.takeNull()) {
      json.array('streams', () => readStream(json, columns, cache))
    } else if (key !== 'streams') json.skip()
  })
  return columns.finish()
}

function readStream(json: JsonBytes, columns: LineColumns, cache: LabelCache): void {
  let text = ''
  let entriesAt = -1
  json.object('a stream', (key) => {
    if (key === 'labels') text = json.readText('labels')
    else {
      json.peek()
      if (key === 'entries') entriesAt = json.at
      json.skip()
    }
  })
  const stream = columns.stream(cache.get(text, parseStreamLabels))
  if (entriesAt < 0) return
  const after = json.at
  json.goTo(entriesAt)
  if (!json.takeNull()) json.array('entries', () => readEntry(json, columns, stream))
  json.goTo(after)
}

function readEntry(json: JsonBytes, columns: LineColumns, stream: number): void {
  let hasTime = false
  const pairs: [string, string][] = []
  json.object('an entry', (key) => {
    if (key === 'ts' || key === 'timestamp') {
      columns.setTimeNs(readTime(json))
      hasTime = true
    } else if (key === 'line') {
      columns.appendText(json, 'a line')
    } else if (key === 'structuredMetadata' && !json.takeNull()) {
      json.array(key, () => pairs.push(readPair(json)))
    } else json.skip()
  })
  if (!hasTime) throw json.fault('an entry has no ts')
  columns.endLine(stream, columns.metadataSet(metadataLabels(pairs)))
}

function readPair(json: JsonBytes): [string, string] {
  let name = ''
  let value = ''
  json.object('structured metadata', (key) => {
    if (key === 'name') name = json.readText(key)
    else if (key === 'value') value = json.readText(key)
    else json.skip()
  })
  return [name, value]
}

function readTime(json: JsonBytes): bigint {
  const text = json.readText('ts')
  const found = RFC3339.exec(text)
  const timestampMs = found === null ? Number.NaN : Date.parse(text.replace(/\.\d+/, ''))
  if (found === null || Number.isNaN(timestampMs)) {
    throw json.fault(`ts is a time as RFC 3339 writes it, not ${JSON.stringify(text.slice(0, 50))}`)
  }
  const nanos = BigInt((found[7] ?? '').padEnd(9, '0'))
  return BigInt(timestampMs) * 1_000_000n + nanos
}
