import { describe, expect, it } from 'vitest'
import { encodeCompressedWriteRequest } from '../../formats/remote-write/encode.ts'
import { encodeSnappy } from '../../formats/snappy/encode.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { NOW_MS } from './testing/fake-doors.ts'
import { startFake, type FakeListener } from './testing/start-fake.ts'

const V1 = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

function batchOf(...series: Record<string, string>[]): SampleBatch {
  return {
    series: series.map((labels) => Labels.from(labels)),
    seriesIndex: Uint32Array.from(series.keys()),
    timestampsMs: Float64Array.from(series, () => NOW_MS),
    values: Float64Array.from(series.keys()),
  }
}

const UP = Buffer.from(encodeCompressedWriteRequest(batchOf({ __name__: 'up', job: 'a' })))

function push(fake: FakeListener, body: Buffer = UP, headers: Record<string, string> = V1) {
  return fake.send('POST', '/api/v1/write', headers, body)
}

describe('remote write 1.0', () => {
  it('answers 204 once the sink has the samples', async () => {
    const fake = startFake()
    const answer = await push(fake)
    expect([answer.statusCode, answer.payload]).toEqual([204, ''])
    expect(fake.world.batches[0]?.series.map(String)).toEqual(['up{job="a"}'])
    // Headers of 2.0 would make a sender of 1.0 believe that nothing was written.
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-prometheus'))).toEqual(
      [],
    )
  })

  it('takes what the original takes for its form', async () => {
    const fake = startFake()
    const explicit = {
      ...V1,
      'content-type': 'application/x-protobuf;proto=prometheus.WriteRequest',
    }
    expect((await push(fake, UP, explicit)).statusCode).toBe(204)
    expect((await push(fake, UP, { 'content-type': 'application/x-protobuf' })).statusCode).toBe(
      204,
    )
    expect((await push(fake, UP, {})).statusCode).toBe(204)
  })

  const unsupported: readonly (readonly [Record<string, string>, string])[] = [
    [
      { 'content-encoding': 'gzip' },
      'gzip encoding (compression) is not accepted by this server; only snappy is acceptable',
    ],
    [
      { 'content-type': 'application/json' },
      'expected application/x-protobuf as the first (media) part, got application/json content-type',
    ],
    [
      { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' },
      'io.prometheus.write.v2.Request protobuf message is not accepted by this server; only accepts prometheus.WriteRequest',
    ],
    [
      { 'content-type': 'application/x-protobuf;proto=x.Y' },
      'unknown type for remote write protobuf message x.Y',
    ],
  ]
  for (const [headers, message] of unsupported) {
    it(`answers 415: ${message}`, async () => {
      const fake = startFake()
      const answer = await push(fake, UP, { ...V1, ...headers })
      expect(answer.statusCode).toBe(415)
      expect(answer.payload).toContain(message)
      expect(fake.world.batches).toEqual([])
    })
  }

  it('answers 400 to what is not snappy, not protobuf, or truncated', async () => {
    const fake = startFake()
    const bodies = [
      Buffer.from('not snappy at all'),
      Buffer.from(encodeSnappy(Buffer.from('not protobuf at all'))),
      UP.subarray(0, UP.length - 3),
      Buffer.alloc(0),
    ]
    for (const body of bodies) expect((await push(fake, body)).statusCode).toBe(400)
    expect(fake.world.batches).toEqual([])
  })

  it('answers 400 to a block that declares too many bytes', async () => {
    const bomb = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])
    const answer = await push(startFake(), bomb)
    expect(answer.statusCode).toBe(400)
    expect(answer.payload).toContain('at most 1048576 are allowed')
  })

  it('stores the good part and names the bad one', async () => {
    const fake = startFake()
    const body = encodeCompressedWriteRequest(batchOf({ __name__: 'up' }, { job: 'nameless' }))
    const answer = await push(fake, Buffer.from(body))
    expect(answer.statusCode).toBe(400)
    expect(answer.payload).toMatch(/^1 samples were refused, 1 were stored:\n.*nameless/)
    expect(fake.world.batches[0]?.values.length).toBe(1)
  })

  it('passes on what the sink refused', async () => {
    const fake = startFake()
    fake.world.appendResult = ({ series: [series = Labels.EMPTY] }) =>
      Promise.resolve({
        accepted: 3,
        rejected: [{ series, timestampMs: 5, reason: 'out_of_bounds', message: 'out of bounds' }],
        rejectedCount: 20,
      })
    const answer = await push(fake)
    expect(answer.statusCode).toBe(400)
    expect(answer.payload).toBe(
      '20 samples were refused, 3 were stored:\nout of bounds: series up{job="a"} at 5\nand 19 more\n',
    )
  })

  const failures: readonly (readonly [Error, number, string | undefined])[] = [
    [new Problem('unavailable', 'the store is away'), 503, '2'],
    [new Problem('timeout', 'too slow'), 503, '2'],
    [new Problem('limit', 'too many series'), 400, undefined],
    [new Error('bug'), 500, undefined],
  ]
  for (const [thrown, status, retryAfter] of failures) {
    it(`answers ${status} to ${thrown.message}`, async () => {
      const fake = startFake()
      fake.world.appendResult = () => Promise.reject(thrown)
      const answer = await push(fake)
      expect(answer.statusCode).toBe(status)
      expect(answer.payload).toBe(`${thrown.message}\n`)
      expect(answer.headers['retry-after']).toBe(retryAfter)
    })
  }

  it('is not for pages of other sites', async () => {
    const answer = await push(startFake(), UP, { ...V1, origin: 'https://evil.example.com' })
    expect(answer.statusCode).toBe(403)
  })
})
