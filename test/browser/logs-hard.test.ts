import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { HOSTILE_LINES } from './log-samples.ts'
import { LogServer } from './log-server.ts'

describe.skipIf(!hasChromium)('Logs that are hard to show', () => {
  let browser: Browser
  let server: LogServer
  let page: Page
  let faults: string[] = []
  let counted = 0

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), LogServer.start()])
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

  const open = async (query: string, more = '', view: View = DESKTOP): Promise<void> => {
    const path = `/logs?q=${encodeURIComponent(query)}${more}`
    ;({ page, faults } = await server.visit(browser, path, view))
  }
  const push = async (app: string, lines: readonly string[]): Promise<void> => {
    const values = lines.map((line) => [nextNs(), line] as const)
    await server.push({ streams: [{ stream: { app }, values }] })
  }
  /** Of the present, each later than the one before. */
  const nextNs = (): string => {
    counted += 1
    return `${Date.now() - 2000}${String(counted).padStart(6, '0')}`
  }
  const lines = (name = 'Lines') => page.getByRole('region', { name, exact: true })

  it.each(VIEWS)('run nothing of what they say ($scheme, $width)', async (view) => {
    const app = `<img src=x onerror=fail()> ${view.scheme} ${view.width}`
    await push(app, HOSTILE_LINES)
    await open(`{app=${JSON.stringify(app)}}`, '&labels=all', view)
    await lines().getByText(HOSTILE_LINES[0], { exact: true }).waitFor()
    for (let i = 0; i < HOSTILE_LINES.length; i++) {
      const fold = lines().locator('[data-row]').nth(i)
      await fold.click()
      await page.getByText('Labels of the stream').nth(i).waitFor({ state: 'attached' })
    }
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    )
    const made = await lines().locator('img, script, iframe, svg[onload], a').count()
    expect(made).toBe(0)
    const text = await lines().innerText()
    expect(text).not.toMatch(/[\u001b\u202e]/)
    await expectAccessible(page)
    await keepPicture(page, 'logs-hostile', view)
  })

  it('are cut when they are long, and shown whole when one asks', async () => {
    const long = 'x'.repeat(1_000_000)
    await push('long', ['before', `${long} end of it`, `{"a":"${'y '.repeat(400_000)}"}`, 'after'])
    await open('{app="long"}', '&wrap=1')
    await lines().getByText('after', { exact: true }).waitFor()
    await lines().getByText('before', { exact: true }).waitFor()
    await lines().locator('[data-row="2"]').click()
    await page.getByRole('button', { name: /^Show all 1\W000\W010 characters/ }).click()
    await page.getByText(/end of it$/).waitFor({ state: 'attached' })
    await expectAccessible(page)
    await keepPicture(page, 'logs-long', DESKTOP)
    // The page still answers.
    await lines().locator('[data-row="2"]').click()
    await page.getByRole('button', { name: /^Show all/ }).waitFor({ state: 'hidden' })
  })

  it('are followed live, held and let go on', async () => {
    await push('live', ['first of all'])
    await open('{app="live"}', '&live=1')
    await lines('Live lines').getByText('first of all').waitFor()
    await page.getByText('Live', { exact: true }).nth(0).waitFor()
    await push('live', ['second of all'])
    await lines('Live lines').getByText('second of all').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await push('live', ['third of all', 'fourth of all'])
    await page.getByText(/2 waiting/).waitFor()
    expect(await lines('Live lines').getByText('third of all').count()).toBe(0)
    await expectAccessible(page)
    await keepPicture(page, 'logs-live', DESKTOP)
    await page.getByRole('button', { name: 'Go on' }).click()
    await lines('Live lines').getByText('fourth of all').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Waiting for lines').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await lines().getByText('fourth of all').waitFor()
  })

  it('are asked for again and again where there is no WebSocket', async () => {
    await push('poll', ['first of all'])
    await open('{app="poll"}')
    await lines().getByText('first of all').waitFor()
    await page.evaluate(`window.WebSocket = class extends EventTarget {
      constructor() {
        super()
        setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code: 1006 })))
      }
      close() {}
    }`)
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByText('Live, every 2 s').waitFor()
    await push('poll', ['second of all'])
    await lines('Live lines').getByText('second of all').waitFor()
  })
})
