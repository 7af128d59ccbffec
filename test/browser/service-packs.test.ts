import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { startFakeServices, type FakeServices } from './fake-services.ts'
import { drawsData, scrollThrough, waitForPanels, type SeenPanel } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const PATIENCE_MS = 120_000

/** Each dashboard, with the panels that have nothing to show with the data of this test. */
const DASHBOARDS: readonly (readonly [string, readonly string[]])[] = [
  ['vedette-probes', ['First certificate to end', 'Certificates', 'Echo requests']],
  ['vedette-traefik', []],
  ['vedette-nginx', []],
  ['vedette-backups', []],
  ['vedette-prov-overview', []],
  ['vedette-prov-orchestrator', []],
  ['vedette-prov-control-center', []],
  ['vedette-prov-vault', []],
  ['vedette-prov-api', []],
  ['vedette-prov-infrastructure', []],
]

describe.skipIf(!hasChromium)('Packs of services', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-service-packs-'))
  let browser: Browser
  let services: FakeServices
  let ui: UiServer
  const opened: Page[] = []

  beforeAll(async () => {
    services = await startFakeServices()
    const configPath = join(folder, 'vedette.yml')
    writeFileSync(configPath, configOf(services.port))
    ;[browser, ui] = await Promise.all([
      openChromium(),
      UiServer.start({ configPath, readyTimeoutMs: 150_000 }),
    ])
    const startedMs = Date.now()
    const query = encodeURIComponent(
      'count_over_time(up{job="nginx"}[5m]) > 25 and on () count_over_time(probe_success[5m]) > 20',
    )
    const path = `/api/prometheus/api/v1/query?query=${query}`
    while (!JSON.stringify(await ui.request(path)).includes('"value"')) {
      if (Date.now() - startedMs > PATIENCE_MS) throw new Error('no samples')
      await sleep(500)
    }
  }, 320_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
    await services?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function visit(path: string, view: View): Promise<Page> {
    const { width, scheme } = view
    const height = width < 500 ? 844 : 900
    const context = await ui.openContext(browser, {
      viewport: { width, height },
      colorScheme: scheme,
    })
    const page = await context.newPage()
    opened.push(page)
    await page.goto(ui.url + path)
    await waitForPanels(page, 120_000)
    return page
  }

  const [wide = VIEWS[0]] = VIEWS
  it.each(DASHBOARDS)(
    'are drawn: %s',
    async (uid, silent) => {
      if (wide === undefined) return
      const page = await visit(`/d/${uid}?from=now-2m&to=now`, wide)
      await keepPicture(page, uid, wide)
      const panels = await scrollThrough(page, async (stretch) => {
        if (stretch > 0) await keepPicture(page, `${uid}-${stretch}`, wide)
      })
      // Some say what they show in a word.
      const isTold = (one: SeenPanel): boolean =>
        drawsData(one) || /(?:up|connected)$/.test(one.text)
      const empty = panels.filter((one) => !isTold(one) && !silent.includes(one.title))
      expect(empty.map(({ title, text }) => `${title}: ${text.slice(0, 200)}`)).toEqual([])
      await expectAccessible(page)
    },
    120_000,
  )

  it('tell of the logs that they wait for', async () => {
    if (wide === undefined) return
    const page = await visit('/d/vedette-prov-logs?from=now-5m&to=now', wide)
    await keepPicture(page, 'vedette-prov-logs', wide)
    const panels = await scrollThrough(page, () => Promise.resolve())
    expect(panels.filter(({ state }) => state !== 'drawn')).toEqual([])
    expect(panels.find(({ title }) => title === 'Newest lines')?.text).toContain('provisioning-')
  }, 120_000)
})

/** The targets of `probes:` are this very program's fake services, and an address where nobody answers. */
function configOf(port: number): string {
  const jobs = [
    ...[
      ['provisioning-orchestrator', 'orchestrator'],
      ['provisioning-control-center', 'control-center'],
      ['provisioning-vault-service', 'vault-service'],
    ],
    ...[
      ['traefik', 'traefik'],
      ['nginx', 'nginx'],
      ['nginx-vts', 'vts'],
      ['backups', 'backups'],
    ],
  ].map(
    ([job, page]) =>
      `    - {job_name: ${job}, metrics_path: /${page}, static_configs: [{targets: ['127.0.0.1:${port}']}]}`,
  )
  return `prometheus:
  global: {scrape_interval: 1s, scrape_timeout: 1s}
  scrape_configs:
    - {job_name: node, static_configs: [{targets: ['localhost:9100']}]}
${jobs.join('\n')}
probes:
  - {targets: ['http://127.0.0.1:${port}/nginx', 'http://127.0.0.1:${port}/none']}
  - {name: ports, module: tcp_connect, targets: ['127.0.0.1:${port}', '127.0.0.1:1']}
`
}
