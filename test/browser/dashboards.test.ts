import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { GALLERY } from './gallery.ts'
import { scrollThrough } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const CONFIG = `
prometheus:
  global: {scrape_interval: 1s, scrape_timeout: 1s}
  scrape_configs:
    - {job_name: node, static_configs: [{targets: ['localhost:9100']}]}
    - {job_name: prometheus, static_configs: [{targets: ['localhost:9090']}]}
`

describe.skipIf(!hasChromium)('Dashboards', () => {
  let browser: Browser
  let ui: UiServer
  const folder = mkdtempSync(join(tmpdir(), 'vedette-dashboards-'))

  beforeAll(async () => {
    const configPath = join(folder, 'vedette.yml')
    writeFileSync(configPath, CONFIG)
    ;[browser, ui] = await Promise.all([openChromium(), UiServer.start({ configPath })])
    await ui.request('/api/dashboards/import', 'POST', {
      dashboard: GALLERY,
      overwrite: true,
      inputs: [],
    })
    const query = encodeURIComponent('count_over_time(up[1m]) >= 30')
    const ask = () => ui.request(`/api/prometheus/api/v1/query?query=${query}`)
    while (!JSON.stringify(await ask()).includes('"value"')) await sleep(200)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  async function visit(path: string, { scheme, width }: View): Promise<Page> {
    const context = await ui.openContext(browser, {
      colorScheme: scheme,
      viewport: { width, height: width < 500 ? 844 : 1200 },
    })
    const page = await context.newPage()
    await page.goto(ui.url + path)
    return page
  }

  it.each(VIEWS)('draw every kind of panel ($scheme, $width)', async (view) => {
    const page = await visit(`/d/${GALLERY.uid}?from=now-1m&to=now`, view)
    const panels = await scrollThrough(page, (stretch) =>
      keepPicture(page, `gallery-${stretch}`, view),
    )
    expect(panels.length).toBe(GALLERY.panels.length)
    expect(panels.filter(({ state }) => state === 'failed').map(({ title }) => title)).toEqual([
      'A query that fails',
    ])
    await expectAccessible(page)
    await page.context().close()
  })
})
