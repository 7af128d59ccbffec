import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { objectOf, type JsonObject } from '../discovery/json-value.ts'
import { COLLECTION, POD } from '../discovery/kubernetes/testing/cluster-objects.ts'
import { FakeApi } from '../kubernetes/testing/fake-api.ts'
import { SOON, TailKit } from './testing/tail-kit.ts'

let kit: TailKit
let fake: FakeApi

beforeEach(async () => {
  kit = new TailKit()
  fake = await FakeApi.start()
})

afterEach(async () => {
  await kit.end()
  await fake.stop()
})

/** A pod of one container on a node, and what the container has written there. */
function run(name: string, node: string, ...lines: string[]): void {
  const spec = { nodeName: node, containers: [{ name: 'web', image: 'shop/web:1.4' }] }
  const metadata = { ...objectOf(POD['metadata']), name, uid: `uid-of-${name}` }
  const pod: JsonObject = { ...POD, metadata, spec }
  fake.put(COLLECTION.pods, pod)
  const folder = kit.at(path.join('pods', `shop_${name}_uid-of-${name}`, 'web'))
  mkdirSync(folder, { recursive: true })
  const stamp = new Date().toISOString()
  writeFileSync(
    path.join(folder, '0.log'),
    lines.map((line) => `${stamp} stdout F ${line}\n`).join(''),
  )
}

it('the logs of the pods of this node are read, with the labels of their pods', async () => {
  const here = env['HOSTNAME'] ?? hostname()
  run('one', here, 'of one')
  run('elsewhere', 'other-node', 'of another node')
  await kit.start(`
scrape_configs:
  - job_name: pods
    pipeline_stages: [{cri: {}}]
    kubernetes_sd_configs: [{role: pod, api_server: "${fake.url}"}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_node_name], target_label: __host__}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {action: labelmap, regex: __meta_kubernetes_pod_label_(app)}
      - source_labels: [__meta_kubernetes_pod_uid, __meta_kubernetes_pod_container_name]
        separator: /
        replacement: FOLDER/pods/*$1/*.log
        target_label: __path__
`)
  await expect.poll(() => kit.store.texts, SOON).toEqual(['of one'])
  expect(kit.store.lines[0]?.labels).toMatchObject({ app: 'web', namespace: 'shop', pod: 'one' })
  run('two', here, 'of two')
  fake.remove(COLLECTION.pods, 'shop', 'one')
  await expect.poll(() => kit.store.texts, SOON).toEqual(['of one', 'of two'])
  await expect.poll(() => kit.metric('promtail_files_active_total'), SOON).toBe(1)
})
