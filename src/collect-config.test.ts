import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type VedetteConfig } from './config.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'collect-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function load(text: string, env: Readonly<Record<string, string>> = {}): VedetteConfig {
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(file, text)
  const loaded = loadConfig({ path: file, flags: { data: folder }, env })
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'))
  return loaded.config
}

const jobsOf = ({ prometheus }: VedetteConfig): readonly string[] =>
  prometheus.scrapeConfigs.flatMap(({ jobName, discovery }) =>
    discovery.static.flatMap(({ targets }) => targets.map((target) => `${jobName} ${target}`)),
  )

const ENV = { DATA_SOURCE_NAME: 'postgresql://u:p@db:6432/shop' }

describe('the collector of PostgreSQL', () => {
  it('is off by default, and has no job', () => {
    const config = load('prometheus: {}')
    expect(config.collectors.postgres).toBeUndefined()
    expect(jobsOf(config)).toEqual([])
  })

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['{prometheus: {}, postgres: {}}', {}, '/var/run/postgresql'],
    ['{prometheus: {}, postgres: }', {}, '/var/run/postgresql'],
    ['{prometheus: {}}', ENV, 'db'],
    ['{prometheus: {}, environment: {set: {DATA_SOURCE_NAME: "host=other"}}}', {}, 'other'],
  ])('is on by a section or by the environment, with a job of its own: %s', (text, env, host) => {
    const config = load(text, env)
    expect(config.collectors.postgres?.servers.map((server) => server.host)).toEqual([host])
    expect(jobsOf(config)).toEqual(['postgres localhost:9187'])
  })

  it('leaves the job to a file that has one', () => {
    const jobs = `[{job_name: db, static_configs: [{targets: ['postgres-exporter:9187']}]}]`
    expect(jobsOf(load(`prometheus: {scrape_configs: ${jobs}}`, ENV))).toEqual([
      'db postgres-exporter:9187',
    ])
  })
})
