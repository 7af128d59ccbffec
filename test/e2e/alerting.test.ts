import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GettableAlertJson, GettableSilenceJson } from '../../src/contract/alertmanager.ts'
import { projectRoot } from '../house/read-sources.ts'
import { findFreePorts } from './free-ports.ts'
import { startServer, type Server } from './server.ts'
import { AlertReceiver } from './tools/alert-receiver.ts'
import { findEngine } from './tools/engine-process.ts'
import { byForm, isShort } from './tools/form.ts'
import { hasPrograms, notice } from './tools/notice.ts'
import { own, ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { ownProgram, run } from './tools/programs.ts'
import { canMount, SmallDisk } from './tools/small-disk.ts'
import { waitFor } from './tools/wait-for.ts'
import { parseJson } from '../house/parse-json.ts'

const isAlerts = (json: unknown): json is GettableAlertJson[] => Array.isArray(json)
const isSilences = (json: unknown): json is GettableSilenceJson[] => Array.isArray(json)

interface Written {
  readonly receivers: Readonly<Record<string, string>>
  /** The content of a rule file. */
  readonly rules?: string
  /** `host:port` of what is scraped. */
  readonly target?: string
  readonly groupWait?: string
}

/** A folder with prometheus.yml, rules and an alertmanager.yml whose first receiver gets everything, and the others too. */
function writeConfig({ receivers, rules, target, groupWait = '1s' }: Written): string {
  const folder = join(ownFolder(), 'config')
  mkdirSync(join(folder, 'rules'), { recursive: true })
  const scrapes =
    target === undefined ? '[]' : `[{job_name: a, static_configs: [{targets: ['${target}']}]}]`
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: {scrape_interval: 1s, evaluation_interval: 1s}
alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}
scrape_configs: ${scrapes}
`,
  )
  writeFileSync(join(folder, 'rules/a.yml'), rules ?? 'groups: []\n')
  const names = Object.keys(receivers)
  const entries = Object.entries(receivers).map(
    ([name, url]) => `  - name: ${name}\n    webhook_configs: [{url: '${url}'}]\n`,
  )
  const routes = names.map((name) => `    - {receiver: ${name}, continue: true}\n`)
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    `route:
  receiver: ${names[0]}
  group_by: [alertname]
  group_wait: ${groupWait}
  group_interval: 1s
  repeat_interval: 1h
  routes:
${routes.join('')}receivers:
${entries.join('')}`,
  )
  return folder
}

async function postAlerts(server: Server, alerts: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${server.url('alertmanager')}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

/** A slow machine may need long for a scrape, an evaluation and a flush. */
const PATIENCE_MS = 120_000

const HEAT = `
groups:
  - name: heat
    rules:
      - alert: TooHot
        expr: temperature > 80
        labels: {severity: page}
        annotations: {summary: 'it is {{ $value }} degrees at {{ $labels.instance }}'}
`

it('tells of a condition that becomes true, and that it is over', async () => {
  const exporter = await ownExporter()
  let degrees = 20
  exporter.page('/metrics', () => `temperature ${degrees}\n`)
  const receiver = await AlertReceiver.own()
  const configPath = writeConfig({
    receivers: { hook: receiver.url },
    rules: HEAT,
    target: exporter.address,
  })
  const server = await ownServer({ configPath, listeners: ['alertmanager'] })
  await waitFor('scrapes', () => exporter.hits('/metrics') > 1)
  degrees = 90
  const told = await waitFor('the alert', () => receiver.received.at(0))
  expect(told.alerts).toMatchObject([
    {
      status: 'firing',
      labels: { alertname: 'TooHot', severity: 'page', job: 'a' },
      annotations: { summary: `it is 90 degrees at ${exporter.address}` },
    },
  ])
  const answer = await fetch(`${server.url('alertmanager')}/api/v2/alerts?filter=alertname=TooHot`)
  const alerts = parseJson(await answer.text(), isAlerts)
  expect(alerts.map(({ status }) => status.state)).toEqual(['active'])
  degrees = 20
  await waitFor('the end of it', () => receiver.names('resolved').length > 0)
  expect(receiver.names('firing')).toEqual(['TooHot'])
})

it('delivers after SIGKILL what was accepted before, and nothing that was told already', async () => {
  const receiver = await AlertReceiver.own()
  const configPath = writeConfig({ receivers: { hook: receiver.url }, groupWait: '2s' })
  const dataDir = join(ownFolder(), 'data')
  const start = async (): Promise<Server> =>
    own(await startServer({ configPath, dataDir, listeners: ['alertmanager'] }))
  const endsAt = new Date(Date.now() + 3_600_000).toISOString()
  const alert = (alertname: string) => ({ labels: { alertname }, endsAt })
  const first = await start()
  await postAlerts(first, [alert('Told')])
  await waitFor('the first alert', () => receiver.names('firing').length === 1)
  await postAlerts(first, [alert('Accepted')])
  await first.kill()
  expect(receiver.names('firing')).toEqual(['Told'])
  await start()
  await waitFor('the second alert', () => receiver.names('firing').length > 1)
  expect(receiver.names('firing')).toEqual(['Told', 'Accepted'])
})

it('leaves other receivers alone when one hangs, is down or answers 500 and 429', async () => {
  const [good, hanging, failing, limited] = await Promise.all([
    AlertReceiver.own(),
    AlertReceiver.own(),
    AlertReceiver.own(),
    AlertReceiver.own(),
  ])
  hanging.answer = () => undefined
  failing.answer = (response) => {
    response.statusCode = failing.requests < 3 ? 500 : 200
    response.end()
  }
  limited.answer = (response) => {
    response.statusCode = 429
    response.end()
  }
  const receivers = {
    good: good.url,
    hanging: hanging.url,
    failing: failing.url,
    limited: limited.url,
    down: 'http://127.0.0.1:1/',
  }
  const configPath = writeConfig({ receivers })
  const server = await ownServer({ configPath, listeners: ['alertmanager'] })
  await postAlerts(server, [{ labels: { alertname: 'A' } }])
  await waitFor('those that can be told', () => good.requests > 0 && failing.received.length > 0)
  expect(good.names('firing')).toEqual(['A'])
  expect(failing.names('firing')).toEqual(['A'])
  await postAlerts(server, [{ labels: { alertname: 'B' } }])
  await waitFor('the next group', () => good.names('firing').includes('B'))
  const metrics = await (await fetch(`${server.url('alertmanager')}/metrics`)).text()
  expect(metrics).toMatch(
    /alertmanager_notification_requests_failed_total\{integration="webhook"\} [1-9]/,
  )
})

describe.runIf(canMount('rules without engine and disk'))('rules and their alerts', () => {
  const stoppedMs = byForm({ short: 5_000, full: 60_000, long: 600_000 })

  it(`are evaluated and told while the engine is stopped for ${stoppedMs / 1000} s and the disk is full`, async () => {
    const disk = SmallDisk.own(300)
    const exporter = await ownExporter()
    let free = 0.5
    let temperature = 20
    exporter.page('/metrics', () => `disk_free_ratio ${free}\ntemperature ${temperature}\n`)
    const receiver = await AlertReceiver.own()
    const count = (status: 'firing' | 'resolved', name: string): number =>
      receiver.names(status).filter((each) => each === name).length
    const rules = `
groups:
  - name: disk
    rules:
      - {alert: DiskSpaceLow, expr: disk_free_ratio < 0.2}
      - {alert: TooHot, expr: temperature > 80}
      - {alert: Steady, expr: vector(1)}
`
    const configPath = writeConfig({
      receivers: { hook: receiver.url },
      rules,
      target: exporter.address,
    })
    const dataDir = join(disk.path, 'data')
    const server = own(await startServer({ configPath, dataDir, listeners: ['alertmanager'] }))
    await waitFor('the first alert', () => receiver.names('firing').includes('Steady'))
    const enginePid = await findEngine(server)
    process.kill(enginePid, 'SIGSTOP')
    try {
      const endMs = performance.now() + stoppedMs
      let rounds = 0
      let slowestMs = 0
      while (rounds === 0 || performance.now() < endMs) {
        rounds++
        const begunMs = performance.now()
        temperature = 90
        await waitFor('the heat', () => count('firing', 'TooHot') >= rounds, PATIENCE_MS)
        slowestMs = Math.max(slowestMs, performance.now() - begunMs)
        temperature = 20
        await waitFor('the end of it', () => count('resolved', 'TooHot') >= rounds, PATIENCE_MS)
      }
      disk.fillTo(0)
      const filledMs = Date.now()
      free = 0
      await waitFor('DiskSpaceLow', () => count('firing', 'DiskSpaceLow') > 0, PATIENCE_MS)
      const tookMs = Date.now() - filledMs
      console.log(
        `engine stopped for ${stoppedMs / 1000} s: told of heat and its end ${rounds} times, at most ${Math.round(slowestMs)} ms after it came; DiskSpaceLow was told ${tookMs} ms after the disk was full`,
      )
      // What goes on firing while nothing can be stored is not told to be over.
      expect(count('resolved', 'Steady')).toBe(0)
    } finally {
      disk.clear()
      process.kill(enginePid, 'SIGCONT')
    }
    await server.waitUntilReady()
    free = 0.5
    await waitFor('space', () => count('resolved', 'DiskSpaceLow') > 0, PATIENCE_MS)
  })
})

const hasAmtool = hasPrograms('amtool', { amtool: 'prometheus-alertmanager' })

it.runIf(hasAmtool)('does what amtool asks', async () => {
  const receiver = await AlertReceiver.own()
  const configPath = writeConfig({ receivers: { hook: receiver.url } })
  const server = await ownServer({ configPath, listeners: ['alertmanager'] })
  const amtool = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('amtool', [
      `--alertmanager.url=${server.url('alertmanager')}`,
      ...args,
    ])
    expect(code, stderr).toBe(0)
    return stdout
  }
  await amtool('alert', 'add', 'alertname=Disk', 'instance=db1', '--annotation=summary=full')
  expect(await amtool('alert', 'query', 'instance=db1')).toContain('Disk')
  expect(await amtool('alert', 'query', 'instance=db2')).not.toContain('Disk')
  const id = (await amtool('silence', 'add', 'instance=db1', '-c', 'work', '-d', '2h')).trim()
  expect(await amtool('alert', 'query')).not.toContain('Disk')
  expect(await amtool('alert', 'query', '--silenced')).toContain('Disk')
  expect(await amtool('silence', 'query')).toContain(id)
  await amtool('silence', 'expire', id)
  expect(await amtool('silence', 'query')).not.toContain(id)
  const file = join(ownFolder(), 'silences.json')
  const exported = await amtool('silence', 'query', '--expired', '-o', 'json')
  const future = new Date(Date.now() + 7_200_000).toISOString()
  const again = parseJson(exported, isSilences).map((each) =>
    Object.assign(each, { id: '', endsAt: future }),
  )
  writeFileSync(file, JSON.stringify(again))
  await amtool('silence', 'import', file)
  expect(await amtool('silence', 'query')).toContain('instance="db1"')
  expect(await amtool('config', 'show')).toContain('group_interval: 1s')
  expect((await amtool('config', 'routes', 'test', 'a=b')).trim()).toBe('hook')
  expect(await amtool('config', 'routes', 'show')).toContain('hook')
  expect(await amtool('cluster', 'show')).toContain('disabled')
  await amtool('check-config', join(configPath, 'alertmanager.yml'))
})

const hasPrometheus = hasPrograms('alerts of a Prometheus', { prometheus: 'prometheus' })

it.runIf(hasPrometheus)('takes the alerts of a Prometheus elsewhere', async () => {
  const receiver = await AlertReceiver.own()
  const configPath = writeConfig({ receivers: { hook: receiver.url } })
  const server = await ownServer({ configPath, listeners: ['alertmanager'] })
  const folder = ownFolder()
  writeFileSync(
    join(folder, 'rules.yml'),
    'groups: [{name: g, rules: [{alert: FromElsewhere, expr: vector(1)}]}]\n',
  )
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: {evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${new URL(server.url('alertmanager')).host}']}]}]}
`,
  )
  ownProgram(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      '--web.listen-address=127.0.0.1:0',
      // It learns of its Alertmanagers a few seconds after its first alert.
      '--rules.alert.resend-delay=1s',
    ],
    folder,
  )
  await waitFor('its alert', () => receiver.names('firing').includes('FromElsewhere'), 30_000)
})

const suite = join(projectRoot, '../shared/conformance/amtest.mjs')
const hasSuite = existsSync(suite)
if (!hasSuite)
  notice('the scenarios of Alertmanager are skipped: ../shared/conformance is not there')

// They go by the clock, and give a server three seconds to start: too little on a machine that does other things.
it.runIf(hasSuite && !isShort)(
  'keeps the timings of the acceptance scenarios of Alertmanager',
  async () => {
    const folder = ownFolder()
    const script = join(folder, 'start.sh')
    const others = ['prometheus', 'ui', 'loki', 'tempo', 'otlp-grpc', 'otlp-http', 'webhook']
    writeFileSync(
      script,
      `#!/bin/sh
printf 'alertmanager: %s\\nprometheus: {scrape_configs: []}\\n' "$1" > "$3/vedette.yml"
exec ${join(projectRoot, 'bin/vedette')} start --config "$3/vedette.yml" --data "$3/data" \\
  --listen.alertmanager "127.0.0.1:$2" --web.enable-lifecycle ${others.map((name) => `--listen.${name} off`).join(' ')}
`,
      { mode: 0o755 },
    )
    const [basePort = 0] = await findFreePorts(1)
    const { code, stdout } = await run(
      process.execPath,
      [
        suite,
        ...['--cmd', `${script} {config} {port} {dir}`, '--parallel', '1', '--skip-flags'],
        // It counts up from there.
        ...['--base-port', String(basePort)],
      ],
      300_000,
    )
    console.log(stdout.trim().split('\n').at(-1) ?? '')
    expect(code, stdout).toBe(0)
  },
)
