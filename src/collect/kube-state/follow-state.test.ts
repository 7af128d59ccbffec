import { afterEach, beforeEach, expect, test } from 'vitest'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { FakeApi } from '../kubernetes/testing/fake-api.ts'
import { createClusterApi, type ClusterApi } from './cluster-api.ts'
import { StateFollower, type FollowStateOptions } from './follow-state.ts'

const SOON = { timeout: 15_000 }
const QUICK = { leastWaitMs: 5, mostWaitMs: 20, watchMs: 60_000 }

let fake: FakeApi
let api: ClusterApi
let follower: StateFollower | undefined
let faults: string[]

beforeEach(async () => {
  fake = await FakeApi.start()
  const reach = { apiServer: fake.url, kubeconfigFile: undefined, http: PLAIN_HTTP_CLIENT }
  api = createClusterApi(reach, {})
  faults = []
})

afterEach(async () => {
  await follower?.stop()
  await api.close()
  await fake.stop()
})

function follow(
  resources: readonly string[],
  more: Partial<FollowStateOptions> = {},
  deny: readonly string[] = [],
): () => Promise<string> {
  const running = new StateFollower({
    ...{ api, namespaces: [], pace: QUICK },
    settings: { resources, deny, labels: {}, annotations: {} },
    onFault: (resource, reason) => faults.push(`${resource}: ${reason}`),
    ...more,
  })
  follower = running
  return async () => Buffer.from((await running.page(AbortSignal.timeout(10_000))).bytes).toString()
}

const named = (name: string, namespace = 'shop') => ({ metadata: { name, namespace, uid: name } })

test('the first page has what was there, the next what changed', async () => {
  fake.put('/api/v1/pods', named('a'))
  const page = follow(['pods'])
  expect(await page()).toContain('kube_pod_info{namespace="shop",pod="a",uid="a"')
  fake.put('/api/v1/pods', named('b'))
  fake.remove('/api/v1/pods', 'shop', 'a')
  await expect.poll(page, SOON).not.toContain('pod="a"')
  expect(await page()).toContain('pod="b"')
  expect(await page()).toContain(
    'kube_state_metrics_list_total{resource="pods",result="success"} 1',
  )
})

test('of secrets the metadata alone is asked for', async () => {
  fake.put('/api/v1/secrets', { ...named('s'), data: { password: 'aHVudGVyMg==' } })
  const page = await follow(['secrets', 'pods'])()
  expect(page).toContain('kube_secret_info{namespace="shop",secret="s"} 1')
  expect(page).not.toContain('aHVudGVyMg')
  const accepted = new Map(fake.requests.map(({ path, accept }) => [path, accept]))
  expect(accepted.get('/api/v1/secrets')).toContain('PartialObjectMetadataList')
  expect(accepted.get('/api/v1/pods')).toBe('application/json')
})

test('namespaces restrict what is in one, and what is left out whole is not asked for', async () => {
  fake.put('/api/v1/pods', named('a', 'shop'))
  fake.put('/api/v1/pods', named('b', 'other'))
  const page = follow(['pods', 'nodes', 'services'], { namespaces: ['shop'] }, ['kube_service_*'])
  expect(await page()).toContain('pod="a"')
  expect(await page()).not.toContain('pod="b"')
  expect([...new Set(fake.requests.map(({ path }) => path))].sort()).toEqual([
    '/api/v1/namespaces/shop/pods',
    '/api/v1/nodes',
  ])
})

test('what may not be listed is said once, and the rest goes on', async () => {
  fake.put('/api/v1/pods', named('a'))
  fake.refuse('/api/v1/nodes', 403, 'nodes is forbidden')
  const page = follow(['pods', 'nodes'])
  expect(await page()).toContain('pod="a"')
  await expect.poll(page, SOON).toMatch(/resource="nodes",result="error"\} [3-9]/)
  expect(faults).toEqual(['nodes: the API server answers 403 to /api/v1/nodes: nodes is forbidden'])
})
