import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { startWorkingMachine, type WorkingMachine } from './fake-containers.ts'
import { drawsData, openRows, scrollThrough, waitForPanels } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const FIELD = join(projectRoot, '../shared/data/dashboards/179-docker-prometheus-monitoring.json')
const PATIENCE_MS = 120_000

describe.skipIf(!hasChromium)('Containers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-containers-'))
  let browser: Browser
  let machine: WorkingMachine
  let ui: UiServer
  const opened: Page[] = []

  beforeAll(async () => {
    machine = await startWorkingMachine(500)
    const configPath = join(folder, 'vedette.yml')
    writeFileSync(configPath, configOf(machine.section))
    ;[browser, ui] = await Promise.all([
      openChromium(),
      UiServer.start({ configPath, readyTimeoutMs: 150_000 }),
    ])
    const startedMs = Date.now()
    const query = encodeURIComponent(
      'count_over_time(container_last_seen{name="shop-web-1"}[2m]) > 35',
    )
    while (
      !JSON.stringify(await ui.request(`/api/prometheus/api/v1/query?query=${query}`)).includes(
        '"value"',
      )
    ) {
      if (Date.now() - startedMs > PATIENCE_MS) throw new Error('no samples of containers')
      await sleep(500)
    }
  }, 320_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
    await machine?.stop()
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

  it.each(VIEWS)(
    'are drawn by the dashboard of the pack ($scheme, $width)',
    async (view) => {
      const page = await visit('/d/vedette-containers?from=now-3m&to=now', view)
      await keepPicture(page, 'pack-containers', view)
      const panels = await scrollThrough(page, async (stretch) => {
        if (stretch > 0) await keepPicture(page, `pack-containers-${stretch}`, view)
      })
      const textOf = (title: string): string =>
        panels.find((one) => one.title === title)?.text ?? ''
      expect(
        panels.filter((one) => !drawsData(one)).map(({ title, text }) => `${title}: ${text}`),
      ).toEqual([])
      expect(textOf('Containers')).toContain('6')
      expect(textOf('Not healthy')).toContain('1')
      expect(textOf('Each container')).toContain('shop-db-1')
      expect(textOf('Each container')).toContain('healthy')
      await expectAccessible(page)
    },
    120_000,
  )

  const hasField = existsSync(FIELD)
  if (!hasField) console.log(`skipped, for there is no ${FIELD}`)
  it.skipIf(!hasField).each(VIEWS.slice(0, 2))(
    'are drawn by dashboard 179 ($scheme, $width)',
    async (view) => {
      const dashboard: unknown = JSON.parse(readFileSync(FIELD, 'utf8'))
      if (typeof dashboard !== 'object') throw new Error('not a dashboard')
      await ui.request('/api/dashboards/import', 'POST', {
        ...{
          dashboard: { ...dashboard, uid: 'docker-179', id: null },
          overwrite: true,
          inputs: [],
        },
      })
      const page = await visit('/d/docker-179?from=now-3m&to=now', view)
      await openRows(page)
      const panels = await scrollThrough(page, (stretch) =>
        keepPicture(page, `docker-179-${stretch}`, view),
      )
      console.log(
        panels
          .map(
            (one) =>
              `${drawsData(one) ? 'draws' : 'EMPTY'}  ${one.title}: ${one.text.slice(0, 80)}`,
          )
          .join('\n'),
      )
      // Panels of the host have steps of minutes, and may have no point yet in the first minute of a server.
      const empty = panels.filter((one) => one.title.includes('Container') && !drawsData(one))
      expect(empty.map(({ title }) => title)).toEqual([])
      expect(panels.filter(({ state }) => state === 'failed')).toEqual([])
    },
    120_000,
  )
})

function configOf(section: string): string {
  return `
${section}
prometheus:
  global: {scrape_interval: 1s, scrape_timeout: 1s}
  scrape_configs:
    - {job_name: prometheus, static_configs: [{targets: ['localhost:9090']}]}
    - {job_name: node-exporter, static_configs: [{targets: ['localhost:9100']}]}
`
}
