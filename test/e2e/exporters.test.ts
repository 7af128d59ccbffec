import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findFreePorts } from './free-ports.ts'
import { startServer } from './server.ts'
import { queryVector } from './tools/query.ts'

it('shows its own pages to other scrapers, and reads them without asking itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-exporters-'))
  const [node = 0, containers = 0, postgres = 0] = await findFreePorts(3)
  const targets = [node, containers].map((port) => `'127.0.0.1:${port}'`).join(', ')
  const job = `{job_name: own, scrape_interval: 1s, static_configs: [{targets: [${targets}]}]}`
  writeFileSync(join(folder, 'prometheus.yml'), `scrape_configs: [${job}]\n`)
  const at = (name: string, port: number) => [`--listen.${name}`, `127.0.0.1:${port}`]
  const server = await startServer({
    configPath: join(folder, 'prometheus.yml'),
    args: [...at('node', node), ...at('containers', containers), ...at('postgres', postgres)],
    readyTimeoutMs: 60_000,
  })
  try {
    const page = await (await fetch(`http://127.0.0.1:${node}/metrics`)).text()
    expect(page).toMatch(/^node_load1 /m)
    expect(page).toMatch(/^process_start_time_seconds /m)
    const machine = await (await fetch(`http://127.0.0.1:${containers}/metrics`)).text()
    expect(machine).toMatch(/^container_scrape_error /m)
    const none = await fetch(`http://127.0.0.1:${postgres}/metrics`)
    expect([none.status, await none.text()]).toEqual([
      503,
      expect.stringContaining('no PostgreSQL server is configured'),
    ])
    await expect
      .poll(
        async () => (await queryVector(server.url('prometheus'), 'up{job="own"} == 1')).length,
        {
          timeout: 30_000,
        },
      )
      .toBe(2)
    const log = await readFile(server.logPath, 'utf8')
    expect(log.match(/is played by a built-in part/g)).toHaveLength(2)
    expect(log).not.toContain('a program answers at')
  } finally {
    await server.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
})
