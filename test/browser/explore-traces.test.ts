import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { FAILS_EVERY, shopTraceId } from './shop-samples.ts'
import { ShopServer } from './shop-server.ts'

const TRACES = 48

describe.skipIf(!hasChromium)('TraceQL in Explore', () => {
  let browser: Browser
  let server: ShopServer
  const toMs = Date.now()
  const fromMs = toMs - 1_800_000
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), ShopServer.start()])
    await server.pushTraces(TRACES, { fromMs: fromMs + 60_000, toMs: toMs - 60_000 })
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  })

  async function explore(queries: readonly string[], view: View = DESKTOP, more = {}) {
    const params = new URLSearchParams({
      lang: 'traceql',
      from: `${fromMs}`,
      to: `${toMs}`,
      ...more,
    })
    for (const query of queries) params.append('q', query)
    const visit = await server.visit(browser, `/explore?${params}`, view)
    opened.push(visit.page)
    return visit
  }

  it.each(VIEWS)('lists the traces that a query finds ($scheme, $width)', async (view) => {
    const { page, faults } = await explore(
      ['{ resource.service.name = "payments" && status = error }'],
      view,
    )
    const found = page.getByRole('region', { name: 'Traces' })
    await found.getByRole('link').first().waitFor()
    expect(await found.getByRole('link').count()).toBe(Math.ceil(TRACES / FAILS_EVERY))
    expect(await found.textContent()).toContain('gateway')
    await page
      .getByRole('status')
      .getByText(`${TRACES / FAILS_EVERY} traces`)
      .waitFor()
    const href = await found.getByRole('link').last().getAttribute('href')
    expect(href).toContain(`/traces/${shopTraceId(0)}`)
    await expectAccessible(page)
    await keepPicture(page, 'explore-traces', view)
    expect(faults).toEqual([])
  })

  it.each(VIEWS)('draws metrics of spans ($scheme, $width)', async (view) => {
    const { page, faults } = await explore(
      ['{ kind = server } | rate() by (resource.service.name)'],
      view,
    )
    await page.getByText('3 series').waitFor()
    const legend = page.getByRole('button', { name: 'resource.service.name="payments"' })
    await legend.or(page.getByText('resource.service.name="payments"')).first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-trace-metrics', view)
    expect(faults).toEqual([])
  })

  it('shows the newest values as a table', async () => {
    const query = '{ kind = server } | count_over_time() by (resource.service.name)'
    const { page } = await explore([query], DESKTOP, { view: 'table' })
    const row = page.getByRole('row', { name: /payments/ })
    await row.waitFor()
    expect(await row.textContent()).toContain(String(TRACES))
  })

  it('shows one trace by its id', async () => {
    const { page, faults } = await explore([shopTraceId(3)])
    await page.getByText('charge').first().waitFor()
    await page.getByRole('link', { name: 'Open its page' }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-trace', DESKTOP)
    expect(faults).toEqual([])
  })

  it('says what is wrong, and that there is nothing', async () => {
    const { page } = await explore(['{ name = }', '{ name = "nobody" }'])
    await page.getByRole('alert').getByText('invalid TraceQL query').waitFor()
    await page.getByText('No traces').waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-traces-wrong', DESKTOP)
  })

  it('completes names and values by what there is, and keeps a history of its own', async () => {
    const { page, faults } = await explore([])
    const editor = page.getByRole('textbox', { name: 'Query A' })
    await editor.click()
    await page.keyboard.type('{ resource.ser')
    const options = page.locator('.cm-tooltip-autocomplete')
    await options.getByText('resource.service.name').waitFor()
    await keepPicture(page, 'explore-traces-names', DESKTOP)
    await page.keyboard.press('Enter')
    await page.keyboard.type(' = ')
    await options.getByText('payments').waitFor()
    await page.keyboard.type('"pay')
    // The list from before the quote is still there for a moment, and takes nothing any more.
    await options.locator('.cm-completionMatchedText', { hasText: /^pay$/ }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+Enter')
    const found = page.getByRole('region', { name: 'Traces' })
    await found.getByRole('link').first().waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toContain(
      'resource.service.name = "payments"',
    )
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('dialog').getByText('"payments"').waitFor()
    expect(faults).toEqual([])
  })
})
