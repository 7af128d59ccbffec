import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { findChromium, openChromium } from './chromium.ts'
import { hasNodeExporter, startNodeExporter, type RunningExporter } from './node-exporter.ts'
import {
  drawsData,
  openRows,
  scrollThrough,
  seriesCountOf,
  waitForPanels,
  type SeenPanel,
} from './read-panels.ts'
import { ARTEFACTS } from './screenshots.ts'
import { UiServer } from './ui-server.ts'

const folder = join(projectRoot, '../shared/data/dashboards')
const FORMS = [
  { uid: 'node-exporter-full', file: '1860-node-exporter-full.json', least: 100 },
  { uid: 'node-exporter-full-old', file: '1860-node-exporter-full-old.json', least: 20 },
]
/** Of the panels that draw from Debian's exporter, so many have to draw from our own collector. */
const LEAST_SHARE = 0.95
/** Many panels at once, and still a picture that can be looked at. */
const TALL = { width: 1440, height: 1800 }

const missing = [
  ...(findChromium() === undefined ? ['Chromium'] : []),
  ...(hasNodeExporter() ? [] : ['prometheus-node-exporter']),
  ...FORMS.map(({ file }) => join(folder, file)).filter((path) => !existsSync(path)),
]
if (missing.length > 0) console.log(`skipped, for there is no ${missing.join(', ')}`)

describe.skipIf(missing.length > 0)('1860 Node Exporter Full', () => {
  let exporter: RunningExporter
  let ui: UiServer
  let browser: Browser
  const temporary = mkdtempSync(join(tmpdir(), 'vedette-1860-'))

  beforeAll(async () => {
    exporter = await startNodeExporter(['--collector.processes'])
    const configPath = join(temporary, 'vedette.yml')
    writeFileSync(configPath, configFor(exporter.port))
    ui = await UiServer.start({ configPath })
    browser = await openChromium()
    await Promise.all(['own', 'debian'].map((job) => waitForSamples(ui, job)))
    mkdirSync(ARTEFACTS, { recursive: true })
  }, 240_000)

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
    await exporter?.stop()
    rmSync(temporary, { recursive: true, force: true })
  })

  it.each(FORMS)(
    'draws from our own collector what it draws from Debian’s: $file',
    async ({ uid, file, least }) => {
      const dashboard: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      await importAs(ui, uid, dashboard)
      const debian = await drawAll(uid, 'debian', `127.0.0.1:${exporter.port}`)
      const own = await drawAll(uid, 'own', 'own-host:9100')
      const drawn = debian.filter(drawsData)
      const ownByKey = new Map(own.map((panel) => [panel.key, panel]))
      const rest = drawn.filter(({ key }) => {
        const same = ownByKey.get(key)
        return same === undefined || !drawsData(same)
      })
      const share = 1 - rest.length / drawn.length
      console.log(
        `${file}: of ${debian.length} panels ${drawn.length} draw from Debian's exporter, and of these ` +
          `${drawn.length - rest.length} (${(share * 100).toFixed(1)} %) from our own; ` +
          `not: ${rest.map(({ title }) => title).join(', ') || 'none'}; ` +
          `only from our own: ${onlyOwn(own, debian) || 'none'}; fewer series: ${fewer(drawn, ownByKey) || 'none'}`,
      )
      const failed = [...debian, ...own].filter(({ state }) => state !== 'drawn')
      expect(failed.map(({ title, text }) => `${title}: ${text}`)).toEqual([])
      expect(drawn.length).toBeGreaterThanOrEqual(least)
      expect(share).toBeGreaterThanOrEqual(LEAST_SHARE)
    },
    180_000,
  )

  async function drawAll(uid: string, job: string, instance: string): Promise<SeenPanel[]> {
    const context = await ui.openContext(browser, { viewport: TALL })
    try {
      const page = await context.newPage()
      const [node = '', port = ''] = instance.split(':')
      const variables = uid.endsWith('old')
        ? `var-job=${job}&var-node=${node}&var-port=${port}`
        : `var-job=${job}&var-node=${instance}`
      await page.goto(`${ui.url}/d/${uid}?${variables}&from=now-1m&to=now&timezone=utc`)
      await page.waitForSelector('[data-panel]')
      await openRows(page)
      await waitForPanels(page, 120_000)
      const seen = await scrollThrough(page, async (stretch) => {
        await page.screenshot({ path: join(ARTEFACTS, `${uid}-${job}-${stretch}.png`) })
      })
      return seen
    } finally {
      await context.close()
    }
  }
})

function configFor(port: number): string {
  return `
aliases: {'own-host:9100': node}
host: {collector: {processes: true}}
prometheus:
  global: {scrape_interval: 2s, scrape_timeout: 2s}
  scrape_configs:
    - {job_name: own, static_configs: [{targets: ['own-host:9100']}]}
    - {job_name: debian, static_configs: [{targets: ['127.0.0.1:${port}']}]}
`
}

/** Rates need several samples, and lines several rates. */
async function waitForSamples(ui: UiServer, job: string): Promise<void> {
  const query = encodeURIComponent(`sum_over_time(up{job="${job}"}[2m]) >= 35`)
  const deadlineMs = Date.now() + 180_000
  for (;;) {
    const answer = await ui.request(`/api/prometheus/api/v1/query?query=${query}`)
    if (JSON.stringify(answer).includes('"value"')) return
    if (Date.now() > deadlineMs) throw new Error(`no samples of ${job} after 180 s`)
    await sleep(500)
  }
}

async function importAs(ui: UiServer, uid: string, dashboard: unknown): Promise<void> {
  await ui.request('/api/dashboards/import', 'POST', {
    dashboard: { ...toObject(dashboard), uid, id: null },
    overwrite: true,
    inputs: [],
  })
}

function toObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Error('not a dashboard')
  return value
}

function onlyOwn(own: readonly SeenPanel[], debian: readonly SeenPanel[]): string {
  const others = new Set(debian.filter(drawsData).map(({ key }) => key))
  return own
    .filter((panel) => drawsData(panel) && !others.has(panel.key))
    .map(({ title }) => title)
    .join(', ')
}

function fewer(drawn: readonly SeenPanel[], own: ReadonlyMap<string, SeenPanel>): string {
  return drawn
    .flatMap((panel) => {
      const same = own.get(panel.key)
      const count = same ? seriesCountOf(same) : 0
      const wanted = seriesCountOf(panel)
      return count < wanted ? [`${panel.title} (${count} of ${wanted})`] : []
    })
    .join(', ')
}
