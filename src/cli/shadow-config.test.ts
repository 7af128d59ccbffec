import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config.ts'
import { shadowConfig } from './shadow-config.ts'

const PROMETHEUS = `
alerting: {alertmanagers: [{static_configs: [{targets: ['am.example.org:9093']}]}]}
scrape_configs: [{job_name: a, static_configs: [{targets: ['a:1']}]}]
`

it('nothing leaves a program that is tried, and nothing of it stays', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-shadow-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(path.join(folder, 'prometheus.yml'), PROMETHEUS)
  const main = path.join(folder, 'vedette.yml')
  writeFileSync(
    main,
    "prometheus: prometheus.yml\nstorage: {path: real}\nalerting: {heartbeat: {url: 'https://a.example.org'}}\nbackup: {target: /backups, every: 1d}\n" +
      "metadata: {url: 'postgres://a@b/c'}\nlisten: {ui: 127.0.0.1:3333, syslog: 127.0.0.1:5514}\npromtail: host\naccess: {required: true}\n",
  )
  const loaded = loadConfig({ path: main, flags: {}, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  const place = { dataFolder: '/scratch', listen: { host: '127.0.0.1', port: 1 } }
  const shadow = shadowConfig(loaded.config, { ...place, isScraping: true })
  expect(shadow).toMatchObject({
    dataFolder: '/scratch',
    metadata: { url: undefined },
    alerting: { isShadow: true, heartbeat: undefined },
    backup: undefined,
    archive: undefined,
    cluster: undefined,
    clickhouse: undefined,
    collector: undefined,
    tail: undefined,
    access: { required: false },
  })
  expect(shadow.prometheus.alerting.alertmanagers).toEqual([])
  expect(shadow.prometheus.scrapeConfigs.map(({ jobName }) => jobName)).toEqual(['a'])
  const open = Object.entries(shadow.listen).filter(([, at]) => at !== undefined)
  expect(open.map(([name]) => name).sort()).toEqual(['alertmanager', 'prometheus'])
  const fed = shadowConfig(loaded.config, { ...place, isScraping: false })
  expect(fed.prometheus.scrapeConfigs).toEqual([])
})
