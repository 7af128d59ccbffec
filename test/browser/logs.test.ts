import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { samplePush } from './log-samples.ts'
import { LogServer } from './log-server.ts'

describe.skipIf(!hasChromium)('Logs', () => {
  let browser: Browser
  let server: LogServer
  let page: Page
  let faults: string[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), LogServer.start()])
    await server.push(samplePush(Date.now(), 3000, 40 * 60_000))
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
    await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor()
  }
  const rows = () => page.getByRole('region', { name: 'Lines', exact: true }).getByRole('listitem')

  it.each(VIEWS)('shows lines, counts them, names their fields ($scheme, $width)', async (view) => {
    await open('/logs', view)
    await page.waitForURL((url) => url.searchParams.get('q') === '{job=~".+"}')
    await rows().first().waitFor()
    await page.getByText(/^\d,\d{3} lines in the range|^3\W000 lines in the range/).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs', view)
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    await rows().first().getByRole('button').click()
    await page
      .getByRole('button', { name: /^Only lines with this/ })
      .first()
      .waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-detail', view)
  })
})
