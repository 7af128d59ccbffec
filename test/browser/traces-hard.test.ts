import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import {
  HOSTILE_NAMES,
  hostileTrace,
  shopRequest,
  traceIdOf,
  spanIdOf,
  wideTrace,
} from './trace-samples.ts'
import { TraceServer } from './trace-server.ts'

const SPANS = 10_000
const WIDE = `/traces/${traceIdOf('wide')}`

/** Scrolls by three rows each frame, and answers how long frames took in milliseconds. */
const SCROLL = `new Promise((done) => {
  const list = document.querySelector('[role="tree"]')
  const frames = []
  let last = performance.now()
  const step = (now) => {
    frames.push(now - last)
    last = now
    list.scrollTop += 72
    if (frames.length < 200) requestAnimationFrame(step)
    else done(frames.slice(1))
  }
  requestAnimationFrame(step)
})`

describe.skipIf(!hasChromium)('Hard traces', () => {
  let browser: Browser
  let server: TraceServer
  let page: Page
  let faults: string[] = []
  let seenMs = 0

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), TraceServer.start()])
    const nowMs = Date.now()
    await server.push('wide', nowMs - 120_000, wideTrace(SPANS))
    await server.push('hostile', nowMs - 60_000, hostileTrace())
    seenMs = nowMs - 50_000
    await server.push('seen', seenMs, shopRequest(1))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  })

  beforeEach(() => {
    faults = []
  })

  afterEach(async () => {
    await page.context().close()
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })

  const open = async (path: string, view: View = DESKTOP): Promise<void> => {
    ;({ page, faults } = await server.visit(browser, path, view))
  }
  const tree = () => page.getByRole('tree', { name: 'Spans' })
  const item = (row: number) => tree().locator(`[data-row="${row}"]`)

  it.each(VIEWS)('ten thousand spans scroll ($scheme, $width)', async (view) => {
    await open(WIDE, view)
    await item(0).waitFor()
    await page.getByText('10 000 spans').waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'trace-wide', view)
    await item(0).focus()
    await page.keyboard.press('End')
    await item(SPANS - 1).waitFor()
    expect(await page.getByRole('treeitem').count()).toBeLessThan(120)
    await page.keyboard.press('Home')
    await item(0).waitFor()
  })

  it('tells what a frame of scrolling costs', async () => {
    await open(WIDE)
    await item(0).waitFor()
    const session = await browser.newBrowserCDPSession()
    // Time of the processor, not of the clock: others run on this machine too.
    const busyMs = async (): Promise<number> => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      const renderers = processInfo.filter(({ type }) => type === 'renderer')
      return renderers.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0)
    }
    const before = await busyMs()
    const frames = await page.evaluate<number[]>(SCROLL)
    const perFrame = ((await busyMs()) - before) / frames.length
    const p95 = frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? 0
    console.log(
      `waterfall of ${SPANS} spans: ${perFrame.toFixed(1)} ms of the renderer's processor time a frame, frames p95 ${p95.toFixed(1)} ms`,
    )
    expect(frames.length).toBe(199)
  })

  it('ten thousand spans are searched, folded and zoomed', async () => {
    await open(WIDE)
    await item(0).waitFor()
    const search = page.getByRole('textbox', { name: 'Search in the spans' })
    await search.fill('step 9999')
    await search.press('Enter')
    await page.getByText('1 of 1').waitFor()
    await tree().getByText('step 9999').waitFor()
    await page.getByRole('button', { name: 'Fold' }).click()
    await page.getByRole('menuitem', { name: 'Down to level 2' }).click()
    await tree().locator('[aria-level="3"]').first().waitFor({ state: 'detached' })
    await keepPicture(page, 'trace-wide-folded', DESKTOP)
    // The menu lies over the picture of the whole trace until it has faded.
    await page.getByRole('menu').waitFor({ state: 'detached' })
    const minimap = page.getByRole('img', { name: /^All 10000 spans/ })
    const box = await minimap.boundingBox()
    if (box === null) throw new Error('the minimap has no size')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.52, box.y + 20, { steps: 3 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Whole trace' }).waitFor()
    await page.getByRole('button', { name: 'Fold' }).click()
    await page.getByRole('menuitem', { name: 'Unfold all' }).click()
    await search.fill('step 5100')
    await search.press('Enter')
    await tree().getByText('step 5100').waitFor()
    await keepPicture(page, 'trace-wide-zoomed', DESKTOP)
  })

  it.each(VIEWS)('whatever spans are called is text only ($scheme, $width)', async (view) => {
    await open(`/traces/${traceIdOf('hostile')}?span=${spanIdOf('hostile', 1)}`, view)
    await page.getByRole('complementary', { name: 'Span' }).waitFor()
    expect(await page.getByRole('treeitem').count()).toBe(HOSTILE_NAMES.length)
    await page.getByRole('heading', { name: HOSTILE_NAMES[1], exact: true }).waitFor()
    const made = 'main img, main script, main iframe, main [onload], main a[href^="javascript"]'
    expect(await page.locator(made).count()).toBe(0)
    await expectAccessible(page)
    await keepPicture(page, 'trace-hostile', view)
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    const query = encodeURIComponent('{ name =~ ".*fail.*" }')
    await page.goto(`/traces?q=${query}`)
    await page.getByRole('region', { name: 'Traces', exact: true }).getByRole('link').waitFor()
    expect(await page.locator(made).count()).toBe(0)
    await keepPicture(page, 'traces-hostile', view)
    await page.goto(`/traces/compare?left=${traceIdOf('hostile')}&right=${traceIdOf('seen')}`)
    await page.getByRole('table', { name: 'Spans of both traces' }).waitFor()
    expect(await page.locator(made).count()).toBe(0)
  })

  it('a log line opens its trace, and a span leads to its lines', async () => {
    const atNs = `${seenMs + 30}000000`
    const line = JSON.stringify({ msg: 'charged', trace_id: traceIdOf('seen') })
    const stream = { service_name: 'payments' }
    await server.post(
      `${server.ui.server.url('loki')}/loki/api/v1/push`,
      JSON.stringify({ streams: [{ stream, values: [[atNs, line]] }] }),
    )
    await open(`/logs?q=${encodeURIComponent('{service_name="payments"}')}`)
    const lines = page.getByRole('region', { name: 'Lines', exact: true })
    await lines.getByRole('listitem').first().getByRole('button').click()
    await keepPicture(page, 'log-line-trace', DESKTOP)
    await page.getByRole('link', { name: 'Open its trace' }).click()
    await page.waitForURL((url) => url.pathname === `/traces/${traceIdOf('seen')}`)
    await page.getByRole('treeitem', { name: 'payments charge' }).click()
    const elsewhere = page.getByRole('region', { name: 'Elsewhere' })
    await elsewhere.getByRole('link', { name: /\(1\)/ }).first().click()
    await page.waitForURL((url) => url.pathname === '/logs')
    await lines
      .getByText(/charged/)
      .first()
      .waitFor()
  })
})
