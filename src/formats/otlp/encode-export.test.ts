import { describe, expect, it } from 'vitest'
import { decodeLogRecords, decodeLogRecordsJson } from './decode-log-records.ts'
import { decodeMetricsJson } from './decode-metrics-json.ts'
import { decodeMetrics } from './decode-metrics.ts'
import { decodeSpans, decodeSpansJson } from './decode-spans.ts'
import { encodeRecordExport, encodeSpanExport } from './encode-export.ts'
import { encodeMetricExport } from './encode-metric-export.ts'

const bytesOf = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json))
const attributes = [
  { key: 's', value: { stringValue: 'text' } },
  { key: 'i', value: { intValue: '-9007199254740993' } },
  { key: 'd', value: { doubleValue: 2 } },
  { key: 'b', value: { boolValue: false } },
  { key: 'l', value: { arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 2.5 }] } } },
  { key: 'm', value: { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } } },
  { key: 'x', value: { bytesValue: 'AAEC' } },
]
const ids = { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708' }
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] }
const scope = { name: 'lib', version: '1', attributes }
const timeUnixNano = '1700000000000000001'

describe('what was decoded and is encoded again is the same', () => {
  it('as spans', () => {
    const span = {
      ...{ ...ids, parentSpanId: '0102030405060709', traceState: 'a=b', name: 'GET', kind: 2 },
      ...{ startTimeUnixNano: timeUnixNano, endTimeUnixNano: '1700000000500000001', attributes },
      events: [{ timeUnixNano, name: 'e', attributes }],
      links: [{ ...ids, traceState: 'c=d', attributes }],
      status: { code: 2, message: 'broke' },
    }
    const spans = [span, { ...ids, spanId: '1102030405060708', name: 'bare' }]
    const request = { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }
    const { batch } = decodeSpansJson(bytesOf(request))
    expect(decodeSpans(encodeSpanExport(batch)).batch).toEqual(batch)
  })

  it('as log records', () => {
    const record = {
      ...{ timeUnixNano, observedTimeUnixNano: timeUnixNano, severityNumber: 17, ...ids },
      ...{ severityText: 'ERROR', body: { stringValue: 'line' }, attributes, flags: 1 },
      ...{ droppedAttributesCount: 2, eventName: 'e' },
    }
    const logRecords = [record, { body: attributes[5]?.value }, {}]
    const request = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] }
    const batch = decodeLogRecordsJson(bytesOf(request))
    expect(decodeLogRecords(encodeRecordExport(batch))).toEqual(batch)
  })

  it('as metrics of all kinds', () => {
    const point = { startTimeUnixNano: timeUnixNano, timeUnixNano, attributes }
    const exemplars = [{ ...ids, timeUnixNano, asDouble: 0.5, filteredAttributes: attributes }]
    const common = { ...point, count: '3', sum: 1.5, min: 0.1, max: 1, flags: 0 }
    const metrics = [
      {
        name: 'g',
        unit: 'By',
        gauge: {
          dataPoints: [
            { ...point, asDouble: 1.5 },
            { ...point, flags: 1 },
          ],
        },
      },
      {
        name: 's',
        description: 'd',
        sum: {
          ...{ aggregationTemporality: 2, isMonotonic: true },
          dataPoints: [{ ...point, asInt: '7', exemplars }],
        },
      },
      {
        name: 'h',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [{ ...common, bucketCounts: ['0', '3'], explicitBounds: [0.5], exemplars }],
        },
      },
      {
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...{ ...common, scale: -2, zeroCount: '1', zeroThreshold: 0.001 },
              positive: { offset: -3, bucketCounts: ['1', '0', '1'] },
              negative: { offset: 2, bucketCounts: ['1'] },
            },
          ],
        },
      },
      {
        name: 'q',
        summary: {
          dataPoints: [
            { ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] },
          ],
        },
      },
    ]
    const request = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] }
    const { batch, refusals } = decodeMetricsJson(bytesOf(request))
    expect(refusals.count).toBe(0)
    expect(decodeMetrics(encodeMetricExport(batch)).batch).toEqual(batch)
  })
})
