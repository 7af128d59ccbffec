import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  encodeCompressedWriteRequest,
  encodeWriteRequest,
} from '../../src/formats/remote-write/encode.ts'
import { encodeSnappy } from '../../src/formats/snappy/encode.ts'
import { startServer, type Server } from './server.ts'
import { queryRaw, queryValue, queryVector } from './tools/query.ts'
import { batchOf, RemoteWriter, type PushRow } from './tools/remote-write.ts'

const DAY = 86_400_000
const mebibyte = 1024 ** 2

let server: Server
let writer: RemoteWriter

beforeAll(async () => {
  server = await startServer()
  writer = new RemoteWriter(server.url())
})

afterAll(async () => {
  await writer.close()
  await server.stop()
  await server.dispose()
})

/** Two rows, so that a message cut in the middle has a whole row before the cut. */
const rowsOf = (name: string): PushRow[] => [
  [{ __name__: name, i: '1' }, Date.now(), 1],
  [{ __name__: name, i: '2' }, Date.now(), 2],
]

describe('a push that cannot be read', () => {
  const message = (name: string): Uint8Array => encodeWriteRequest(batchOf(rowsOf(name)))
  const unreadable: readonly (readonly [string, (name: string) => Uint8Array, RegExp])[] = [
    ['is empty', () => new Uint8Array(0), /snappy/],
    ['is not snappy', () => Buffer.from('{"timeseries": []}'), /snappy/],
    [
      'is snappy cut in the middle',
      (name) => encodeSnappy(message(name)).subarray(0, -9),
      /snappy/,
    ],
    ['declares far more than it holds', () => Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0), /snappy/],
    ['declares four gigabytes', () => Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0), /snappy/],
    ['is not protobuf', () => encodeSnappy(Buffer.from('<html>nothing</html>')), /./],
    ['is protobuf cut in the middle', (name) => encodeSnappy(message(name).subarray(0, -3)), /./],
    [
      'is protobuf with a length beyond its end',
      () => encodeSnappy(Uint8Array.of(0x0a, 0x7f)),
      /./,
    ],
  ]

  it.each(unreadable)(
    'because it %s gets 400 with the reason, and nothing is stored',
    async (what, make, reason) => {
      const name = `unreadable_${what.replaceAll(/\W/g, '_')}`
      const { status, text } = await writer.send(make(name))
      expect([status, text]).toEqual([400, expect.stringMatching(reason)])
      expect(await queryVector(server.url(), name)).toEqual([])
    },
  )

  it('is one of no series: that is nothing, and well', async () => {
    expect((await writer.send(encodeSnappy(new Uint8Array(0)))).status).toBe(204)
  })

  it('gets 413 by its announced length when it is larger than any sender sends', async () => {
    const asking = request(`${server.url()}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-encoding': 'snappy', 'content-length': 33 * mebibyte },
    })
    asking.flushHeaders()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    const text = await readText(answer)
    asking.destroy()
    expect([answer.statusCode, text]).toEqual([413, expect.stringContaining('limit')])
  })

  it('gets 413 also where its sender sends all of it before it reads', async () => {
    const socket = connect(Number(new URL(server.url()).port), '127.0.0.1').pause()
    const body = Buffer.alloc(33 * mebibyte)
    socket.write(
      `POST /api/v1/write HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-encoding: snappy\r\ncontent-length: ${body.length}\r\n\r\n`,
    )
    await new Promise((resolve) => socket.write(body, resolve))
    expect(await readText(socket)).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('gets 400 when it unpacks to more than is allowed', async () => {
    const bomb = encodeSnappy(new Uint8Array(200 * mebibyte))
    expect(bomb.length).toBeLessThan(32 * mebibyte)
    const { status, text } = await writer.send(bomb)
    expect([status, text]).toEqual([400, expect.stringMatching(/at most|limit/)])
  })

  const forms: readonly (readonly [string, Record<string, string>])[] = [
    ['gzip', { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }],
    ['JSON', { 'content-type': 'application/json', 'content-encoding': 'snappy' }],
    [
      'remote write 2.0',
      {
        'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'content-encoding': 'snappy',
      },
    ],
  ]

  it.each(forms)('in the form of %s gets 415', async (_what, headers) => {
    const body = encodeCompressedWriteRequest(batchOf(rowsOf('form')))
    const { status, text } = await writer.send(body, headers)
    expect([status, text]).toEqual([415, expect.stringMatching(/./)])
    expect(await queryVector(server.url(), 'form')).toEqual([])
  })

  it('whose sender goes away in the middle leaves nothing, and the server goes on', async () => {
    const body = encodeCompressedWriteRequest(batchOf(rowsOf('aborted')))
    const socket = connect(Number(new URL(server.url()).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `POST /api/v1/write HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-protobuf\r\ncontent-encoding: snappy\r\ncontent-length: ${body.length}\r\n\r\n`,
    )
    socket.write(body.subarray(0, 20))
    socket.destroy()
    await writer.store([[{ __name__: 'after_abort' }, Date.now(), 1]])
    expect(await queryVector(server.url(), 'aborted')).toEqual([])
  })
})

describe('a push that is good in part', () => {
  const now = Date.now()
  const partly: readonly (readonly [string, PushRow, RegExp])[] = [
    ['has no labels', [{}, now, 1], /no metric name/],
    ['has no metric name', [{ job: 'a' }, now, 1], /no metric name/],
    ['is from before 1970', [{ __name__: 'odd' }, -DAY, 1], /out of bounds/],
    ['is from 1970', [{ __name__: 'odd' }, 1, 1], /out of bounds/],
    ['is past the retention', [{ __name__: 'odd' }, now - 40 * DAY, 1], /out of bounds/],
    ['is from 2200', [{ __name__: 'odd' }, Date.UTC(2200, 0, 1), 1], /out of bounds/],
    ['is from the end of time', [{ __name__: 'odd' }, Number.MAX_SAFE_INTEGER, 1], /out of bounds/],
    // Prometheus takes up to ten minutes of a clock that runs ahead.
    ['is an hour ahead', [{ __name__: 'odd' }, now + 3_600_000, 1], /out of bounds|future/],
    [
      'has a label longer than any limit',
      [{ __name__: 'odd', x: 'x'.repeat(mebibyte) }, now, 1],
      /ingest\.max-label-value-length/,
    ],
    [
      'has more labels than any limit',
      [
        Object.fromEntries([
          ['__name__', 'odd'],
          ...Array.from({ length: 500 }, (_, i) => [`l${i}`, 'x']),
        ]) as Record<string, string>,
        now,
        1,
      ],
      /ingest\.max-label-names/,
    ],
  ]

  it.each(partly)(
    'because one sample %s gets 400 with the reason, and the rest is stored',
    async (what, odd, reason) => {
      const name = `partly_${what.replaceAll(/\W/g, '_')}`
      const [first, second] = rowsOf(name) as [PushRow, PushRow]
      const { status, text } = await writer.push([first, odd, second])
      expect([status, text]).toEqual([400, expect.stringMatching(reason)])
      const stored = await queryVector(server.url(), `sort(${name})`)
      expect(stored.map(({ value }) => value[1])).toEqual(['1', '2'])
      expect(await queryRaw(server.url(), '{__name__="odd"}[30d]')).toEqual([])
    },
  )

  it('refuses another value for a time that is stored, and takes the same again', async () => {
    const row = (timestampMs: number, value: number): PushRow => [
      { __name__: 'again' },
      timestampMs,
      value,
    ]
    const at = Date.now() - 60_000
    await writer.store([row(at, 1)])
    await writer.store([row(at, 1)])
    const { status, text } = await writer.push([row(at, 2), row(at + 1, 3)])
    expect([status, text]).toEqual([400, expect.stringContaining('duplicate sample for timestamp')])
    const [series] = await queryRaw(server.url(), 'again[5m]')
    expect(series?.values.map(([, value]) => value)).toEqual(['1', '3'])
  })

  it('takes samples out of order, over days, and answers them in order', async () => {
    const at = Date.now() - 2 * DAY
    const times = [5, 1, 4, 2, 3, 0].map((i) => at + i * 8 * 3_600_000)
    await writer.store(times.map((time): PushRow => [{ __name__: 'unordered' }, time, time - at]))
    const [series] = await queryRaw(server.url(), 'unordered[3d]')
    const stored = series?.values.map(([time]) => Math.round(time * 1000))
    expect(stored).toEqual([...times].sort((a, b) => a - b))
  })

  it('keeps infinities, and sees a staleness marker', async () => {
    const at = Date.now() - 10_000
    const batch = batchOf([
      [{ __name__: 'special' }, at, Infinity],
      [{ __name__: 'special' }, at + 1000, -Infinity],
      [{ __name__: 'special' }, at + 2000, 0],
    ])
    new Uint32Array(batch.values.buffer).set([2, 0x7ff00000], 4)
    expect((await writer.send(encodeCompressedWriteRequest(batch))).status).toBe(204)
    expect(await queryValue(server.url(), 'special', at + 1500)).toBe(-Infinity)
    expect(await queryValue(server.url(), 'special')).toBeUndefined()
    const [series] = await queryRaw(server.url(), 'special[1m]')
    expect(series?.values.map(([, value]) => value)).toEqual(['+Inf', '-Inf'])
  })
})

it('answers all that with the same server and engine', async () => {
  await writer.store([[{ __name__: 'alive' }, Date.now(), 1]])
  expect(await queryValue(server.url(), 'alive')).toBe(1)
  const log = server.readLog()
  expect(log).not.toMatch(/engine is (down|starting)|unexpected/)
  expect(log).not.toMatch(/level=ERROR|stack=|\n\s+at /)
})
