import { afterEach, beforeEach, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import type { LineDeletionRequest } from '../../store/metadata/line-deletions.ts'
import type { Listener } from '../listener.ts'
import { createLokiListener } from '../loki.ts'
import { createFakeLoki, FakeLines, NOW_MS } from './testing/fake-loki.ts'

const NOW_S = NOW_MS / 1000

let listener: Listener
let url = ''
let isEnabled = true
let kept: LineDeletionRequest[] = []
let cancelled: [string, boolean, string][] = []

beforeEach(async () => {
  isEnabled = true
  kept = []
  cancelled = []
  const doors = createFakeLoki(new FakeLines())
  const requests: typeof doors.deletions.requests = {
    add: (request) => {
      const id = `0000000${kept.length}`
      kept.push({ ...request, id, createdMs: NOW_MS, processedMs: undefined, lines: 0 })
      return Promise.resolve(id)
    },
    list: () => Promise.resolve(kept),
    cancel: (id, force, show) => {
      if (id === '') {
        const message = 'could not find delete request with given id'
        return Promise.reject(new Problem('not_found', message))
      }
      cancelled.push([id, force, show(86_400_000)])
      return Promise.resolve()
    },
  }
  listener = createLokiListener(
    { ...doors, deletions: { requests, isEnabled: () => isEnabled } },
    { address: { host: '127.0.0.1', port: 0 }, access: {} },
  )
  url = `http://127.0.0.1:${await listener.listen()}`
})
afterEach(() => listener.close())

async function ask(
  method: string,
  params: Record<string, string>,
  path = '/loki/api/v1/delete',
): Promise<[number, string, string | null]> {
  const search = new URLSearchParams(params).toString()
  const answer = await fetch(`${url}${path}?${search}`, { method })
  return [answer.status, await answer.text(), answer.headers.get('x-delete-request-id')]
}

it('asks for lines to be deleted, by both methods and on both paths', async () => {
  const params = { query: '{app="web"} |= "x"', start: String(NOW_S - 60), end: String(NOW_S) }
  expect(await ask('POST', params)).toEqual([204, '', '00000000'])
  expect(await ask('PUT', { query: '{app="db"}', start: '2026-05-10T11:00:00.5Z' })).toEqual([
    ...[204, '', '00000001'],
  ])
  const [status] = await ask('POST', { ...params, max_interval: '30s' }, '/loki/api/admin/delete')
  expect(status).toBe(204)
  expect(kept.map(({ startMs, endMs, createdBy }) => [startMs, endMs, createdBy])).toEqual([
    [NOW_MS - 60_000, NOW_MS, 'loopback'],
    [NOW_MS - 3_599_500, NOW_MS, 'loopback'],
    [NOW_MS - 60_000, NOW_MS, 'loopback'],
  ])
})

it('lists what was asked for', async () => {
  expect((await ask('GET', {}))[1]).toBe('[]\n')
  await ask('POST', { query: '{app="web"}', start: String(NOW_S - 60), end: String(NOW_S - 30) })
  kept = kept.map((request) => ({ ...request, processedMs: NOW_MS }))
  await ask('POST', { query: '{app="db"}', start: String(NOW_S - 10) })
  const [, text] = await ask('GET', {})
  expect(JSON.parse(text)).toEqual([
    {
      request_id: '00000000',
      start_time: NOW_S - 60,
      end_time: NOW_S - 30,
      query: '{app="web"}',
      status: 'processed',
      created_at: NOW_S,
      user_id: '',
    },
    expect.objectContaining({ request_id: '00000001', status: 'received' }),
  ])
  const bound = await ask('GET', { start: String(NOW_S - 20), end: String(NOW_S) })
  expect(JSON.parse(bound[1])).toMatchObject([{ request_id: '00000001' }])
})

it('cancels', async () => {
  expect(await ask('DELETE', { request_id: 'a' })).toEqual([204, '', null])
  expect(await ask('DELETE', { request_id: 'b', force: 'true' })).toEqual([204, '', null])
  expect(cancelled).toEqual([
    ['a', false, '24h0m0s'],
    ['b', true, '24h0m0s'],
  ])
  expect(await ask('DELETE', {})).toEqual([
    ...[404, 'could not find delete request with given id\n', null],
  ])
})

it.each([
  [{}, 'query not set'],
  [{ query: '{app="web"' }, 'invalid query expression'],
  [{ query: 'rate({app="web"}[1m])' }, 'invalid query expression'],
  [{ query: '{app="web"}' }, 'start time not set'],
  [
    { query: '{app="web"}', start: '1' },
    'invalid start time: require unix seconds or RFC3339 format',
  ],
  [
    { query: '{app="web"}', start: '1000000000', end: 'x' },
    'invalid end time: require unix seconds or RFC3339 format',
  ],
  [
    { query: '{app="web"}', start: '1000000000', end: '4000000000' },
    'deletes in the future are not allowed',
  ],
  [
    { query: '{app="web"}', start: '1700000000', end: '1700000000' },
    "start time can't be greater than or equal to end time",
  ],
  [
    { query: '{app="web"} |= "x"', start: '1700000000', max_interval: '1x' },
    "invalid max_interval: valid time units are 's', 'm', 'h'",
  ],
  [
    { query: '{app="web"} |= "x"', start: '1700000000', max_interval: '25h' },
    "max_interval can't be greater than 24h0m0s",
  ],
  [
    { query: '{app="web"} |= "x"', start: '1700000000', end: '1700000060', max_interval: '2m' },
    "max_interval can't be greater than the interval to be deleted (1m0s)",
  ],
])('refuses %j in Loki’s words', async (params, message) => {
  expect(await ask('POST', { ...params })).toEqual([400, `${message}\n`, null])
})

it('is not there where it is switched off', async () => {
  isEnabled = false
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    expect((await ask(method, {})).slice(0, 2)).toEqual([
      403,
      'deletion is not available for this tenant\n',
    ])
  }
})
