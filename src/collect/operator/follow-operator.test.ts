import { afterEach, beforeEach, expect, test } from 'vitest'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { createClusterApi, type ClusterApi } from '../kube-state/cluster-api.ts'
import { FakeApi } from '../kubernetes/testing/fake-api.ts'
import { OperatorFollower, type OperatorItem } from './follow-operator.ts'
import { OPERATOR_KINDS } from './operator-object.ts'

const SOON = { timeout: 15_000 }
const QUICK = { leastWaitMs: 5, mostWaitMs: 20, watchMs: 60_000 }
const MONITORS = '/apis/monitoring.coreos.com/v1/servicemonitors'
const SECRETS = '/api/v1/secrets'

let fake: FakeApi
let api: ClusterApi
let follower: OperatorFollower | undefined
let items: readonly OperatorItem[] | undefined
let faults: string[]

beforeEach(async () => {
  fake = await FakeApi.start()
  const reach = { apiServer: fake.url, kubeconfigFile: undefined, http: PLAIN_HTTP_CLIENT }
  api = createClusterApi(reach, {})
  items = undefined
  faults = []
})

afterEach(async () => {
  await follower?.stop()
  await api.close()
  await fake.stop()
})

function follow(selector = ''): void {
  follower = new OperatorFollower({
    ...{ api, namespaces: [], pace: QUICK, lingerMs: 5, secretsMs: 50 },
    settings: {
      kinds: OPERATOR_KINDS.map(({ kind }) => kind),
      ...{ namespaces: [], selector, serviceRole: 'endpoints', deniesFiles: false },
    },
    onItems: (all) => {
      items = all
      return Promise.resolve()
    },
    onFault: (resource, _, isMissing) => faults.push(`${resource} ${isMissing}`),
  })
}

const monitor = (name: string) => ({
  metadata: { name, namespace: 'shop', labels: { team: name } },
  spec: {
    endpoints: [{ port: 'http', authorization: { credentials: { name: 'token', key: 't' } } }],
  },
})

const shown = (): string => JSON.stringify(items ?? [])

test('objects and the secrets that they name are followed', async () => {
  fake.put(MONITORS, monitor('web'))
  follow()
  await expect.poll(shown, SOON).toContain('the key t of the secret shop/token is not there')
  fake.put(SECRETS, { metadata: { name: 'token', namespace: 'shop' }, data: { t: btoa('first') } })
  await expect.poll(shown, SOON).toContain('"credentials":"first"')
  fake.put(SECRETS, { metadata: { name: 'token', namespace: 'shop' }, data: { t: btoa('next') } })
  await expect.poll(shown, SOON).toContain('"credentials":"next"')
  fake.remove(MONITORS, 'shop', 'web')
  await expect.poll(shown, SOON).toBe('[]')
  expect(fake.requests.filter(({ path }) => path === SECRETS)).toEqual([])
})

test('a selector restricts them', async () => {
  fake.put(MONITORS, monitor('web'))
  fake.put(MONITORS, monitor('db'))
  follow('team=db')
  await expect.poll(() => items?.map(({ object }) => object.name), SOON).toEqual(['db'])
})

test('a cluster without the kinds is told of once for each', async () => {
  for (const { resource, version } of OPERATOR_KINDS)
    fake.refuse(`/apis/monitoring.coreos.com/${version}/${resource}`, 404, 'not found')
  follow()
  await expect.poll(() => faults.length, SOON).toBe(6)
  expect(faults).toContain('servicemonitors true')
})
