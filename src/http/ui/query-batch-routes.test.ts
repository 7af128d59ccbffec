import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { OwnTraces, QUERY_TEXT } from '../../self/own-traces.ts'
import { annotateRequest } from '../../self/spans.ts'
import { Problem } from '../../model/problem.ts'
import type { PromqlRequest } from '../../query/promql/engine.ts'
import type { Listener } from '../listener.ts'
import { createFakeDoors, createFakeWorld, NOW_MS } from '../prometheus/testing/fake-doors.ts'
import { createUiListener } from '../ui.ts'
import { watchRequests } from '../watch-requests.ts'

const RANGE = 'start=1700000000&end=1700000060&step=15'

let listener: Listener
let url = ''
let evaluate: (request: PromqlRequest) => Promise<void>
let atOnce = 0
let mostAtOnce = 0
const world = createFakeWorld()
const traces = new OwnTraces(() => ({ sampling: 1, slowMs: 0 }))

beforeEach(async () => {
  evaluate = () => Promise.resolve()
  const doors = createFakeDoors(world)
  const engine: typeof doors.engine = {
    evaluate: async (request) => {
      annotateRequest(QUERY_TEXT, request.query)
      atOnce++
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      try {
        await evaluate(request)
      } finally {
        atOnce--
      }
      return doors.engine.evaluate(request)
    },
  }
  listener = createUiListener(
    {
      webFolder: '/nonexistent',
      prometheus: { ...doors, engine },
      routes: [],
      registry: createRegistry(),
      log: silentLog(),
    },
    { address: { host: '127.0.0.1', port: 0 }, access: { anonymous: 'viewer' } },
  )
  watchRequests(listener, 'ui', traces)
  url = `http://127.0.0.1:${await listener.listen()}/api/vedette/query-batch`
})

afterEach(() => listener.close())

function ask(requests: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
    ...init,
  })
}

async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text()
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const parsed: unknown = JSON.parse(line)
      return Object.fromEntries(Object.entries(parsed ?? {}))
    })
}

describe('queries in one request', () => {
  it('are answered a line each, as on their own; a fault of one is told in its line', async () => {
    const response = await ask([
      `/query?query=up&time=${NOW_MS / 1000}`,
      '/query_range?query=up',
      `/query_exemplars?query=1&${RANGE}`,
    ])
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = await linesOf(response)
    expect(lines.toSorted((a, b) => Number(a['at']) - Number(b['at']))).toMatchObject([
      { at: 0, status: 200, body: { status: 'success', data: { resultType: 'vector' } } },
      { at: 1, status: 400, body: { status: 'error', errorType: 'bad_data' } },
      { at: 2, status: 204, body: null },
    ])
  })

  it('come as they are done, four under way at the most', async () => {
    mostAtOnce = 0
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    evaluate = async ({ query }) => {
      if (query === 'slow') await held
      if (query === 'bad') throw new Problem('limit', 'too many samples')
    }
    const quick = Array.from({ length: 20 }, () => `/query_range?query=quick&${RANGE}`)
    const response = await ask([`/query?query=slow`, ...quick, '/query?query=bad'])
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (text.split('\n').length < 22) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('too many samples')
    expect(text).not.toContain('{"at":0,')
    release()
    text += (await reader?.read())?.value ?? ''
    expect(text).toContain('{"at":0,"status":200,')
    expect(mostAtOnce).toBe(4)
  })

  it('end when the client goes away', async () => {
    const abort = new AbortController()
    const started: PromqlRequest[] = []
    let onAborted = (): void => undefined
    const aborted = new Promise<void>((resolve) => {
      onAborted = resolve
    })
    evaluate = (request) =>
      new Promise((_resolve, reject) => {
        started.push(request)
        request.signal?.addEventListener('abort', () => {
          onAborted()
          reject(new Problem('canceled', 'gone'))
        })
        if (started.length === 4) abort.abort()
      })
    const requests = Array.from({ length: 12 }, () => '/query?query=up')
    const response = ask(requests, { signal: abort.signal })
    await expect(response.then((one) => one.text())).rejects.toThrow('aborted')
    await aborted
    expect(started).toHaveLength(4)
  })

  it('are bounded, and of the kinds that are named', async () => {
    for (const [requests, said] of [
      [[], '1 to 100'],
      [Array.from({ length: 101 }, () => '/query?query=up'), '1 to 100'],
      [['/admin/tsdb/snapshot'], '/query, /query_range, /query_exemplars'],
      ['/query', 'a list of texts'],
    ] as const) {
      const response = await ask(requests)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain(said)
    }
    const form = await ask([], { headers: { 'content-type': 'text/plain' } })
    expect(form.status).toBe(415)
  })

  it('are traces of their own', async () => {
    traces.take()
    const before = traces.slow.length
    await linesOf(await ask(['/query?query=up', `/query_range?query=down&${RANGE}`]))
    expect(
      traces.slow.slice(before).map(({ query, request, asker }) => ({ query, request, asker })),
    ).toEqual([
      { query: 'up', request: 'ui POST /api/v1/query', asker: 'anonymous' },
      { query: 'down', request: 'ui POST /api/v1/query_range', asker: 'anonymous' },
    ])
  })
})
