import { readFileSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { samplePush } from './log-samples.ts'
import { LogServer } from './log-server.ts'

/** A pointer that stands still before the page listens is not noticed: it comes again. */
async function hoverUntil(target: Locator, shown: Locator): Promise<void> {
  do {
    await target.page().mouse.move(0, 0)
    await target.hover()
    await shown.waitFor({ timeout: 2000 }).catch(() => undefined)
  } while (!(await shown.isVisible()))
}

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

  const editor = () => page.getByRole('textbox', { name: 'Query', exact: true })
  const ask = (query: string, more = '') => open(`/logs?q=${encodeURIComponent(query)}${more}`)

  it.each(VIEWS)('shows lines, counts them, names their fields ($scheme, $width)', async (view) => {
    await open('/logs', view)
    await page.waitForURL((url) => url.searchParams.get('q') === '{job=~".+"}')
    await rows().first().waitFor()
    await page.getByText(/^3\W000 lines in the range/).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs', view)
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    await rows().nth(2).getByRole('button').click()
    await page.getByText('"request served"').first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-detail', view)
  })

  it('completes labels and values, marks faults, and runs by the keyboard', async () => {
    await open('/logs?q=')
    await page.getByText('Ask for something').waitFor()
    await expectAccessible(page)
    await editor().click()
    await page.keyboard.type('{')
    await page.getByRole('option', { name: 'unit' }).waitFor()
    await page.keyboard.type('app="')
    await page.getByRole('option', { name: 'worker' }).waitFor()
    await keepPicture(page, 'logs-completion', DESKTOP)
    await page.keyboard.type('worker"} | jso')
    await page.getByRole('option', { name: 'json' }).waitFor()
    await page.keyboard.press('Escape')
    await hoverUntil(page.locator('.cm-lintRange-error'), page.getByText(/syntax error/).first())
    await page.keyboard.press('Control+a')
    await page.keyboard.type('{app="worker"} |= "level=error"')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL((url) => url.searchParams.get('q') === '{app="worker"} |= "level=error"')
    await rows().first().waitFor()
    expect(await rows().first().locator('mark').innerText()).toBe('level=error')
  })

  it('is asked by the builder', async () => {
    await ask('{job="shop"}')
    await rows().first().waitFor()
    await page.getByRole('button', { name: 'Builder' }).click()
    const builder = page.getByRole('group', { name: 'Builder' })
    await builder.getByRole('button', { name: 'Label' }).click()
    await builder.locator('input[aria-label="Label"]').nth(1).click()
    await page.getByRole('option', { name: 'pod' }).click()
    await builder.locator('input[aria-label="Value"]').nth(1).click()
    await page.getByRole('option', { name: 'web-1' }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === '{job="shop", pod="web-1"}')
    await builder.getByRole('textbox', { name: 'Text', exact: true }).fill('/cart')
    await builder.getByRole('button', { name: 'Add' }).click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').endsWith('|= "/cart"'))
    await rows().first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-builder', DESKTOP)
    await builder.getByRole('button', { name: 'Remove this condition' }).first().click()
    await page.waitForURL((url) => url.searchParams.get('q') === '{pod="web-1"} |= "/cart"')
  })

  it('filters by what a line says, and tells how values are shared out', async () => {
    await ask('{app="web"}')
    await rows().first().getByRole('button').click()
    await page.getByRole('button', { name: 'Values of http_path' }).click()
    await page.getByText(/^In 1\W000 of 1\W000 lines shown, 5 different values/).waitFor()
    await keepPicture(page, 'logs-statistics', DESKTOP)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Only lines with this http_path' }).click()
    await page.waitForURL((url) => /\| json \| http_path="/.test(url.searchParams.get('q') ?? ''))
    await rows().first().waitFor()
    await page.getByRole('button', { name: /^level / }).click()
    await page.getByRole('complementary', { name: 'Fields' }).getByText('error').click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').endsWith('| level="error"'))
    await rows().locator('[data-level="info"]').first().waitFor({ state: 'detached' })
    await rows().locator('[data-level="error"]').first().waitFor()
  })

  it('shows the lines around one, whatever the query lets through', async () => {
    await ask('{unit="ssh.service"} |= "Failed password"')
    await rows().nth(5).getByRole('button').click()
    await page.getByRole('button', { name: 'Lines around it' }).click()
    const around = page.getByRole('dialog').getByRole('region', { name: 'Lines around it' })
    await around
      .getByText(/Accepted publickey/)
      .first()
      .waitFor()
    await around
      .locator('[data-current]')
      .getByText(/Failed password/)
      .waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-context', DESKTOP)
    await page.getByRole('button', { name: 'Earlier lines' }).click()
    await around.locator('[aria-setsize="159"]').first().waitFor()
  })

  it('goes on to older lines, by keys and by the wheel, in either order', async () => {
    await ask('{job=~".+"}', '&wrap=0')
    await rows().first().getByRole('button').focus()
    // A page begins with the last line of the one before, in case others are of the same nanosecond.
    for (const count of [1999, 2998, 3000]) {
      await page.keyboard.press('End')
      await page.locator(`[aria-setsize="${count}"]`).first().waitFor()
    }
    await page.getByText(/^3\W000 lines, /).waitFor()
    await page.keyboard.press('End')
    await page.getByText('These are all lines of the range.').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Labels of the stream').first().waitFor()
    await page.getByRole('button', { name: 'View' }).click()
    await expectAccessible(page)
    await page.getByRole('menuitemcheckbox', { name: 'Oldest first' }).click()
    await page.waitForURL((url) => url.searchParams.get('order') === 'oldest')
    await page.keyboard.press('Escape')
    await page.locator('[aria-posinset="1"]').getByText('request served').waitFor()
    await rows().first().hover()
    const last = page.locator('[aria-posinset="3000"]')
    while (!(await last.isVisible())) await page.mouse.wheel(0, 20_000)
  })

  it('is zoomed by a drag over the histogram, and shared by its address', async () => {
    await ask('{job="shop"}')
    const chart = page.getByRole('slider', { name: /^Lines: time series chart/ })
    const box = await chart.boundingBox()
    if (box === null) throw new Error('the histogram has no size')
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 3)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 3, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => /^\d{13}$/.test(url.searchParams.get('from') ?? ''))
    await rows().first().waitFor()
  })

  it('saves what is shown as text, JSON and CSV', async () => {
    await ask('{app="worker"}')
    await rows().first().waitFor()
    for (const [name, beginning] of [
      ['Text', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z level=/],
      ['JSON', /^\[\n \{\n {2}"timestamp": "\d{19}"/],
      ['CSV', /^time,timestamp_ns,app,job,pod,line\r\n/],
    ] as const) {
      await page.getByRole('button', { name: 'Download these lines' }).click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name }).click(),
      ])
      expect(readFileSync(await download.path(), 'utf8')).toMatch(beginning)
    }
  })

  it('shows patterns, and narrows to one', async () => {
    await open('/logs?q=%7Bunit%3D%22ssh.service%22%7D')
    await page.getByText('Patterns', { exact: true }).click()
    await page
      .getByRole('cell', { name: /Accepted publickey for deploy from <_>/ })
      .first()
      .waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-patterns', DESKTOP)
    await page.getByRole('button', { name: 'Only lines of this pattern' }).first().click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').includes('|> '))
    await rows()
      .first()
      .getByText(/Accepted publickey/)
      .waitFor()
  })

  it('says when there is nothing, and what is wrong', async () => {
    await ask('{app="web"} |= "no such text"')
    await page.getByText('No lines', { exact: true }).waitFor()
    await expectAccessible(page)
    await page.goto(`/logs?q=${encodeURIComponent('{app="web"} | json |')}`)
    await page
      .getByRole('alert')
      .getByText(/parse error/)
      .waitFor()
    await keepPicture(page, 'logs-fault', DESKTOP)
    await page.goto(`/logs?q=${encodeURIComponent('sum(rate({app="web"}[5m]))')}`)
    await page.getByRole('button', { name: 'Open in Explore' }).click()
    await page.getByRole('slider', { name: /^Result: time series chart/ }).waitFor()
    await page.route('**/api/loki/api/v1/labels?*', (route) =>
      route.fulfill({ json: { status: 'success' } }),
    )
    await page.goto('/logs')
    await page.getByText('No logs yet').waitFor()
    await expectAccessible(page)
    // The browser writes a line for every answer of status 400.
    expect(faults.splice(0).every((fault) => fault.includes('status of 400'))).toBe(true)
  })

  it.each(VIEWS)('is a language of Explore ($scheme, $width)', async (view) => {
    ;({ page, faults } = await server.visit(browser, '/explore', view))
    await page.getByText('LogQL', { exact: true }).click()
    await page.waitForURL((url) => url.searchParams.get('lang') === 'logql')
    const first = page.getByRole('textbox', { name: 'Query A' })
    await first.click()
    await page.keyboard.type('sum by (app) (count_over_time({job="shop"}[$__auto]))')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('slider', { name: /^Result: .*app="worker"/ }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-logql-numbers', view)
    await page.getByText('Table', { exact: true }).click()
    await page.getByRole('cell', { name: 'worker', exact: true }).waitFor()
    await page.goto(`/explore?lang=logql&q=${encodeURIComponent('{job="shop"} |= "level"')}`)
    await rows().first().waitFor()
    await page.getByText(/^2\W000 lines in the range/).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'explore-logql-lines', view)
  })
})
