import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { startWorkingCluster, type WorkingCluster } from './fake-kubernetes.ts'
import { drawsData, scrollThrough, waitForPanels } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const PATIENCE_MS = 120_000

/** Dashboards by what they are called in addresses, with what has to stand in one of their panels. */
const BOARDS = [
  ['nodes', 'Each node', 'v1.34.2'],
  ['pods', 'Containers that wait', 'CrashLoopBackOff'],
  ['workloads', 'Each deployment', 'cart'],
  ['apiserver', 'Up', '1'],
] as const

/** They show what is wrong only, and little is. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['Restarts', 'Conditions'])

describe.skipIf(!hasChromium)('Kubernetes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-kubernetes-'))
  let browser: Browser
  let cluster: WorkingCluster
  let ui: UiServer
  const opened: Page[] = []

  beforeAll(async () => {
    cluster = await startWorkingCluster()
    const configPath = join(folder, 'vedette.yml')
    const text = `prometheus: {global: {scrape_interval: 1s}}\npromtail: off\n${cluster.section}`
    writeFileSync(configPath, text)
    ;[browser, ui] = await Promise.all([
      openChromium(),
      UiServer.start({ configPath, listeners: ['loki'], readyTimeoutMs: 150_000 }),
    ])
    const startedMs = Date.now()
    const query = encodeURIComponent(
      'count_over_time(kube_pod_info{pod="db-0"}[2m]) > 35 and on () count_over_time(apiserver_request_total{verb="GET",code="200"}[2m]) > 35',
    )
    const path = `/api/prometheus/api/v1/query?query=${query}`
    while (!JSON.stringify(await ui.request(path)).includes('"value"')) {
      if (Date.now() - startedMs > PATIENCE_MS) throw new Error('no samples of the cluster')
      await sleep(500)
    }
  }, 320_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function visit(path: string, { width, scheme }: View): Promise<Page> {
    const viewport = { width, height: width < 500 ? 844 : 900 }
    const context = await ui.openContext(browser, { viewport, colorScheme: scheme })
    const page = await context.newPage()
    opened.push(page)
    await page.goto(ui.url + path)
    await waitForPanels(page, 120_000)
    return page
  }

  // On a narrow screen they are laid out alike: one of them stands for all.
  const cases = BOARDS.flatMap((board, i) =>
    (i === 1 ? VIEWS : VIEWS.slice(0, 2)).map((view) => ({ board, view })),
  )
  it.each(cases)(
    'is drawn by $board.0 ($view.scheme, $view.width)',
    async ({ board: [name, title, text], view }) => {
      const page = await visit(`/d/vedette-kubernetes-${name}?from=now-5m&to=now`, view)
      await keepPicture(page, `pack-kubernetes-${name}`, view)
      const panels = await scrollThrough(page, async (stretch) => {
        if (stretch > 0) await keepPicture(page, `pack-kubernetes-${name}-${stretch}`, view)
      })
      const empty = panels.filter((one) => !drawsData(one) && !MAY_BE_EMPTY.has(one.title))
      expect(empty.map((one) => `${one.title}: ${one.text}`)).toEqual([])
      expect(panels.find((one) => one.title === title)?.text).toContain(text)
      await expectAccessible(page)
    },
    120_000,
  )
})
