import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'

const PATIENCE_MS = 120_000

describe('Probes of a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-probes-'))
  let site: HttpServer
  let server: Server
  let port = 0

  beforeAll(async () => {
    site = createServer((request, response) => {
      response.statusCode = request.url === '/broken' ? 503 : 200
      response.end('shop is open')
    })
    site.listen(0, '127.0.0.1')
    await once(site, 'listening')
    const place = site.address()
    port = typeof place === 'object' && place !== null ? place.port : 0
    writeFileSync(join(folder, 'prometheus.yml'), prometheusOf(port))
    writeFileSync(join(folder, 'blackbox.yml'), BLACKBOX)
    writeFileSync(join(folder, 'vedette.yml'), vedetteOf(port))
    server = await startServer({
      configPath: folder,
      listeners: ['blackbox'],
      readyTimeoutMs: 120_000,
    })
  }, 900_000)

  afterAll(async () => {
    await server?.dispose()
    site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The values of a query by their instance, once there are so many. */
  async function ask(query: string, count: number): Promise<Record<string, string>> {
    const startedMs = Date.now()
    for (;;) {
      const url = `${server.url('prometheus')}/api/v1/query?query=${encodeURIComponent(query)}`
      const text = await (await fetch(url)).text()
      const found = text.matchAll(/"instance":"([^"]*)"[^}]*\},"value":\[[^,]*,"([^"]*)"/g)
      const values = Array.from(found, ([, name = '', value = '']): [string, string] => [
        name,
        value,
      ])
      if (values.length === count) return Object.fromEntries(values)
      if (Date.now() - startedMs > PATIENCE_MS) throw new Error(`${query}: ${text}`)
      await sleep(200)
    }
  }

  it('come from jobs that name a blackbox_exporter, by the modules file beside them', async () => {
    const values = await ask('probe_success{job="blackbox"}', 2)
    expect(values).toEqual({
      [`http://127.0.0.1:${port}/`]: '1',
      [`http://127.0.0.1:${port}/broken`]: '0',
    })
    expect(await ask('probe_http_status_code{job="blackbox"} == 503', 1)).toBeTruthy()
    expect(await ask('up{job="blackbox"} == 1', 2)).toBeTruthy()
  })

  it('come from the section of vedette.yml, with its labels', async () => {
    const values = await ask('probe_success{job="ports",team="edge"}', 2)
    expect(values).toEqual({ [`127.0.0.1:${port}`]: '1', '127.0.0.1:1': '0' })
  })

  it('are made for others on a listener', async () => {
    const target = encodeURIComponent(`http://127.0.0.1:${port}/`)
    const url = `${server.url('blackbox')}/probe?module=open&target=${target}`
    const page = await (await fetch(url)).text()
    expect(page).toContain('\nprobe_success 1\n')
    const unknown = await fetch(`${server.url('blackbox')}/probe?module=none&target=a`)
    expect([unknown.status, await unknown.text()]).toEqual([400, 'Unknown module "none"\n'])
    const strange = await fetch(url, { headers: { origin: 'https://evil.test' } })
    expect(strange.status).toBe(403)
  })
})

const BLACKBOX = `modules:
  open: {prober: http, timeout: 900ms, http: {fail_if_body_not_matches_regexp: ['is open']}}
`

function prometheusOf(port: number): string {
  return `global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: {module: [open]}
    static_configs: [{targets: ['http://127.0.0.1:${port}/', 'http://127.0.0.1:${port}/broken']}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: 'blackbox-exporter:9115'}
`
}

function vedetteOf(port: number): string {
  return `probes:
  - name: ports
    module: tcp_connect
    targets: ['127.0.0.1:${port}', '127.0.0.1:1']
    labels: {team: edge}
`
}
