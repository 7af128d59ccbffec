import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogBatch } from '../../model/lines.ts'
import { lineStart } from '../../model/lines.ts'
import { Problem } from '../../model/problem.ts'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import type { JsonObject } from '../discovery/json-value.ts'
import { createKubernetesApi, type KubernetesApi } from '../kubernetes/api-client.ts'
import { FakeApi } from '../kubernetes/testing/fake-api.ts'
import { EventCursor } from './event-cursor.ts'
import { readEventLine } from './event-line.ts'
import { EventFollower } from './follow-events.ts'

const EVENTS = '/api/v1/events'
const SOON = { timeout: 15_000 }
const QUICK = { leastWaitMs: 5, mostWaitMs: 20, watchMs: 60_000 }

let fake: FakeApi
let api: KubernetesApi
let folder: string
let follower: EventFollower | undefined
let lines: string[]
let isStoreAway: boolean

beforeEach(async () => {
  fake = await FakeApi.start()
  const access = { server: fake.url, http: PLAIN_HTTP_CLIENT, namespace: undefined }
  api = createKubernetesApi({ access })
  folder = await mkdtemp(path.join(tmpdir(), 'events-'))
  lines = []
  isStoreAway = false
})

afterEach(async () => {
  await follower?.stop()
  await api.close()
  await fake.stop()
  await rm(folder, { recursive: true, force: true })
})

async function follow(): Promise<void> {
  const cursor = await EventCursor.open(path.join(folder, 'deep/kubernetes-events.json'))
  follower = new EventFollower({
    ...{ api, path: EVENTS, cursor, pace: QUICK },
    push: (batch) => {
      if (isStoreAway) return Promise.reject(new Problem('unavailable', 'starting'))
      lines.push(...linesOf(batch))
      return Promise.resolve({ kind: 'stored', lines: batch.ends.length })
    },
    onFault: () => undefined,
  })
}

function linesOf(batch: LogBatch): string[] {
  return [...batch.ends].map((end, row) => {
    const labels = batch.streams[batch.streamIndex[row] ?? 0]
    const text = Buffer.from(batch.bytes.subarray(lineStart(batch, row), end)).toString()
    const level = batch.metadata[batch.metadataIndex[row] ?? 0]?.get('detected_level')
    return `${labels?.get('namespace')} ${level} ${text}`
  })
}

function event(name: string, count: number, more: JsonObject = {}): JsonObject {
  return {
    metadata: { name, namespace: 'shop', uid: name },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', apiVersion: 'v1' },
    ...{ reason: 'BackOff', type: 'Warning', count, message: 'Back-off restarting "app"' },
    source: { component: 'kubelet', host: 'n1' },
    lastTimestamp: '2026-03-01T10:00:00Z',
    ...more,
  }
}

test('events are lines, each once, also after a restart', async () => {
  fake.put(EVENTS, event('a', 1))
  await follow()
  await expect.poll(() => lines.length, SOON).toBe(1)
  expect(lines[0]).toBe(
    'shop warn name=web-1 kind=Pod objectAPIversion=v1 eventRV=1001 sourcecomponent=kubelet sourcehost=n1 reason=BackOff type=Warning count=1 msg="Back-off restarting \\"app\\""',
  )
  fake.put(EVENTS, event('a', 2))
  fake.put(EVENTS, event('b', 1, { type: 'Normal' }))
  await expect.poll(() => lines.length, SOON).toBe(3)
  fake.expire()
  fake.endWatches()
  await expect.poll(() => fake.requests.filter(({ query }) => !query['watch']).length, SOON).toBe(2)
  await follower?.stop()
  fake.put(EVENTS, event('c', 1))
  await follow()
  await expect.poll(() => lines.length, SOON).toBe(4)
  expect(lines.map((line) => /count=\d|eventRV=\d+/.exec(line)?.[0])).toEqual([
    ...['eventRV=1001', 'eventRV=1002', 'eventRV=1003', 'eventRV=1005'],
  ])
})

test('what the store does not take is offered again, in order', async () => {
  isStoreAway = true
  await follow()
  fake.put(EVENTS, event('a', 1))
  fake.put(EVENTS, event('b', 1))
  await expect.poll(() => fake.watchCount, SOON).toBe(1)
  isStoreAway = false
  await expect.poll(() => lines.length, SOON).toBe(2)
  expect(lines[0]).toContain('eventRV=1001')
})

test('events of another cluster, which counts from the beginning, are told by their time', async () => {
  const file = path.join(folder, 'cursor.json')
  const cursor = await EventCursor.open(file)
  const line = (version: number, timestampMs: number) => ({
    ...{ version, timestampMs, namespace: '', isWarning: false, text: '' },
  })
  await cursor.advance(EVENTS, [line(5000, 100)])
  const again = await EventCursor.open(file)
  expect(again.fresh(EVENTS, [line(4999, 99), line(5001, 90)])).toEqual([line(5001, 90)])
  expect(again.fresh(EVENTS, [line(7, 200), line(6, 50)])).toEqual([line(7, 200)])
})

test('what is no event is none', () => {
  expect(readEventLine({})).toBeUndefined()
  expect(readEventLine({ metadata: { name: 'a' }, lastTimestamp: 'soon' })).toBeUndefined()
  const late = { eventTime: '2026-03-01T10:00:00.123456Z', series: { count: 3 } }
  expect(readEventLine(event('a', 1, { lastTimestamp: null, ...late }))).toMatchObject({
    timestampMs: Date.parse('2026-03-01T10:00:00.123Z'),
  })
})
