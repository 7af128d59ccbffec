import type { LogRecordBatch } from '../../model/log-records.ts'
import { startOf } from '../../model/spans.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { anyOfText } from './attribute-any.ts'
import { NO_SCOPE, type Attributes } from './any-value.ts'
import type { LogTarget } from './log-target.ts'

/** Tells a target of records that were decoded before, as if they were read from a request. */
export function replayRecords(batch: LogRecordBatch, target: LogTarget): void {
  const { resourceIndex, scopeIndex } = batch
  let resource = -1
  let scope = -1
  for (let row = 0; row < batch.timesNs.length; row++) {
    const ofResource = resourceIndex[row] as number
    const ofScope = scopeIndex[row] as number
    if (ofResource !== resource) target.resource(anyAttributes(batch.resources[ofResource] ?? []))
    if (ofResource !== resource || ofScope !== scope) replayScope(batch, ofScope, target)
    resource = ofResource
    scope = ofScope
    replayRecord(batch, row, target)
  }
}

function replayScope({ scopes }: LogRecordBatch, place: number, target: LogTarget): void {
  const scope = scopes[place]
  target.scope(scope ? { ...scope, attributes: anyAttributes(scope.attributes) } : NO_SCOPE)
}

function anyAttributes(texts: readonly (readonly [string, string])[]): Attributes {
  return texts.map(([key, text]) => [key, anyOfText(text)])
}

function replayRecord(batch: LogRecordBatch, row: number, target: LogTarget): void {
  const { strings, attributes } = batch
  const text = (place: number | undefined): string => strings[place ?? -1] ?? ''
  target.begin()
  const time = batch.timesNs[row] as bigint
  target.timeLow = Number(BigInt.asUintN(32, time))
  target.timeHigh = Number(BigInt.asUintN(32, time >> 32n))
  const observed = batch.observedNs[row] as bigint
  target.observedLow = Number(BigInt.asUintN(32, observed))
  target.observedHigh = Number(BigInt.asUintN(32, observed >> 32n))
  target.severityNumber = batch.severityNumbers[row] as number
  target.severityText = text(batch.severityTexts[row])
  target.eventName = text(batch.eventNames[row])
  target.flags = batch.flags[row] as number
  target.droppedAttributes = batch.droppedAttributes[row] as number
  target.traceId = hexOf(batch.traceIds.subarray(row * 16, row * 16 + 16))
  target.spanId = hexOf(batch.spanIds.subarray(row * 8, row * 8 + 8))
  const end = attributes.ends[row] as number
  for (let i = startOf(attributes.ends, row); i < end; i++) {
    target.attribute(text(attributes.keys[i]), anyOfText(text(attributes.values[i])))
  }
  const body = text(batch.bodies[row])
  // A map or mixed list is its JSON already.
  if (body.startsWith('s') || body.startsWith('j')) {
    const bytes = encodeUtf8(body.slice(1))
    target.bodyBytes(bytes, 0, bytes.length)
  } else if (body !== '') target.bodyValue(anyOfText(body))
  target.end()
}

/** Lower-case hex; empty for zeros. */
function hexOf(id: Uint8Array): string {
  if (id.every((byte) => byte === 0)) return ''
  let text = ''
  for (const byte of id) text += byte.toString(16).padStart(2, '0')
  return text
}
