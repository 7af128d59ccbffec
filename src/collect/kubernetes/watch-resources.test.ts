import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { objectOf, textOf, type JsonObject } from '../discovery/json-value.ts'
import { createKubernetesApi, type KubernetesApi } from './api-client.ts'
import { FakeApi } from './testing/fake-api.ts'
import { watchResources, type ResourceWatch, type WatchOptions } from './watch-resources.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
const SOON = { timeout: 15_000 }
const PODS = '/api/v1/pods'
const QUICK = { leastWaitMs: 5, mostWaitMs: 20, watchMs: 60_000 }

let fake: FakeApi
let api: KubernetesApi
const watches: ResourceWatch<string>[] = []

beforeEach(async () => {
  fake = await FakeApi.start({ pageSize: 2 })
  api = createKubernetesApi({
    access: { server: fake.url, http: PLAIN_HTTP_CLIENT, namespace: undefined },
    maxAnswerBytes: 100_000,
    maxEventBytes: 10_000,
  })
})

afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.stop()))
  await api.close()
  await fake.stop()
})

const pod = (name: string, phase = 'Running', namespace = 'default'): JsonObject => ({
  metadata: { name, namespace, managedFields: [{ much: 'text' }] },
  status: { phase },
})

const phaseOf = (object: JsonObject): string => textOf(objectOf(object['status'])['phase'])

interface Seen {
  readonly watch: ResourceWatch<string>
  readonly snapshots: Record<string, string>[]
  readonly changes: string[]
  readonly faults: string[]
  readonly news: string[]
}

function follow(options: Partial<WatchOptions<string>> = {}): Seen {
  const seen: Omit<Seen, 'watch'> = { snapshots: [], changes: [], faults: [], news: [] }
  const watch = watchResources({
    api,
    path: PODS,
    read: phaseOf,
    pace: QUICK,
    onSnapshot: (objects) => seen.snapshots.push(Object.fromEntries(objects)),
    onChange: ({ type, key, object, previous = '' }) =>
      seen.changes.push(`${type} ${key} ${previous}>${object}`),
    onFault: (fault, isNews) => {
      seen.faults.push(fault.message)
      if (isNews) seen.news.push(fault.message)
    },
    ...options,
  })
  watches.push(watch)
  return { watch, ...seen }
}

const listsOf = (path = PODS) =>
  fake.requests.filter((request) => request.path === path && !('watch' in request.query))
const watchesOf = () => fake.requests.filter(({ query }) => 'watch' in query)

async function settled(): Promise<void> {
  await expect.poll(() => fake.watchCount, SOON).toBe(1)
}

describe('a collection of an API server', () => {
  it('is listed page by page and then watched from there on', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.put(PODS, pod(name))
    const { watch, snapshots, changes, faults } = follow()
    expect(watch.isSynced).toBe(false)
    await settled()
    expect(snapshots).toHaveLength(1)
    expect(Object.keys(snapshots[0] ?? {})).toHaveLength(5)
    expect(listsOf().map(({ query }) => query['continue'])).toEqual([undefined, '1005:2', '1005:4'])
    expect(watchesOf()[0]?.query).toMatchObject({
      resourceVersion: '1005',
      allowWatchBookmarks: 'true',
    })
    fake.put(PODS, pod('f', 'Pending'))
    fake.put(PODS, pod('f', 'Running'))
    fake.remove(PODS, 'default', 'a')
    await expect
      .poll(() => changes, SOON)
      .toEqual([
        'added default/f >Pending',
        'modified default/f Pending>Running',
        'deleted default/a Running>Running',
      ])
    expect([...watch.objects.keys()].sort()).toEqual(
      ['b', 'c', 'd', 'e', 'f'].map((name) => `default/${name}`),
    )
    expect(faults).toEqual([])
  })

  it('is listed in shorter pages where its objects are large', async () => {
    const large = await FakeApi.start()
    const much = 'x'.repeat(20_000)
    for (let i = 0; i < 40; i++) {
      const metadata = { name: `p${i}`, namespace: 'default', annotations: { much } }
      large.put(PODS, { metadata, status: { phase: 'Running' } })
    }
    const access = { server: large.url, http: PLAIN_HTTP_CLIENT, namespace: undefined }
    const own = createKubernetesApi({ access, maxAnswerBytes: 100_000 })
    const { watch, faults } = follow({ api: own })
    await expect.poll(() => watch.objects.size, SOON).toBe(40)
    expect(large.requests.slice(0, 4).map(({ query }) => query['limit'])).toEqual([
      ...['250', '25', '2', '2'],
    ])
    expect(faults).toEqual([])
    await Promise.all(watches.splice(0).map((each) => each.stop()))
    await own.close()
    await large.stop()
  })

  it('may be empty, and restricted to a namespace and to selectors', async () => {
    const path = '/api/v1/namespaces/shop/pods'
    const { snapshots, changes } = follow({
      path,
      labelSelector: 'app=web',
      fieldSelector: 'status.phase=Running',
    })
    await settled()
    expect(snapshots).toEqual([{}])
    const labelled = (name: string, phase: string, namespace: string): JsonObject => ({
      metadata: { name, namespace, labels: { app: 'web' } },
      status: { phase },
    })
    fake.put(PODS, labelled('other', 'Running', 'default'))
    fake.put(PODS, pod('plain', 'Running', 'shop'))
    fake.put(PODS, labelled('web', 'Running', 'shop'))
    fake.put(PODS, labelled('web', 'Failed', 'shop'))
    await expect
      .poll(() => changes, SOON)
      .toEqual(['added shop/web >Running', 'deleted shop/web Running>Failed'])
  })

  it('is taken up where a watch ended, broke off, or a bookmark stood, without another list', async () => {
    const { changes, watch } = follow()
    await settled()
    fake.put(PODS, pod('a'))
    await expect.poll(() => changes.length, SOON).toBe(1)
    fake.endWatches()
    fake.put(PODS, pod('b'))
    await expect.poll(() => changes.length, SOON).toBe(2)
    fake.bookmark()
    fake.disconnect()
    fake.put(PODS, pod('c'))
    await expect.poll(() => watch.objects.size, SOON).toBe(3)
    expect(listsOf()).toHaveLength(1)
  })

  it('is listed again when the version is too old, and what is gone meanwhile is gone', async () => {
    fake.put(PODS, pod('a'))
    fake.put(PODS, pod('b'))
    const { snapshots, faults } = follow()
    await settled()
    fake.remove(PODS, 'default', 'a')
    fake.expire()
    fake.endWatches()
    await expect.poll(() => snapshots.length, SOON).toBe(2)
    expect(snapshots[1]).toEqual({ 'default/b': 'Running' })
    expect(faults).toEqual([])
  })
})

describe('an API server that fails', () => {
  it('by RBAC is said once, in its own words, and found again when it lets in', async () => {
    const reason = 'pods is forbidden: User "system:serviceaccount:default:x" cannot list resource'
    fake.refuse(PODS, 403, reason)
    const { faults, news, watch } = follow()
    await expect.poll(() => faults.length, SOON).toBeGreaterThan(3)
    expect(news).toEqual([`the API server answers 403 to ${PODS}: ${reason}`])
    fake.refuse(PODS, undefined)
    await expect.poll(() => watch.isSynced, SOON).toBe(true)
  })

  it('by being away keeps what was known', async () => {
    fake.put(PODS, pod('a'))
    const { watch, news } = follow()
    await settled()
    fake.refuse(PODS, 503, 'shutting down')
    fake.disconnect()
    await expect.poll(() => news, SOON).toHaveLength(1)
    expect([...watch.objects.keys()]).toEqual(['default/a'])
  })

  it.each([
    ['no JSON', 'oh no\n', 'the answer of the API server is no JSON'],
    ['no event', '{"type":"WHAT"}\n', 'sends events of /api/v1/pods that are none'],
    ['a line without end', `{"type":"${'x'.repeat(20_000)}`, 'sends an object of more than'],
    ['a line too long', `"${'x'.repeat(20_000)}"\n`, 'sends an object of more than'],
  ])('by an event that is %s is listed again', async (_, text, message) => {
    const { news, snapshots } = follow()
    await settled()
    fake.sendRaw(PODS, text)
    await expect.poll(() => snapshots.length, SOON).toBe(2)
    expect(news).toEqual([expect.stringContaining(message)])
  })

  it.each([
    ['no JSON', 'oh no', 'is no JSON'],
    ['no list', '{"items":3}', 'is no list'],
    ['too much', `{"items":["${'x'.repeat(200_000)}"]}`, 'answers with more than'],
    ['pages without end', '{"items":[],"metadata":{"continue":"x"}}', 'does not come to the end'],
  ])('by a list that is %s', async (_, text, message) => {
    fake.answer(PODS, (answer) => answer.end(text))
    const { news, watch } = follow({ bounds: { maxObjects: 1000, maxKeptBytes: 10_000 } })
    await expect.poll(() => news, SOON).toEqual([expect.stringContaining(message)])
    fake.answer(PODS, undefined)
    await expect.poll(() => watch.isSynced, SOON).toBe(true)
  })

  it('by more objects, or larger ones, than are kept', async () => {
    for (const name of ['a', 'b', 'c']) fake.put(PODS, pod(name))
    const many = follow({ bounds: { maxObjects: 2, maxKeptBytes: 10_000 } })
    await expect.poll(() => many.news[0], SOON).toContain('more than 2 objects')
    const large = follow({ bounds: { maxObjects: 9, maxKeptBytes: 30 } })
    await expect.poll(() => large.news[0], SOON).toContain('select fewer')
  })

  it('by being slow is given up', async () => {
    fake.answer(PODS, (answer) => void answer.write('{"items":['))
    const slow = createKubernetesApi({
      access: { server: fake.url, http: PLAIN_HTTP_CLIENT, namespace: undefined },
      timeoutMs: 50,
    })
    const { news } = follow({ api: slow })
    await expect.poll(() => news, SOON).toEqual(['no answer within 0.05 s'])
    await Promise.all(watches.splice(0).map((watch) => watch.stop()))
    await slow.close()
  })
})
