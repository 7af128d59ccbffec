import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { COLLECTION } from '../../src/collect/discovery/kubernetes/testing/cluster-objects.ts'
import { FakeApi } from '../../src/collect/kubernetes/testing/fake-api.ts'
import { SOON, TailKit } from '../../src/collect/tail/testing/tail-kit.ts'
import { textAt } from './json.ts'
import { deploy, find } from './read-manifests.ts'

const NODE = env['HOSTNAME'] ?? hostname()

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

interface PodText {
  readonly name: string
  readonly node?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** In the name of the folder. */
  readonly id?: string
  readonly lines: readonly string[]
}

/** A pod of one container, and what that has written as containerd notes it. */
function run({ name, node = NODE, labels = {}, annotations = {}, id, lines }: PodText): void {
  const uid = `uid-of-${name}`
  fake.put(COLLECTION.pods, {
    metadata: { name, namespace: 'shop', uid, labels, annotations },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'shop/web:1.4' }] },
    status: { phase: 'Running', podIP: '10.0.0.1', conditions: [] },
  })
  const folder = kit.at(path.join('pods', `shop_${name}_${id ?? uid}`, 'main'))
  mkdirSync(folder, { recursive: true })
  const stamp = new Date().toISOString()
  const text = lines.map((line) => `${stamp} stdout F ${line}\n`).join('')
  writeFileSync(path.join(folder, '0.log'), text)
}

it('agents read the logs of the pods of their node, by the file that is made for them', async () => {
  run({
    name: 'web',
    labels: { app: 'frontend' },
    lines: ['"GET /healthz HTTP/1.1" 200', '{"level":"error","msg":"no stock"}'],
  })
  run({
    name: 'etcd-n1',
    annotations: { 'kubernetes.io/config.hash': 'abcdef' },
    id: 'abcdef',
    lines: ['compacted'],
  })
  run({ name: 'other', node: 'another', lines: ['of another node'] })
  const said = 'CLUSTER_NAME=c1\nENV_NAME=dev\nTEAM=web\n'
  const text = textAt(find(deploy(said), 'ConfigMap vedette-agent'), 'data', 'promtail.yml')
  const inPod = text
    .replaceAll('${NODE_NAME}', NODE)
    .replace('- role: pod\n', `- role: pod\n    api_server: ${fake.url}\n`)
    .replaceAll('/var/log/pods/', 'FOLDER/pods/')
  await kit.start(inPod)
  const byText = (): Record<string, unknown> =>
    Object.fromEntries(kit.store.lines.map(({ line, labels }) => [line, labels]))
  const common = { namespace: 'shop', container: 'main', node_name: NODE }
  const named = { cluster: 'c1', environment: 'dev', team: 'web' }
  await expect.poll(byText, SOON).toMatchObject({
    '{"level":"error","msg":"no stock"}': {
      ...{ ...common, ...named, pod: 'web', app: 'frontend' },
      level: 'error',
    },
    compacted: { ...common, ...named, pod: 'etcd-n1', app: 'etcd-n1' },
  })
  expect(Object.keys(byText())).toHaveLength(2)
})
