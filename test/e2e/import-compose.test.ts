import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { Exporter } from './tools/exporter.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { runVedette } from './tools/run-vedette.ts'
import { waitFor } from './tools/wait-for.ts'

const PROMETHEUS = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [/etc/prometheus/alerts/*.yml]
scrape_configs:
  - {job_name: node, static_configs: [{targets: ['node-exporter:9100']}]}
  - {job_name: app, static_configs: [{targets: ['app:8080']}]}
`

it('a stack of docker-compose is taken over in two commands', async () => {
  const folder = ownFolder()
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const app = await Exporter.start()
  app.page('/metrics', 'up_and_well 1\n')
  try {
    write('prometheus.yml', PROMETHEUS)
    write(
      'alerts/a.yml',
      'groups: [{name: g, rules: [{record: apps, expr: \'count(up{job="app"})\'}]}]',
    )
    write(
      'docker-compose.yml',
      `
services:
  prometheus:
    image: prom/prometheus:v2.45.0
    command: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.retention.time=30d']
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml', './alerts:/etc/prometheus/alerts']
    ports: ['9090:9090']
  node-exporter: {image: prom/node-exporter}
  app: {image: example/app, ports: ['127.0.0.1:${app.port}:8080']}
`,
    )
    const imported = await runVedette('import', 'compose', join(folder, 'docker-compose.yml'))
    expect(imported, imported.out).toMatchObject({ code: 0 })
    expect(imported.out).toContain('app: the job app scrapes app:8080 at 127.0.0.1:')
    const configPath = join(folder, 'vedette.yml')
    expect(readFileSync(configPath, 'utf8')).toContain('prometheus: ./prometheus.yml')

    const dataDir = join(folder, 'vedette-data')
    const server = own(await startServer({ configPath, dataDir }))
    const url = server.url('prometheus')
    // The labels are those of the file, wherever the target really answers.
    await waitFor('both jobs and the rule', async () => {
      const nowMs = Date.now()
      const up = await queryValue(url, 'sum(up{instance=~"app:8080|node-exporter:9100"})', nowMs)
      const rule = await queryValue(url, 'apps', nowMs)
      if (up !== 2 || rule !== 1) throw new Error(`${up} are up, the rule says ${rule}`)
      return true
    })
    expect((await runVedette('health', '--url', url)).out).toBe('ready\n')
    const doctor = await runVedette('doctor', configPath, '--url', url)
    expect(doctor, doctor.out).toMatchObject({ code: 0 })
    expect(doctor.out).toMatch(/100 % is supported as it is/)
    const stopped = await runVedette('stop', '--data', dataDir)
    expect(stopped.out).toMatch(/^stopped the server of /)
    expect((await runVedette('health', '--url', url)).code).toBe(3)
  } finally {
    await app.close()
  }
}, 900_000)
