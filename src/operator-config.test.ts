import { afterEach, beforeEach, expect, test } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { documentOf } from './collect/operator/generate-documents.ts'
import type { OperatorItem } from './collect/operator/follow-operator.ts'
import type { OperatorKind } from './collect/operator/operator-object.ts'
import { loadConfig, type VedetteConfig } from './config.ts'
import { readOperatorPart, withOperatorPart, withRoutings } from './operator-config.ts'

const SECRET = 'hunter2-very-secret'
const values = { find: () => ({ text: SECRET }) }

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'operator-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function load(more = ''): VedetteConfig {
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(file, `kubernetes: {api_server: 'http://127.0.0.1:1'}\npromtail: off\n${more}`)
  const loaded = loadConfig({ path: file, flags: {}, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.config
}

function item(kind: OperatorKind, name: string, spec: object): OperatorItem {
  const object = { kind, namespace: 'shop', name, spec: { ...spec } }
  const options = { values, serviceRole: 'endpoints' as const, deniesFiles: false }
  return { object, document: documentOf(object, options) }
}

const rule = (alert: string, expr: string) => ({
  groups: [{ name: 'g', partial_response_strategy: 'warn', rules: [{ alert, expr }] }],
})

test('what is good is used, what is bad is refused by name and shows no secret', async () => {
  const config = load()
  const token = { credentials: { name: 's', key: 'k' } }
  const part = await readOperatorPart(
    [
      item('ServiceMonitor', 'web', { endpoints: [{ port: 'http', authorization: token }] }),
      item('ServiceMonitor', 'slow', { endpoints: [{ interval: 'soon' }] }),
      item('PodMonitor', 'cert', {
        podMetricsEndpoints: [{ tlsConfig: { ca: { secret: { name: 's', key: 'k' } } } }],
      }),
      item('PodMonitor', 'url', {
        podMetricsEndpoints: [{ proxyUrl: { name: 's', key: 'k' } }],
      }),
      item('PrometheusRule', 'good', rule('ShopDown', 'up == 0')),
      item('PrometheusRule', 'bad', rule('ShopBad', 'sum(')),
      item('AlertmanagerConfig', 'none', { route: { receiver: 'gone' } }),
    ],
    config,
    [SECRET],
  )
  expect(part.jobs.map(({ jobName }) => jobName)).toEqual(['serviceMonitor/shop/web/0'])
  expect(part.jobs[0]?.discovery.others[0]?.settings['api_server']).toBe('http://127.0.0.1:1')
  expect(part.groups.map(({ file }) => file)).toEqual(['PrometheusRule shop/good'])
  expect(part.refused.map(({ name }) => name)).toEqual([
    ...['ServiceMonitor shop/slow', 'PodMonitor shop/cert', 'PodMonitor shop/url'],
    ...['PrometheusRule shop/bad', 'AlertmanagerConfig shop/none'],
  ])
  expect(JSON.stringify(part.refused)).not.toContain(SECRET)
  expect(part.refused[4]?.reason).toContain('shop/none/gone')
})

test('jobs are added, and those of the section give way to monitors of the cluster', async () => {
  const config = load()
  const names = (of: VedetteConfig): string[] =>
    of.prometheus.scrapeConfigs.map(({ jobName }) => jobName)
  expect(names(config)).toContain('kubelet-cadvisor')
  const spec = {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'kubelet' } },
    endpoints: [{}],
  }
  const part = await readOperatorPart([item('ServiceMonitor', 'kubelet', spec)], config, [])
  const changed = names(withOperatorPart(config, part))
  expect(changed.filter((name) => name.startsWith('kubelet'))).toEqual([])
  expect(changed).toEqual(expect.arrayContaining(['apiserver', 'kube-state-metrics']))
  expect(changed).toContain('serviceMonitor/shop/kubelet/0')
})

test('an alert of the cluster goes before one of a pack', async () => {
  const config = load()
  const items = [item('PrometheusRule', 'r', rule('KubePodCrashLooping', 'up == 0'))]
  const { packs, rules } = withOperatorPart(config, await readOperatorPart(items, config, []))
  const ofPacks = packs.packs.flatMap((pack) => pack.groups.flatMap((group) => group.rules))
  expect(ofPacks.map(({ name }) => name)).not.toContain('KubePodCrashLooping')
  expect(ofPacks.map(({ name }) => name)).toContain('KubePodNotReady')
  expect(rules.groups.flatMap((group) => group.rules.map(({ name }) => name))).toContain(
    'KubePodCrashLooping',
  )
})

test('routes go before the own ones and take over from global', async () => {
  const config = load(`alertmanager:
  global: {smtp_smarthost: 'mail.example:25', smtp_from: a@example.org}
  route: {receiver: own, routes: [{receiver: own}]}
  receivers: [{name: own}]
`)
  const spec = {
    route: { receiver: 'team' },
    receivers: [{ name: 'team', emailConfigs: [{ to: 'b@example.org' }] }],
  }
  const part = await readOperatorPart([item('AlertmanagerConfig', 'x', spec)], config, [])
  expect(part.refused).toEqual([])
  const { alertmanager, addedRouting } = withOperatorPart(config, part)
  const own = alertmanager?.config
  const whole = own && withRoutings(own, addedRouting ?? [])
  expect(whole?.route.receiver).toBe('own')
  expect(whole?.route.routes.map(({ receiver }) => receiver)).toEqual(['shop/x/team', 'own'])
  expect(whole?.receivers.map(({ name }) => name)).toEqual(['own', 'shop/x/team'])
})
