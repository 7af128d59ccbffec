import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { RulesJson } from '../../src/contract/prometheus.ts'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { AlertReceiver } from './tools/alert-receiver.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { waitFor } from './tools/wait-for.ts'

const PATIENCE_MS = 120_000

const isRules = (json: unknown): json is { readonly data: RulesJson } => json !== null

/** As Loki has them: the folder of its ruler, with that of the one tenant. */
const OF_LOKI = `
groups:
  - name: errors
    rules:
      - alert: ManyErrors
        expr: sum by (app) (count_over_time({app="shop"} |= "error" [5m])) > 2
        for: 1s
        labels: {severity: page}
        annotations: {summary: '{{ $labels.app }}: {{ $value }} errors'}
      - {record: 'app:errors:count5m', expr: 'sum by (app) (count_over_time({app="shop"} |= "error" [5m]))'}
`

const OF_OURS = `
groups:
  - name: recorded
    interval: 1s
    rules: [{alert: Recorded, expr: 'app:errors:count5m > 2'}]
  - name: seen
    type: loki
    interval: 1s
    rules: [{record: 'app:lines:rate5m', expr: 'sum by (app) (rate({app="shop"}[5m]))'}]
`

function writeConfig(receiverUrl: string): string {
  const folder = join(ownFolder(), 'config')
  for (const name of ['rules', 'loki-rules/fake'])
    mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'loki-rules/fake/app.yml'), OF_LOKI)
  writeFileSync(join(folder, 'rules/ours.yml'), OF_OURS)
  writeFileSync(
    join(folder, 'loki.yml'),
    `auth_enabled: false
ruler:
  storage: {type: local, local: {directory: /etc/loki/loki-rules}}
  rule_path: /tmp/loki/scratch
  alertmanager_url: http://alertmanager:9093
  evaluation_interval: 1s
`,
  )
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: {evaluation_interval: 1s}
alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}
`,
  )
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    `route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s}
receivers: [{name: hook, webhook_configs: [{url: '${receiverUrl}'}]}]
`,
  )
  return folder
}

async function push(server: Server, lines: readonly string[]): Promise<void> {
  const beginNs = BigInt(Date.now()) * 1_000_000n
  const values = lines.map((line, i) => [String(beginNs + BigInt(i)), line])
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app: 'shop' }, values }] }),
  })
  expect(answer.status).toBe(204)
}

async function readRules(url: string): Promise<RulesJson> {
  const answer = await fetch(url)
  return parseJson(await answer.text(), isRules).data
}

it('rules on logs fire, are told to the receiver, record metrics, and go on after SIGKILL', async () => {
  const receiver = await AlertReceiver.own()
  const configPath = writeConfig(receiver.url)
  const dataDir = `${ownFolder()}/data`
  const start = async (): Promise<Server> =>
    own(await startServer({ configPath, dataDir, listeners: ['loki', 'alertmanager'] }))
  let server = await start()
  await push(server, ['an error', 'another error', 'fine', 'error again'])
  const findTold = () =>
    receiver.received
      .flatMap(({ alerts }) => alerts)
      .find(({ labels }) => labels['alertname'] === 'ManyErrors')
  await waitFor('the alert at its receiver', () => findTold() !== undefined, PATIENCE_MS)
  expect(findTold()).toMatchObject({
    labels: { app: 'shop', severity: 'page' },
    annotations: { summary: 'shop: 3 errors' },
  })
  for (const query of [
    'app:errors:count5m == 3',
    'app:lines:rate5m > 0',
    'ALERTS{alertname="Recorded"}',
  ]) {
    await waitFor(
      query,
      async () => (await queryValue(server.url(), query)) !== undefined,
      PATIENCE_MS,
    )
  }
  const ofLoki = await readRules(`${server.url('loki')}/prometheus/api/v1/rules`)
  expect(ofLoki.groups.map(({ name, file }) => [name, file])).toEqual([
    ['errors', 'app.yml'],
    ['seen', 'ours.yml'],
  ])
  const all = await readRules(`${server.url()}/api/v1/rules`)
  const ofFolder = all.groups.filter(({ file }) => file.startsWith(configPath))
  expect(ofFolder.map(({ name, language }) => [name, language])).toEqual([
    ['errors', 'logql'],
    ['recorded', undefined],
    ['seen', 'logql'],
  ])
  await server.kill()
  await sleep(100)
  server = await start()
  await waitFor(
    'the alert after the start',
    async () =>
      (await queryValue(server.url(), 'ALERTS{alertname="ManyErrors",alertstate="firing"}')) === 1,
    PATIENCE_MS,
  )
})
