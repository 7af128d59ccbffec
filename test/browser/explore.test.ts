import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  DESKTOP,
  expectAccessible,
  hasChromium,
  keepPicture,
  openVisit,
  VIEWS,
  type View,
} from './browser.ts'
import { openChromium } from './chromium.ts'
import { HOSTILE, startWatched, type WatchedServer } from './watched-server.ts'

describe.skipIf(!hasChromium)('Explore', () => {
  let browser: Browser
  let server: WatchedServer
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), startWatched()])
    await server.waitFor('evil')
    await server.waitFor('rate(node_cpu_seconds_total[10s])')
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  const open = async (path: string, view: View = DESKTOP): Promise<void> => {
    ;({ page, faults } = await openVisit(browser, server.url, view))
    await page.goto(path)
    await server.signIn(page)
    await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor()
  }

  beforeEach(() => {
    faults = []
  })

  afterEach(async () => {
    await page.context().close()
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })

  const editor = (letter = 'A') => page.getByRole('textbox', { name: `Query ${letter}` })
  const chart = () => page.getByRole('slider', { name: /^Result: time series chart/ })

  it.each(VIEWS)('draws a query ($scheme, $width)', async (view) => {
    await open(
      '/explore?q=rate(node_cpu_seconds_total%5B10s%5D)&from=now-5m&to=now&refresh=2s',
      view,
    )
    await page.getByRole('slider', { name: /^Result: .*mode="idle"/ }).waitFor()
    await editor().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-graph', view)
  })

  it('completes metrics, labels and values, and says what is wrong as one types', async () => {
    await open('/explore')
    await editor().click()
    await page.keyboard.type('node_load')
    await page.getByRole('option', { name: /node_load15/ }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-completion', DESKTOP)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('evil{')
    await page.getByRole('option', { name: 'text' }).waitFor()
    await page.keyboard.type('text="')
    await page.getByRole('option', { name: HOSTILE[0] }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('rate(evil')
    await page.locator('.cm-lintRange-error').hover()
    await page.getByText('expected type range vector in call to function "rate"').waitFor()
    await page.keyboard.press('Escape')
  })

  it('runs several queries, as table, plan and JSON, and the address holds it all', async () => {
    await open('/explore?q=evil&q=up')
    await chart().waitFor()
    await page.getByText('Table', { exact: true }).click()
    await page.getByRole('columnheader', { name: 'value' }).waitFor()
    for (const text of HOSTILE) await page.getByRole('cell', { name: text, exact: true }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-table', DESKTOP)
    await page.getByRole('button', { name: 'value' }).click()
    await page.getByRole('columnheader', { name: 'value', exact: true }).waitFor()
    expect(await page.getByRole('row').nth(1).innerText()).toContain('3')
    await page.getByText('Explain', { exact: true }).click()
    await page.getByText('Reads the newest sample of each series').first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-plan', DESKTOP)
    await page.getByText('JSON', { exact: true }).click()
    await page.getByRole('region', { name: 'Answer to query B' }).waitFor()
    await expectAccessible(page)
    const url = new URL(page.url())
    expect(url.searchParams.getAll('q')).toEqual(['evil', 'up'])
    expect(url.searchParams.get('view')).toBe('json')
  })

  it('formats, removes, remembers', async () => {
    await open('/explore?q=sum(evil)by(n)&q=up')
    await page.getByRole('button', { name: 'Format query A' }).click()
    await page.getByText('sum by (n) (evil)').waitFor()
    await editor().click()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: 'Remove query B' }).click()
    await page.waitForURL((url) => url.searchParams.getAll('q').join() === 'sum by (n) (evil)')
    await page.getByRole('button', { name: 'History' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('sum by (n) (evil)').waitFor()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: /^up/ }).click()
    await page.waitForURL((url) => url.searchParams.getAll('q').includes('up'))
  })

  it('browses metrics by prefix, with help and sparkline', async () => {
    await open('/explore')
    await page.getByRole('button', { name: 'Metrics' }).click()
    await page.getByRole('button', { name: /^node_ \d+/ }).click()
    await page.getByRole('button', { name: /^node_memory_ \d+/ }).click()
    await page.getByRole('button', { name: /node_memory_Active_bytes/ }).waitFor()
    await page.getByRole('img', { name: 'Mean' }).first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-metrics', DESKTOP)
    await page.getByRole('textbox', { name: 'Search metrics' }).fill('evil')
    // The help text is hostile too: it is shown as it is.
    await page.getByText(`gauge · ${HOSTILE[0]}`).waitFor()
    await page.getByRole('button', { name: /^evil/ }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === 'evil')
    await chart().waitFor()
  })

  it('is read out by arrow keys, shown as a table, zoomed by a drag', async () => {
    await open('/explore?q=evil')
    await chart().focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    expect(await chart().getAttribute('aria-valuetext')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
    await page.getByRole('button', { name: 'Result: show as table' }).click()
    await page.getByRole('dialog').getByRole('columnheader', { name: 'Time' }).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const box = await chart().boundingBox()
    if (box === null) throw new Error('the chart has no size')
    const middle = box.y + box.height / 3
    await page.mouse.move(box.x + box.width * 0.4, middle)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, middle, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => /^\d{13}$/.test(url.searchParams.get('from') ?? ''))
    await page.getByRole('button', { name: /^Time range: \d{4}-/ }).click()
    await page.getByRole('button', { name: 'Last 15 minutes' }).click()
    await page.waitForURL((url) => url.searchParams.get('from') === 'now-15m')
  })

  it('says what the server says when a query fails', async () => {
    await open('/explore?q=sum(')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('parse error')
    await keepPicture(page, 'explore-fault', DESKTOP)
    await expectAccessible(page)
    // The browser writes a line for every answer of status 400.
    expect(faults.splice(0).every((fault) => fault.includes('status of 400'))).toBe(true)
  })
})
