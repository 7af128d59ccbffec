import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { AlertJson, RulesJson } from '../../src/contract/prometheus.ts'
import { startServer, type Server } from './server.ts'
import { findEngine } from './tools/engine-process.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { waitFor } from './tools/wait-for.ts'
import { parseJson } from '../house/parse-json.ts'

/** Rules that wait for the engine are as late as it is; others take seconds at most where a machine does other things. */
const ON_TIME_MS = 15_000

interface PostedJson {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly generatorURL: string
}

type Alerts = { readonly alerts: readonly AlertJson[] }
const isAlerts = (json: unknown): json is { readonly data: Alerts } => json !== null
const isRules = (json: unknown): json is { readonly data: RulesJson } => json !== null
const isPosted = (json: unknown): json is PostedJson[] => Array.isArray(json)

/** An Alertmanager elsewhere, which keeps what it is sent. */
async function startAlertmanager() {
  const posted: PostedJson[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push(...parseJson(body, isPosted))
      return response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  onTestFinished(() => void server.close())
  return { address: `127.0.0.1:${port}`, posted }
}

const RULES = `
groups:
  - name: g
    rules:
      - {record: answer, expr: vector(42)}
      - alert: Waiting
        expr: vector(1)
        for: 1h
      - alert: Now
        expr: answer == 42
        labels: {severity: page}
        annotations: {summary: "the answer is {{ $value }}"}
`

function writeConfig(folder: string, alertmanager: string): string {
  const config = path.join(folder, 'config')
  mkdirSync(path.join(config, 'rules'), { recursive: true })
  writeFileSync(
    path.join(config, 'prometheus.yml'),
    `global: {evaluation_interval: 1s, external_labels: {region: eu}}
alerting: {alertmanagers: [{static_configs: [{targets: ['${alertmanager}']}]}]}
`,
  )
  writeFileSync(path.join(config, 'rules/a.yml'), RULES)
  return config
}

async function get<T>(
  server: Server,
  path_: string,
  isOf: (json: unknown) => json is { readonly data: T },
): Promise<T> {
  const answer = await fetch(`${server.url()}/api/v1/${path_}`)
  return parseJson(await answer.text(), isOf).data
}

async function activeAt(server: Server, name: string): Promise<number | undefined> {
  const { alerts } = await get(server, 'alerts', isAlerts)
  const found = alerts.find(({ labels }) => labels['alertname'] === name)
  return found && Date.parse(found.activeAt)
}

it('evaluates rules, tells an Alertmanager, and keeps what waits over a restart', async () => {
  const alertmanager = await startAlertmanager()
  const folder = ownFolder()
  const configPath = writeConfig(folder, alertmanager.address)
  const dataDir = `${folder}/data`
  const args = ['--web.enable-lifecycle', '--rules.alert.for-grace-period', '0']
  const server = own(await startServer({ configPath, dataDir, args }))
  const now = await waitFor('the alert', () => alertmanager.posted[0])
  expect(now).toMatchObject({
    labels: { alertname: 'Now', severity: 'page', region: 'eu' },
    annotations: { summary: 'the answer is 42' },
  })
  expect(now.generatorURL).toContain('/graph?g0.expr=answer+%3D%3D+42&g0.tab=1')
  expect(await queryValue(server.url(), 'answer')).toBe(42)
  await waitFor('the state of what waits', () =>
    queryValue(server.url(), 'ALERTS_FOR_STATE{alertname="Waiting"}'),
  )

  // A bad file keeps the rules that are in force.
  writeFileSync(path.join(configPath, 'rules/a.yml'), RULES.replace('vector(42)', 'vector('))
  const refused = await fetch(`${server.url()}/-/reload`, { method: 'POST' })
  expect(refused.status).toBe(500)
  expect(await refused.text()).toMatch(/rules\/a\.yml:5:39: expr: could not parse expression/)
  const { groups } = await get(server, 'rules?type=record', isRules)
  expect(groups[0]?.rules[0]).toMatchObject({ query: 'vector(42)', health: 'ok' })
  writeFileSync(path.join(configPath, 'rules/a.yml'), RULES.replace('42)', '43)'))
  expect((await fetch(`${server.url()}/-/reload`, { method: 'POST' })).status).toBe(200)
  await waitFor('the new rule', async () => (await queryValue(server.url(), 'answer')) === 43)

  const beganMs = (await activeAt(server, 'Waiting')) ?? 0
  await sleep(3000)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  const again = own(await startServer({ configPath, dataDir, args }))
  const startedMs = Date.now()
  const restoredMs = await waitFor('the state from before', async () => {
    const found = await activeAt(again, 'Waiting')
    return found !== undefined && found < startedMs - 3000 && found
  })
  // The time in between does not count.
  expect(restoredMs).toBeGreaterThanOrEqual(Math.floor(beganMs / 1000) * 1000)
  expect(await again.stop()).toEqual({ code: 0, signal: null })
})

it('evaluates rules on time while the engine is stopped', async () => {
  const alertmanager = await startAlertmanager()
  const configPath = writeConfig(ownFolder(), alertmanager.address)
  const server = own(await startServer({ configPath }))
  await waitFor('the alert', () => alertmanager.posted.length > 0)
  const enginePid = await findEngine(server)
  process.kill(enginePid, 'SIGSTOP')
  try {
    const lateMs = Date.now() + 5000
    await waitFor(
      'an evaluation seconds after the engine was stopped',
      async () => {
        const { groups } = await get(server, 'rules', isRules)
        const [group] = groups
        expect(group?.rules.map(({ health }) => health)).toEqual(['ok', 'ok', 'ok'])
        return Date.parse(group?.lastEvaluation ?? '') > lateMs
      },
      ON_TIME_MS,
    )
    await waitFor(
      'what it recorded',
      async () => ((await queryValue(server.url(), 'timestamp(answer)')) ?? 0) * 1000 > lateMs,
      ON_TIME_MS,
    )
  } finally {
    process.kill(enginePid, 'SIGCONT')
  }
})
