import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startServer } from '../e2e/server.ts'

const PASSWORD = 'browser-tests-sign-in-with-this'

/** A Vedette that scrapes this host, itself, a page with hostile texts, and an address where nobody answers, every second. */
export interface WatchedServer {
  readonly url: string
  signIn(page: Page): Promise<void>
  /** Waits until a query has an answer. */
  waitFor(query: string): Promise<void>
  stop(): Promise<void>
}

/** Each would run or break out if it were put into a page as it is. */
export const HOSTILE = [
  '<img src=x onerror=fail()>',
  '"><script>fail()</script>',
  'javascript:fail()',
  '${fail()}{{fail()}}',
] as const

function hostilePage(): string {
  const lines = HOSTILE.map((value, i) => `evil{n="${i}",text=${JSON.stringify(value)}} ${i}`)
  return `# HELP evil ${HOSTILE[0]} ${HOSTILE[1]}\n# TYPE evil gauge\n${lines.join('\n')}\n`
}

export async function startWatched(): Promise<WatchedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-browser-'))
  const target = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(hostilePage())
  })
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const address = target.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  writeFileSync(join(folder, 'prometheus.yml'), configOf(port))
  // Every query is a slow one, so that their list has some.
  const settings =
    'prometheus: prometheus.yml\nstorage: {disk_budget: 1GiB}\ntelemetry: {traces: {slow_query: 1ms}}\n'
  writeFileSync(join(folder, 'vedette.yml'), settings)
  const server = await startServer({
    configPath: join(folder, 'vedette.yml'),
    listeners: ['ui'],
    env: { VEDETTE_ADMIN_PASSWORD: PASSWORD },
    readyTimeoutMs: 120_000,
  })
  const url = server.url('ui')
  return {
    url,
    signIn: async (page) => {
      await page.getByLabel('User', { exact: true }).fill('admin')
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.locator('nav[aria-label="Main"]').waitFor({ state: 'attached' })
    },
    waitFor: (query) => waitForAnswer(url, query),
    stop: async () => {
      await server.stop()
      await server.dispose()
      await new Promise((resolve) => target.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Port 1 of this machine: nobody answers there. */
function configOf(hostilePort: number): string {
  return `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['localhost:9100'] }]
  - job_name: hostile
    static_configs: [{ targets: ['127.0.0.1:${hostilePort}'] }]
  - job_name: gone
    static_configs: [{ targets: ['127.0.0.1:1'] }]
`
}

async function waitForAnswer(url: string, query: string): Promise<void> {
  const authorization = `Basic ${btoa(`admin:${PASSWORD}`)}`
  for (;;) {
    const asked = `${url}/api/prometheus/api/v1/query?query=${encodeURIComponent(query)}`
    const response = await fetch(asked, { headers: { authorization } })
    const text = await response.text()
    if (response.status === 401) throw new Error(`not let in: ${text}`)
    if (response.ok && !text.includes('"result":[]')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
