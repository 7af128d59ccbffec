import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Listener } from '../listener.ts'
import { createLokiListener } from '../loki.ts'
import { createFakeLoki, FakeLines, NOW_MS } from './testing/fake-loki.ts'

let listener: Listener
let url = ''

beforeEach(async () => {
  listener = createLokiListener(createFakeLoki(new FakeLines()), {
    address: { host: '127.0.0.1', port: 0 },
    access: {},
  })
  url = `http://127.0.0.1:${await listener.listen()}/loki/api/v1/`
  const at = (age: number): string => String(BigInt(NOW_MS) * 1_000_000n - BigInt(age))
  const values = [
    [at(3), '{"level":"info","user":{"id":7}}', { trace: 'a1' }],
    [at(2), '{"level":"warn","user":{"id":8}}'],
    [at(1), 'level=error status=500'],
  ]
  await fetch(`${url}push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app: 'web' }, values }] }),
  })
})
afterEach(() => listener.close())

async function get(path: string, params: Record<string, string>): Promise<[number, unknown]> {
  const answer = await fetch(`${url}${path}?${new URLSearchParams(params).toString()}`)
  const text = await answer.text()
  return [answer.status, answer.ok ? JSON.parse(text) : text]
}

it('tells the fields of the newest lines', async () => {
  expect(await get('detected_fields', { query: '{app="web"}' })).toEqual([
    200,
    {
      fields: [
        {
          label: 'level',
          type: 'string',
          cardinality: 3,
          parsers: ['logfmt', 'json'],
          jsonPath: ['level'],
        },
        { label: 'status', type: 'int', cardinality: 1, parsers: ['logfmt'] },
        {
          label: 'user_id',
          type: 'int',
          cardinality: 2,
          parsers: ['json'],
          jsonPath: ['user', 'id'],
        },
        { label: 'trace', type: 'string', cardinality: 1, parsers: null },
      ],
      limit: 1000,
    },
  ])
  expect(
    await get('detected_fields', { query: '{app="web"}', line_limit: '1', limit: '1' }),
  ).toEqual([
    200,
    {
      fields: [{ label: 'level', type: 'string', cardinality: 1, parsers: ['logfmt'] }],
      limit: 1,
    },
  ])
  expect(await get('detected_fields', { query: '{app="db"}' })).toEqual([200, {}])
})

it('tells the values of one', async () => {
  expect(await get('detected_field/level/values', { query: '{app="web"}' })).toEqual([
    200,
    { limit: 1000, values: ['error', 'warn', 'info'] },
  ])
  expect(await get('detected_field/none/values', { query: '{app="web"}' })).toEqual([200, {}])
})

it.each([
  [{ query: 'rate({app="web"}[1m])' }, 'only log selector is supported'],
  [{ query: '{app="web"' }, 'parse error'],
  [{ query: '{app="web"}', line_limit: '0' }, 'limit must be a positive value'],
  [{ query: '{app="web"}', line_limit: '5001' }, 'max entries limit per query exceeded'],
  [{ query: '{app="web"}', limit: 'x' }, 'strconv.Atoi'],
  [{ query: '{app="web"}', start: '2', end: '1' }, 'end timestamp must not be before'],
])('refuses %j', async (params, message) => {
  const [status, text] = await get('detected_fields', params)
  expect(status).toBe(400)
  expect(text).toContain(message)
})
