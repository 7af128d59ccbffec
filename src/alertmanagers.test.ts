import { describe, expect, it } from 'vitest'
import type { AlertSink, PostedAlert } from './alert/alert-sink.ts'
import { ForwardMetrics } from './alert/forward-metrics.ts'
import { Alertmanagers, type AlertmanagersDeps } from './alertmanagers.ts'
import { Discoveries } from './collect/discovery/discoveries.ts'
import { buildAliases } from './collect/aliases.ts'
import { readAlerting } from './collect/config/alerting.ts'
import { Labels } from './model/labels.ts'
import { silentLog } from './self/log.ts'
import { createRegistry } from './self/metrics.ts'
import { FaultList, formatFault } from './yaml/fault.ts'
import { parseYaml } from './yaml/parse.ts'

const ALERT: PostedAlert = {
  labels: Labels.from({ alertname: 'A' }),
  annotations: Labels.EMPTY,
  startsAtMs: 0,
  endsAtMs: 1,
  generatorUrl: '',
}

/** An Alertmanager that keeps what it gets. */
class Kept implements AlertSink {
  readonly labels: string[] = []
  put(alerts: readonly PostedAlert[]): void {
    this.labels.push(...alerts.map(({ labels }) => labels.toString()))
  }
}

async function start(text: string, deps: Partial<AlertmanagersDeps> = {}) {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'p.yml', faults })
  if (node === undefined) throw new Error('not YAML')
  const alerting = readAlerting(node, 'utf8', { folder: '/', warnsUnsupported: true })
  expect(faults.items.map(formatFault)).toEqual([])
  const own = new Kept()
  const registry = createRegistry()
  const managers = new Alertmanagers({
    own,
    aliases: buildAliases(),
    isOwn: () => false,
    probe: () => Promise.resolve(false),
    metrics: new ForwardMetrics(registry, 10, Date.now),
    discoveries: new Discoveries({ registry }),
    log: silentLog(),
    ...deps,
  })
  await managers.apply({ alerting, externalLabels: Labels.from({ region: 'eu' }) })
  managers.put([ALERT])
  await managers.stop()
  const errors = registry
    .families()
    .find(({ name }) => name === 'prometheus_notifications_errors_total')
  return { own, managers, forwarded: errors?.metrics.length ?? 0 }
}

const ONE = (address: string): string =>
  `alertmanagers: [{static_configs: [{targets: ["${address}"]}]}]`

describe('alerts', () => {
  it('go to the built-in Alertmanager when the file names none', async () => {
    const { own, managers } = await start('{}')
    expect(own.labels).toEqual(['{alertname="A", region="eu"}'])
    expect(managers.active()).toEqual([])
  })

  it('go there when an address stands for it and nobody answers', async () => {
    for (const address of ['alertmanager:9093', 'localhost:9093']) {
      const { own, managers } = await start(ONE(address))
      expect(own.labels).toHaveLength(1)
      expect(managers.active()).toEqual([`http://${address}/api/v2/alerts`])
    }
  })

  it('go there once when several addresses stand for it', async () => {
    const text =
      'alertmanagers: [{static_configs: [{targets: ["alertmanager:9093", "localhost:9093"]}]}]'
    expect((await start(text)).own.labels).toHaveLength(1)
  })

  it('go there when the address is its own', async () => {
    const { own } = await start(ONE('127.0.0.1:19093'), {
      isOwn: (address) => address === '127.0.0.1:19093',
      probe: () => Promise.resolve(true),
    })
    expect(own.labels).toHaveLength(1)
  })

  it('go to a foreign program that answers at such an address, and to others', async () => {
    // Nothing listens on port 1: the attempt alone counts.
    const foreign = await start(ONE('localhost:1'), {
      aliases: buildAliases({ 'localhost:1': 'alertmanager' }),
      probe: () => Promise.resolve(true),
    })
    expect(foreign.own.labels).toEqual([])
    const other = await start(ONE('127.0.0.1:1'))
    expect(other.own.labels).toEqual([])
  })

  it('are relabelled for all and for each, and may be dropped', async () => {
    const { own } = await start(`
alert_relabel_configs: [{target_label: a, replacement: "1"}]
alertmanagers:
  - alert_relabel_configs: [{target_label: b, replacement: "2"}]
    static_configs: [{targets: ["alertmanager:9093"]}]
`)
    expect(own.labels).toEqual(['{a="1", alertname="A", b="2", region="eu"}'])
    const none = await start(
      'alert_relabel_configs: [{source_labels: [alertname], regex: A, action: drop}]',
    )
    expect(none.own.labels).toEqual([])
  })

  it('go where relabelling of addresses says', async () => {
    const { managers, own } = await start(`
alertmanagers:
  - scheme: https
    path_prefix: /am/
    static_configs: [{targets: ["alertmanager:9093", "gone:9093"], labels: {x: y}}]
    relabel_configs: [{source_labels: [__address__], regex: gone.*, action: drop}]
`)
    expect(managers.active()).toEqual(['https://alertmanager:9093/am/api/v2/alerts'])
    expect(managers.dropped()).toEqual(['https://gone:9093/am/api/v2/alerts'])
    expect(own.labels).toHaveLength(1)
  })
})
