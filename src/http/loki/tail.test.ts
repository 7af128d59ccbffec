import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { QueryLimits } from '../../query/logs/query-limits.ts'
import type { Access } from '../guard.ts'
import type { Listener } from '../listener.ts'
import { createLokiListener } from '../loki.ts'
import { createFakeLoki, FakeLines, NOW_MS } from './testing/fake-loki.ts'

const NOW_NS = BigInt(NOW_MS) * 1_000_000n

let lines: FakeLines
let listener: Listener
let address = ''

async function open(limits: Partial<QueryLimits> = {}, access: Access = {}): Promise<void> {
  lines = new FakeLines()
  listener = createLokiListener(createFakeLoki(lines, {}, undefined, limits), {
    address: { host: '127.0.0.1', port: 0 },
    access,
  })
  address = `127.0.0.1:${await listener.listen()}`
}

beforeEach(() => open())
afterEach(() => listener.close())

async function push(
  stream: Record<string, string>,
  ...values: readonly (readonly [ageNs: number, line: string, metadata?: object])[]
): Promise<void> {
  const entries = values.map(([ageNs, ...rest]) => [String(NOW_NS - BigInt(ageNs)), ...rest])
  const answer = await fetch(`http://${address}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream, values: entries }] }),
  })
  expect(answer.status).toBe(204)
}

/** A client of a tail, with what it was sent. */
class Follower {
  readonly messages: string[] = []
  readonly socket: WebSocket
  readonly opened: Promise<void>
  readonly closed: Promise<[code: number, reason: string]>

  constructor(
    params: Record<string, string>,
    headers: Record<string, string> = {},
    path = '/loki/api/v1/tail',
  ) {
    const search = new URLSearchParams(params).toString()
    this.socket = new WebSocket(`ws://${address}${path}?${search}`, { headers })
    this.socket.on('message', (data: Buffer) => this.messages.push(data.toString()))
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve)
      this.socket.once('error', reject)
    })
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve([code, reason.toString()]))
    })
    this.opened.catch(() => undefined)
  }

  /** The messages, once there are so many lines in them. */
  async untilLines(count: number): Promise<unknown[]> {
    while (this.lines().length < count) await sleep(5)
    return this.messages.map((message): unknown => JSON.parse(message))
  }

  lines(): string[] {
    return Array.from(
      this.messages.join('\n').matchAll(/\["\d{19}","([^"]*)"/g),
      ([, line]) => line ?? '',
    )
  }
}

describe('a tail', () => {
  it('begins with the newest lines and goes on with each that becomes durable', async () => {
    await push({ app: 'web' }, [30, 'one'], [20, 'two'], [10, 'three', { id: '7' }])
    await push({ app: 'db' }, [5, 'of another'])
    const follower = new Follower({ query: '{app="web"} != "one"', limit: '2' })
    expect(await follower.untilLines(2)).toEqual([
      {
        streams: [
          { stream: { app: 'web' }, values: [[String(NOW_NS - 20n), 'two']] },
          { stream: { app: 'web', id: '7' }, values: [[String(NOW_NS - 10n), 'three']] },
        ],
      },
    ])
    await push({ app: 'db' }, [4, 'of another'])
    await push({ app: 'web' }, [3, 'one more'], [2, 'four'])
    await follower.untilLines(3)
    expect(follower.lines()).toEqual(['two', 'three', 'four'])
    follower.socket.close()
    await follower.closed
  })

  it('tells a line of the backlog once', async () => {
    await push({ app: 'web' }, [10, 'first'])
    const follower = new Follower({ query: '{app="web"}' })
    await follower.untilLines(1)
    await push({ app: 'web' }, [10, 'first'], [5, 'second'])
    await follower.untilLines(2)
    expect(follower.lines()).toEqual(['first', 'second'])
  })

  it('runs lines through the pipeline and tells labels apart where that is asked for', async () => {
    const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' }
    const follower = new Follower(
      { query: '{app="web"} | logfmt | line_format "{{.msg}}"' },
      headers,
    )
    await follower.opened
    await push({ app: 'web' }, [1, 'msg=hi', { id: '7' }])
    expect(await follower.untilLines(1)).toEqual([
      {
        streams: [
          {
            stream: { app: 'web' },
            values: [
              [
                String(NOW_NS - 1n),
                'hi',
                { structuredMetadata: { id: '7' }, parsed: { msg: 'hi' } },
              ],
            ],
          },
        ],
        encodingFlags: ['categorize-labels'],
      },
    ])
  })

  it('has the older form on the older path', async () => {
    const follower = new Follower({ query: '{app="web"}' }, {}, '/api/prom/tail')
    await follower.opened
    await push({ app: 'web' }, [1, 'x'])
    while (follower.messages.length === 0) await sleep(5)
    expect(JSON.parse(follower.messages[0] ?? '')).toEqual({
      streams: [
        { labels: '{app="web"}', entries: [{ ts: '2026-05-10T11:59:59.999999999Z', line: 'x' }] },
      ],
      dropped_entries: null,
    })
  })

  it('tells who does not read what was left out, and holds no more than a bound', async () => {
    const follower = new Follower({ query: '{app="web"}' })
    await follower.opened
    follower.socket.pause()
    const line = 'x'.repeat(200_000)
    let age = 1_000_000
    for (let i = 0; i < 200; i++) await push({ app: 'web' }, [age--, line])
    follower.socket.resume()
    while (!follower.messages.some((message) => message.includes('dropped_entries'))) {
      await push({ app: 'web' }, [age--, 'small'])
      await sleep(5)
    }
    expect(follower.lines().length).toBeLessThan(200)
    expect(follower.messages.join('\n')).toMatch(
      /"dropped_entries":\[\{"timestamp":"\d{19}","labels":\{"app":"web"\}\}/,
    )
  })

  it('ends with the server', async () => {
    const follower = new Follower({ query: '{app="web"}' })
    await follower.opened
    await listener.drain(1000)
    expect(await follower.closed).toEqual([1001, 'the server is shutting down'])
  })
})

describe('a tail is refused', () => {
  it.each([
    [{ query: '{app="web"' }, 'syntax error: unexpected $end'],
    [{ query: '{app="web"}', delay_for: '6' }, "delay_for can't be greater than 5"],
    [{ query: '{app="web"}', delay_for: 'x' }, 'strconv.Atoi'],
    [{ query: '{app="web"}', limit: '0' }, 'limit must be a positive value'],
    [{ query: '{app="web"}', limit: '5001' }, 'max entries limit per query exceeded'],
    [{ query: '{app="web"}', start: 'x' }, "could not parse 'start' parameter"],
  ])('with 400 before it is a socket: %j', async (params, message) => {
    const follower = new Follower(params)
    const refusal = new Promise<[number | undefined, string]>((resolve) => {
      follower.socket.once('unexpected-response', (_request, answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
        answer.on('end', () => resolve([answer.statusCode, text]))
      })
    })
    const [status, text] = await refusal
    expect(status).toBe(400)
    expect(text).toContain(message)
    const plain = await fetch(`http://${address}/loki/api/v1/tail?${new URLSearchParams(params)}`)
    expect([plain.status, await plain.text()]).toEqual([400, text])
  })

  it('with a reason when it is for numbers, as in Loki', async () => {
    const follower = new Follower({ query: 'rate({app="web"}[1m])' })
    expect(await follower.closed).toEqual([
      1011,
      'unsupported query expression: want (LogSelectorExpr), got (*syntax.RangeAggregationExpr)',
    ])
  })

  it('when there are too many', async () => {
    await listener.close()
    await open({ maxTails: 1 })
    const first = new Follower({ query: '{app="web"}' })
    await first.opened
    expect(await new Follower({ query: '{app="web"}' }).closed).toEqual([
      1011,
      'max concurrent tail requests limit exceeded, count > limit (2 > 1)',
    ])
    first.socket.close()
    await first.closed
    const third = new Follower({ query: '{app="web"}' })
    await third.opened
    await push({ app: 'web' }, [1, 'x'])
    await third.untilLines(1)
  })

  it('for pages of other sites, foreign hosts and without credentials', async () => {
    const statusOf = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve) => {
        const { socket } = new Follower({ query: '{app="web"}' }, headers)
        socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode))
        socket.once('open', () => resolve(101))
      })
    expect(await statusOf({ origin: 'https://evil.example' })).toBe(403)
    expect(await statusOf({ host: 'evil.example' })).toBe(403)
    expect(await statusOf({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await statusOf({ origin: `http://${address}` })).toBe(101)
    await listener.close()
    await open({}, { required: true })
    expect(await statusOf({})).toBe(401)
  })
})

it('asks for a WebSocket where none is asked for', async () => {
  const answer = await fetch(`http://${address}/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D`)
  expect([answer.status, await answer.text()]).toEqual([400, 'Bad Request\n'])
})

it('answers a request that offers another protocol as if it had not', async () => {
  const body = JSON.stringify({
    streams: [{ stream: { app: 'java' }, values: [[String(NOW_NS), 'x'.repeat(100_000)]] }],
  })
  const socket = createConnection(Number(address.split(':')[1]), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  const head = [
    'POST /loki/api/v1/push HTTP/1.1',
    `Host: ${address}`,
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ].join('\r\n')
  socket.write(`${head}\r\n\r\n${body.slice(0, 10)}`)
  await sleep(20)
  socket.write(body.slice(10))
  while (!text.includes('\r\n\r\n')) await sleep(5)
  expect(text).toMatch(/^HTTP\/1\.1 204 /)
  expect(lines.batches).toHaveLength(1)
  text = ''
  socket.write(`GET /ready HTTP/1.1\r\nHost: ${address}\r\n\r\n`)
  while (!text.includes('ready\n')) await sleep(5)
  socket.destroy()
})
