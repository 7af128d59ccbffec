import { writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { expect, it } from 'vitest'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { waitFor } from './tools/wait-for.ts'

const PAGE = `# TYPE jobs_done_total counter
jobs_done_total{queue="mail"} 7
# TYPE depth gauge
depth{queue="mail",secret="x"} 3
noise 1
`

const COLLECTOR = `
receivers:
  prometheus:
    config:
      scrape_configs:
        - job_name: worker
          scrape_interval: 1s
          static_configs: [{targets: ['127.0.0.1:\${env:PORT}']}]
  hostmetrics: {collection_interval: 1s, scrapers: {cpu: {}}}
processors:
  filter/noise: {metrics: {metric: ['name == "noise"', 'HasPrefix(name, "node_") and name != "node_load1"']}}
  attributes: {actions: [{key: team, value: web, action: insert}, {key: secret, action: delete}]}
  resource: {attributes: [{key: cluster, value: one, action: upsert}]}
exporters:
  prometheusremotewrite: {endpoint: 'http://prometheus:9090/api/v1/write'}
service:
  pipelines:
    metrics: {receivers: [prometheus, hostmetrics], processors: [filter/noise, attributes, resource], exporters: [prometheusremotewrite]}
`

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Record<string, string> }[] }
}

function isAnswer(json: unknown): json is Answer {
  return typeof json === 'object' && json !== null && 'data' in json
}

async function query(server: Server, text: string): Promise<readonly Record<string, string>[]> {
  const url = `${server.url()}/api/v1/query?query=${encodeURIComponent(text)}`
  const answer = await fetch(url)
  const { data } = parseJson(await answer.text(), isAnswer)
  return data.result.map(({ metric }) => metric)
}

it('what a collector scrapes goes through the processors of its pipeline, under its own names', async () => {
  const target = http.createServer((_, answer) =>
    answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(PAGE),
  )
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  try {
    const address = target.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const config = ownFolder()
    writeFileSync(path.join(config, 'prometheus.yml'), 'scrape_configs: []\n')
    writeFileSync(path.join(config, 'otel.yaml'), COLLECTOR)
    const server = own(await startServer({ configPath: config, env: { PORT: String(port) } }))
    const labels = { job: 'worker', instance: `127.0.0.1:${port}`, team: 'web' }
    const [counter] = await waitFor('the counter', async () => {
      const found = await query(server, 'jobs_done_total == 7')
      if (found.length === 0) throw new Error('none')
      return found
    })
    expect(counter).toEqual({ __name__: 'jobs_done_total', ...labels, queue: 'mail' })
    expect(await query(server, 'depth == 3')).toEqual([
      { __name__: 'depth', ...labels, queue: 'mail' },
    ])
    expect(await query(server, 'up{job="worker"} == 1')).toEqual([{ __name__: 'up', ...labels }])
    expect(await query(server, 'noise')).toEqual([])
    expect(await query(server, 'target_info{job="worker"}')).toMatchObject([{ cluster: 'one' }])
    await waitFor('the host', async () => {
      const names = await query(server, 'count by (__name__, team) ({job="hostmetrics"})')
      expect(names).toContainEqual({ __name__: 'node_load1', team: 'web' })
      expect(names.filter(({ __name__ = '' }) => __name__.startsWith('node_'))).toHaveLength(1)
      return true
    })
  } finally {
    target.close()
  }
}, 900_000)
