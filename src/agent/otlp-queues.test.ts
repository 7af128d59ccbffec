import { expect, it } from 'vitest'
import { decodeLogRecords, decodeLogRecordsJson } from '../formats/otlp/decode-log-records.ts'
import { recordSinkOf } from './otlp-queues.ts'

const REQUEST = JSON.stringify({
  resourceLogs: [
    {
      scopeLogs: [
        {
          logRecords: [
            { body: { stringValue: 'timeless' } },
            { timeUnixNano: '5', body: { stringValue: 'with a time' } },
            { observedTimeUnixNano: '7', body: { stringValue: 'observed' } },
          ],
        },
      ],
    },
  ],
})

it('gives a record without any time that of its coming, so that it stays one line', async () => {
  const bodies: Uint8Array[] = []
  const push = (body: Uint8Array): Promise<boolean> => {
    bodies.push(body)
    return Promise.resolve(true)
  }
  const batch = decodeLogRecordsJson(new TextEncoder().encode(REQUEST))
  const result = await recordSinkOf({ push }, () => 1000).append(batch)
  expect(result).toEqual({ accepted: 3, rejected: 0, message: '' })
  const written = decodeLogRecords(bodies[0] ?? new Uint8Array(0))
  expect([...written.timesNs]).toEqual([0n, 5n, 0n])
  expect([...written.observedNs]).toEqual([1_000_000_000n, 0n, 7n])
})

it('refuses what finds the queue full', async () => {
  const batch = decodeLogRecordsJson(new TextEncoder().encode(REQUEST))
  const full = recordSinkOf({ push: () => Promise.resolve(false) }, () => 1000)
  await expect(full.append(batch)).rejects.toMatchObject({ code: 'unavailable' })
})
