import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { PATHS, pod, startCluster, type FakeCluster } from './tools/fake-cluster.ts'
import { queryValue, queryVector } from './tools/query.ts'
import { waitFor } from './tools/wait-for.ts'
import type { Server } from './server.ts'

function writeConfig(folder: string, { api }: FakeCluster): string {
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(
    file,
    `
prometheus:
  global: {scrape_interval: 1s, evaluation_interval: 1s}
kubernetes:
  api_server: ${api.url}
  scrape_interval: 1s
  kubelet: {scheme: http}
  apiserver: {scheme: http}
promtail: off
`,
  )
  return file
}

const isThere = async (server: Server, query: string): Promise<boolean> =>
  (await queryVector(server.url(), query)).length > 0

const named = (name: string, spec: object) => ({
  metadata: { name, namespace: 'shop' },
  spec: { ...spec },
})

const ALERT = {
  groups: [
    {
      name: 'shop',
      rules: [
        { record: 'shop:pods', expr: 'count(kube_pod_info{namespace="shop"})' },
        {
          alert: 'ShopLoops',
          expr: 'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"} > 0',
        },
      ],
    },
  ],
}

it('one section brings the state of a cluster, its kubelets, its monitors, rules, routes and events', async () => {
  const cluster = await startCluster()
  const { api, posted, asked, address } = cluster
  api.put(PATHS.secrets, {
    metadata: { name: 'auth', namespace: 'shop' },
    data: { user: btoa('scraper'), password: btoa('hunter2') },
  })
  const secret = (key: string) => ({ name: 'auth', key })
  api.put(
    PATHS.serviceMonitors,
    named('web', {
      selector: { matchLabels: { app: 'web' } },
      endpoints: [
        { port: 'http', basicAuth: { username: secret('user'), password: secret('password') } },
      ],
    }),
  )
  const folder = ownFolder()
  const configPath = writeConfig(folder, cluster)
  const server = await ownServer({ configPath, listeners: ['alertmanager', 'loki'] })
  const url = server.url()

  await waitFor('the state of pods', () => isThere(server, 'kube_pod_info{pod="web-1"}'))
  const ask = ['query', '--url', url, 'kube_pod_status_phase{phase="Running"} == 1']
  await waitFor('vedette query', async () => {
    const { stdout } = await promisify(execFile)(path.join(projectRoot, 'bin/vedette'), ask)
    return stdout.includes('kube_pod_status_phase{')
  })
  await waitFor('the kubelet', () =>
    isThere(
      server,
      'container_memory_working_set_bytes{job="kubelet",metrics_path="/metrics/cadvisor",node="n1",pod="web-1"}',
    ),
  )
  await waitFor('the monitored service', () =>
    isThere(server, 'shop_orders_total{job="web",namespace="shop",pod="web-1",endpoint="http"}'),
  )
  expect(asked).toContain(`/metrics Basic ${btoa('scraper:hunter2')}`)

  // Live: rules and a route come while the program runs, and one of them is bad.
  api.put(PATHS.prometheusRules, named('shop', ALERT))
  api.put(
    PATHS.prometheusRules,
    named('broken', { groups: [{ name: 'b', rules: [{ record: 'x', expr: 'sum(' }] }] }),
  )
  api.put(
    PATHS.alertmanagerConfigs,
    named('shop', {
      route: { receiver: 'hook', groupWait: '1s' },
      receivers: [{ name: 'hook', webhookConfigs: [{ url: `http://${address}/hook` }] }],
    }),
  )
  await waitFor('the recorded rule', async () => (await queryValue(url, 'shop:pods')) === 1)
  await waitFor('the refusal', () => server.readLog().includes('PrometheusRule shop/broken'))
  api.put(PATHS.pods, pod('web-2', 1, 'CrashLoopBackOff'))
  await waitFor('the alert', () => isThere(server, 'ALERTS{alertname="ShopLoops",pod="web-2"}'))
  await waitFor('the notification', () => posted.some((body) => body.includes('ShopLoops')))

  api.put(PATHS.events, {
    metadata: { name: 'e1', namespace: 'shop', uid: 'e1' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-2' },
    ...{ reason: 'BackOff', type: 'Warning', message: 'Back-off restarting failed container' },
    lastTimestamp: new Date().toISOString(),
  })
  const logql = encodeURIComponent('{job="integrations/kubernetes/eventhandler"} | logfmt')
  await waitFor('the event', async () => {
    const found = await fetch(`${server.url('loki')}/loki/api/v1/query_range?query=${logql}`)
    return (await found.text()).includes('Back-off restarting')
  })

  // And they go again.
  api.remove(PATHS.prometheusRules, 'shop', 'shop')
  api.remove(PATHS.serviceMonitors, 'shop', 'web')
  await waitFor('the rules to go', async () => {
    const rules = await (await fetch(`${url}/api/v1/rules`)).text()
    return !rules.includes('ShopLoops')
  })
  await waitFor('the job to go', async () => {
    const targets = await (await fetch(`${url}/api/v1/targets`)).text()
    return !targets.includes('serviceMonitor/shop/web/0')
  })
  expect(server.readLog()).not.toContain('hunter2')
  expect((await server.stop()).code).toBe(0)
})
