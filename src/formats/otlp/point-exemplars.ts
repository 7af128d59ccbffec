import { Labels } from '../../model/labels.ts'
import type { OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import { attributeString } from './attribute-string.ts'

/** OpenMetrics's bound of an exemplar's labels: past it the attributes go, the ids stay. */
const MAX_CHARACTERS = 128
const NS_PER_MS = 1_000_000n

/** What exemplar `at` of a batch is, without its series. */
export interface PointExemplar {
  readonly labels: Labels
  readonly value: number
  /** 0: not sent. */
  readonly timestampMs: number
}

export function exemplarAt({ exemplars, strings }: OtlpMetricBatch, at: number): PointExemplar {
  const { timesNs, values, traceIds, spanIds, attributes } = exemplars
  const ids: [string, string][] = [
    ['trace_id', hexOf(traceIds, at, 16)],
    ['span_id', hexOf(spanIds, at, 8)],
  ]
  const pairs = ids.filter(([, id]) => id !== '')
  const others: [string, string][] = []
  for (let i = startOf(attributes.ends, at); i < (attributes.ends[at] as number); i++) {
    const key = strings[attributes.keys[i] as number] as string
    others.push([key, attributeString(strings[attributes.values[i] as number] as string)])
  }
  const all = [...pairs, ...others]
  return {
    labels: Labels.fromPairs(lengthOf(all) > MAX_CHARACTERS ? pairs : all),
    value: values[at] as number,
    timestampMs: Number((timesNs[at] as bigint) / NS_PER_MS),
  }
}

function lengthOf(pairs: readonly (readonly [string, string])[]): number {
  let length = 0
  for (const [name, value] of pairs) {
    // What is far too long is not counted by characters.
    if (name.length + value.length > 4 * MAX_CHARACTERS) return Number.POSITIVE_INFINITY
    length += charactersOf(name) + charactersOf(value)
  }
  return length
}

/** A character outside of the basic plane is two units of a string. */
function charactersOf(text: string): number {
  return text.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, '_').length
}

/** Lower case; '' for zeros, which are no id. */
function hexOf(ids: Uint8Array, at: number, sizeBytes: number): string {
  let hex = ''
  let isSet = false
  for (let i = at * sizeBytes; i < (at + 1) * sizeBytes; i++) {
    const byte = ids[i] as number
    isSet ||= byte !== 0
    hex += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16)
  }
  return isSet ? hex : ''
}
