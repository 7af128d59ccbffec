import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { objectOf, objectsOf } from '../../src/lang/dashboard/json-value.ts'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { scrollThrough, waitForPanels, type SeenPanel } from './read-panels.ts'
import { ShopServer } from './shop-server.ts'

/** Spans come as they do in life: metrics are made of what is new only. */
const PUSH_EVERY_MS = 1000
const TRACES_EACH = 4
const PATIENCE_MS = 100_000

describe.skipIf(!hasChromium)('The packs of traces and services', () => {
  let browser: Browser
  let server: ShopServer
  let pushed = 0
  const startedMs = Date.now()
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), ShopServer.start()])
    while (!(await hasRates())) {
      if (Date.now() - startedMs > PATIENCE_MS) throw new Error('no metrics were made of spans')
      const nowMs = Date.now()
      await server.pushTraces(TRACES_EACH, { fromMs: nowMs - 500, toMs: nowMs, first: pushed })
      pushed += TRACES_EACH
      await sleep(PUSH_EVERY_MS)
    }
  }, 160_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  })

  /** Whether there are samples enough of each kind of metric for the rates that panels draw. */
  async function hasRates(): Promise<boolean> {
    const query =
      'count(count_over_time(traces_spanmetrics_calls_total[1m]) > 3) + count(count_over_time(traces_service_graph_request_total[1m]) > 2)'
    const path = `/api/prometheus/api/v1/query?query=${encodeURIComponent(query)}`
    const data = objectOf(objectOf(await server.ui.request(path))['data'])
    return objectsOf(data['result']).length > 0
  }

  async function visit(uid: string, view: View) {
    const found = await server.visit(browser, `/d/${uid}?from=now-15m&to=now`, view)
    opened.push(found.page)
    await waitForPanels(found.page)
    return found
  }

  function textOf(panels: readonly SeenPanel[], title: string): string {
    return panels.find((one) => one.title === title)?.text ?? ''
  }

  it.each(VIEWS)('show rate, errors and durations of services ($scheme, $width)', async (view) => {
    const { page, faults } = await visit('vedette-services', view)
    await keepPicture(page, 'pack-services', view)
    const panels = await scrollThrough(page, async (stretch) => {
      if (stretch === 1) await keepPicture(page, 'pack-services-below', view)
    })
    expect(panels.filter(({ state }) => state === 'failed')).toEqual([])
    expect(textOf(panels, 'Requests per second')).toMatch(/\d.*req\/s/)
    expect(textOf(panels, 'Failed')).toMatch(/\d%/)
    expect(textOf(panels, 'Operations')).toContain('charge')
    expect(textOf(panels, 'Who calls whom')).toContain('payments')
    expect(textOf(panels, 'Newest failures')).toContain('GET /cart')
    const charts = ['Requests by service', 'Durations', '95 % within, by service']
    for (const title of charts) {
      expect(panels.find((one) => one.title === title)?.chart).toMatch(/: last /)
    }
    expect(faults).toEqual([])
  })

  it.each(VIEWS)('show traces and who sends them ($scheme, $width)', async (view) => {
    const { page, faults } = await visit('vedette-traces', view)
    await keepPicture(page, 'pack-traces', view)
    const panels = await scrollThrough(page, async () => undefined)
    expect(panels.filter(({ state }) => state === 'failed')).toEqual([])
    // Vedette may have sent a span of its own.
    expect(textOf(panels, 'Senders')).toMatch(/Senders[34]/)
    for (const title of ['Spans by service', 'Durations of requests']) {
      expect(panels.find((one) => one.title === title)?.chart).toMatch(/: last /)
    }
    expect(textOf(panels, 'Newest failures')).toContain('GET /cart')
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('say what they wait for where nothing has come', async () => {
    for (const uid of ['vedette-services', 'vedette-traces']) {
      const { page } = await server.visit(
        browser,
        `/d/${uid}?from=now-3d&to=now-2d&var-service=nobody`,
        DESKTOP,
      )
      opened.push(page)
      await waitForPanels(page)
      await page.getByText('Waits for').first().waitFor()
      await page.getByText('No spans yet').first().waitFor()
      await keepPicture(page, `${uid}-empty`, DESKTOP)
    }
  })
})
