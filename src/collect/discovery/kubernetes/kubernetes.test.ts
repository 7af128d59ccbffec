import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { objectOf, type JsonObject } from '../json-value.ts'
import { FakeApi } from '../../kubernetes/testing/fake-api.ts'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../../outbound/testing/certificates.ts'
import { ClusterKit, shown, SOON, type Found } from './testing/cluster-kit.ts'
import { changed, COLLECTION, fillCluster, NODE, POD } from './testing/cluster-objects.ts'

let kit: ClusterKit

beforeEach(async () => {
  kit = await ClusterKit.start()
})

afterEach(() => kit.end())

const addresses = (found: Found): string[] =>
  shown(found)
    .map((target) => target['__address__'] ?? '')
    .sort()

describe('other objects', () => {
  it('add what attach_metadata asks for', async () => {
    const [target] = await kit.targetsOf(
      'role: pod, attach_metadata: {node: true, namespace: true, deployment: true}',
    )
    expect(target).toMatchObject({
      node_name: 'worker-1',
      node_label_kubernetes_io_arch: 'amd64',
      namespace_label_team: 'checkout',
      namespace_annotationpresent_owner_io_mail: 'true',
      pod_deployment_name: 'web',
    })
    const [behind] = await kit.targetsOf('role: endpoints, attach_metadata: {node: true}')
    expect(behind).toMatchObject({ node_label_topology_kubernetes_io_zone: 'eu-1a' })
  })

  it('that change bring targets with them, and only theirs', async () => {
    const found = kit.discover('role: endpoints, attach_metadata: {node: true, namespace: true}')
    await expect.poll(() => found.updates, SOON).toBe(1)
    const zone = { ...objectOf(NODE['metadata']), labels: { zone: 'b' } }
    kit.fake.put(COLLECTION.nodes, { ...NODE, metadata: zone })
    await expect.poll(() => shown(found)[0]?.['node_label_zone'], SOON).toBe('b')
    kit.fake.put(COLLECTION.pods, changed(POD, 'status', { phase: 'Failed' }))
    await expect.poll(() => shown(found)[0]?.['pod_phase'], SOON).toBe('Failed')
    kit.fake.remove(COLLECTION.services, 'shop', 'web')
    await expect.poll(() => shown(found)[0]?.['service_name'], SOON).toBeUndefined()
    kit.fake.remove(COLLECTION.endpoints, 'shop', 'web')
    await expect.poll(() => shown(found), SOON).toEqual([])
  })

  it('that change in what nobody reads bring nothing', async () => {
    const found = kit.discover('role: pod')
    await expect.poll(() => found.updates, SOON).toBe(1)
    kit.fake.put(COLLECTION.pods, { ...POD, spec: { ...objectOf(POD['spec']), priority: 3 } })
    kit.fake.put(COLLECTION.pods, changed(POD, 'status', { podIP: '10.244.1.8' }))
    await expect.poll(() => addresses(found)[0], SOON).toBe('10.244.1.8')
    expect(found.updates).toBe(2)
  })
})

describe('what is looked at', () => {
  const other: JsonObject = changed(POD, 'metadata', { namespace: 'other', labels: { app: 'db' } })

  it('may be some namespaces, and what selectors choose', async () => {
    kit.fake.put(COLLECTION.pods, other)
    expect(new Set((await kit.targetsOf('role: pod')).map((each) => each['namespace']))).toEqual(
      new Set(['shop', 'other']),
    )
    const some = await kit.targetsOf('role: pod, namespaces: {names: [other, none, other]}')
    expect(new Set(some.map((each) => each['namespace']))).toEqual(new Set(['other']))
    const chosen =
      'role: pod, selectors: [{role: pod, label: app=db, field: spec.nodeName=worker-1}]'
    expect(new Set((await kit.targetsOf(chosen)).map((each) => each['namespace']))).toEqual(
      new Set(['other']),
    )
  })

  it('leaves out pods on nodes that no selector chooses', async () => {
    const keys = 'role: pod, attach_metadata: {node: true}, selectors: [{role: node, label: x=y}]'
    expect(await kit.targetsOf(keys)).toEqual([])
  })

  it('is watched once by jobs with equal settings', async () => {
    const first = kit.discover('role: pod')
    const second = kit.discover('role: pod')
    const behind = kit.discover('role: endpoints')
    const founds = [first, second, behind]
    await expect.poll(() => founds.every(({ updates }) => updates > 0), SOON).toBe(true)
    const listed = kit.fake.requests.filter(({ query }) => !('watch' in query))
    expect(listed.filter((request) => request.path === COLLECTION.pods)).toHaveLength(1)
    await expect.poll(() => kit.fake.watchCount, SOON).toBe(3)
    kit.running.shift()?.stop()
    kit.fake.put(COLLECTION.pods, changed(POD, 'status', { podIP: '10.244.1.8' }))
    await expect.poll(() => addresses(second)[0], SOON).toBe('10.244.1.8')
    for (const discovery of kit.running.splice(0)) discovery.stop()
    await expect.poll(() => kit.fake.watchCount, SOON).toBe(0)
  })

  it('goes on after the server was away, and finds what changed meanwhile', async () => {
    const found = kit.discover('role: pod, namespaces: {names: [shop]}')
    await expect.poll(() => found.updates, SOON).toBe(1)
    kit.fake.refuse(COLLECTION.pods, 503, 'etcd is away')
    kit.fake.disconnect()
    await expect.poll(() => kit.said.length, SOON).toBe(1)
    expect(addresses(found)).toHaveLength(4)
    kit.fake.put(COLLECTION.pods, changed(POD, 'status', { podIP: '10.244.1.8' }))
    kit.fake.expire()
    kit.fake.refuse(COLLECTION.pods, undefined)
    await expect.poll(() => addresses(found)[0], SOON).toBe('10.244.1.8')
  })
})

describe('access', () => {
  it('that is denied is kit.said once, and counted', async () => {
    const reason = 'pods is forbidden: User "system:serviceaccount:m:v" cannot list resource "pods"'
    kit.fake.refuse(COLLECTION.pods, 403, reason)
    const found = kit.discover('role: pod')
    const failures = (): number => kit.metric('prometheus_sd_kubernetes_failures_total')
    await expect.poll(failures, SOON).toBeGreaterThan(3)
    expect(kit.said).toHaveLength(1)
    expect(kit.said[0]).toContain('objects=pods')
    expect(kit.said[0]).toContain('pods is forbidden')
    expect(found.updates).toBe(0)
  })

  it('is that of the service account in a pod', async () => {
    kit.fake.token = 'mounted'
    writeFileSync(path.join(kit.folder, 'namespace'), 'shop\n')
    kit.discover('role: pod, namespaces: {own_namespace: true}', '')
    // It is no pod: the address is not in the environment.
    await expect.poll(() => kit.said.join(), SOON).toContain('this is no pod of a cluster')
  })

  it('is over TLS by the CA and the token that are mounted', async () => {
    if (!hasOpenssl()) return
    const authority = createAuthority(kit.folder, 'ca')
    const files = createCertificate(kit.folder, 'api', authority, 'IP:127.0.0.1')
    const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
    const secure = await FakeApi.start({ token: 'mounted', tls })
    fillCluster(secure)
    const ca = readFileSync(authority.cert)
    const account = { token: 'mounted\n', namespace: 'shop', 'ca.crt': ca }
    for (const [name, text] of Object.entries(account)) {
      writeFileSync(path.join(kit.folder, name), text)
    }
    kit.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1'
    kit.env['KUBERNETES_SERVICE_PORT'] = new URL(secure.url).port
    const found = kit.discover('role: pod, namespaces: {own_namespace: true}', '')
    await expect.poll(() => addresses(found), SOON).toHaveLength(4)
    expect(secure.requests[0]?.path).toBe('/api/v1/namespaces/shop/pods')
    await secure.stop()
  })

  it('by a program of a kubeconfig is refused, once and by name', async () => {
    writeFileSync(
      path.join(kit.folder, 'config'),
      '{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], clusters: [{name: k, cluster: {server: "http://127.0.0.1:1"}}], users: [{name: u, user: {exec: {command: aws}}}]}',
    )
    kit.discover('role: node', 'kubeconfig_file: config, ')
    await expect
      .poll(() => kit.metric('prometheus_sd_kubernetes_failures_total'), SOON)
      .toBeGreaterThan(2)
    expect(kit.said).toHaveLength(1)
    expect(kit.said[0]).toContain('exec: programs and plugins that log in are not run')
  })

  it('is that of a kubeconfig', async () => {
    kit.fake.token = 'from-file'
    writeFileSync(
      path.join(kit.folder, 'config'),
      `{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], clusters: [{name: k, cluster: {server: "${kit.fake.url}"}}], users: [{name: u, user: {token: from-file}}]}`,
    )
    const found = kit.discover('role: node', 'kubeconfig_file: config, ')
    await expect.poll(() => addresses(found), SOON).toEqual(['172.18.0.3:10250'])
    expect(
      kit.fake.requests.every(({ authorization }) => authorization === 'Bearer from-file'),
    ).toBe(true)
  })

  it('counts what is taken by role and event', async () => {
    const found = kit.discover('role: pod')
    await expect.poll(() => found.updates, SOON).toBe(1)
    kit.fake.put(COLLECTION.pods, changed(POD, 'status', { podIP: '10.244.1.8' }))
    kit.fake.remove(COLLECTION.pods, 'shop', 'web-5d4f8c7b9-x2x4z')
    await expect.poll(() => addresses(found), SOON).toEqual([])
    const events = kit.registry
      .families()
      .find(({ name }) => name === 'prometheus_sd_kubernetes_events_total')
    expect(
      events?.metrics
        .filter(({ labels }) => labels.includes('pod'))
        .map(({ labels, value }) => [...labels, value]),
    ).toEqual([
      ['role', 'pod', 'event', 'add', 1],
      ['role', 'pod', 'event', 'update', 1],
      ['role', 'pod', 'event', 'delete', 1],
    ])
  })
})
