import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { fullTrace, shopRequest, spanIdOf, traceIdOf } from './trace-samples.ts'
import { TraceServer } from './trace-server.ts'

const REQUESTS = 60
const FULL = `/traces/${traceIdOf('full')}`
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

describe.skipIf(!hasChromium)('Traces', () => {
  let browser: Browser
  let server: TraceServer
  let page: Page
  let faults: string[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), TraceServer.start()])
    const nowMs = Date.now()
    for (let i = 0; i < REQUESTS; i++) {
      await server.push(`shop ${i}`, nowMs - 60_000 - i * 40_000, shopRequest(i))
    }
    await server.push('full', nowMs - 30_000, fullTrace('shop 3', nowMs - 30_000))
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
  const ask = (query: string) => open(`/traces?q=${encodeURIComponent(query)}`)
  const list = () => page.getByRole('region', { name: 'Traces', exact: true })
  const span = (name: string) => page.getByRole('treeitem', { name })
  const detail = () => page.getByRole('complementary', { name: 'Span' })

  it.each(VIEWS)('are listed and drawn over time ($scheme, $width)', async (view) => {
    await open('/traces', view)
    await list().getByRole('link').first().waitFor()
    await page.getByText(/^50 traces, the newest of more/).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'traces', view)
    expect(await page.evaluate(OVERFLOW)).toBe(0)
  })

  it.each(VIEWS)(
    'are a waterfall with all that is known of a span ($scheme, $width)',
    async (view) => {
      await open(FULL, view)
      await span('gateway POST /checkout').waitFor()
      await expectAccessible(page)
      await keepPicture(page, 'trace', view)
      expect(await page.evaluate(OVERFLOW)).toBe(0)
      await span('payments charge').click()
      await detail().getByText('CardDeclined').waitFor()
      await detail().getByText('Looking').first().waitFor({ state: 'detached' })
      await expectAccessible(page)
      await keepPicture(page, 'trace-span', view)
      await page.waitForURL((url) => url.searchParams.get('span') === spanIdOf('full', 6))
    },
  )

  it('are asked for by the form, which writes TraceQL', async () => {
    await open('/traces')
    const form = page.getByRole('group', { name: 'Search form' })
    await form.getByLabel('Service').click()
    await page.getByRole('option', { name: 'payments' }).click()
    await page.waitForURL(
      (url) => url.searchParams.get('q') === '{ resource.service.name = "payments" }',
    )
    await form.getByLabel('Status').selectOption('error')
    await form.getByLabel('At least').fill('10ms')
    await form.getByLabel('At least').press('Enter')
    await form.getByRole('button', { name: 'Attribute' }).click()
    const attribute = form.getByRole('combobox', { name: 'Attribute' })
    await attribute.click()
    await page.getByRole('option', { name: 'resource.deployment.environment' }).click()
    await form.getByRole('combobox', { name: 'Value' }).click()
    await page.getByRole('option', { name: 'test' }).click()
    const query =
      '{ resource.service.name = "payments" && status = error && duration >= 10ms && resource.deployment.environment = "test" }'
    await page.waitForURL((url) => url.searchParams.get('q') === query)
    await list().getByRole('link').first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'traces-form', DESKTOP)
    await form.getByRole('button', { name: 'Remove this condition' }).click()
    await page.waitForURL((url) => (url.searchParams.get('q') ?? '').endsWith('10ms }'))
    await page.getByLabel('Order').selectOption('longest')
    await page.waitForURL((url) => url.searchParams.get('order') === 'longest')
  })

  it('are asked for by TraceQL, and say what is wrong or that there are none', async () => {
    await ask('{ name = "charge" } && { status = error }')
    await list().getByRole('link').first().waitFor()
    await page.getByText('This query says more than the form can.').waitFor()
    await page.goto(`/traces?q=${encodeURIComponent('{ name = "no such span" }')}`)
    await page.getByText('No traces', { exact: true }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'traces-none', DESKTOP)
    await page.goto('/traces?from=now-5d&to=now-4d')
    await page.getByText(/No span came in this range of time/).waitFor()
    await keepPicture(page, 'traces-empty', DESKTOP)
    await page.goto(`/traces?q=${encodeURIComponent('{ name = ')}`)
    await page
      .getByRole('alert')
      .getByText(/invalid TraceQL query/)
      .waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'traces-fault', DESKTOP)
    await page.goto(`/traces/${'ab'.repeat(16)}`)
    await page
      .getByRole('alert')
      .getByText(/not found/)
      .waitFor()
    await keepPicture(page, 'trace-missing', DESKTOP)
    await page.goto('/traces/nonsense')
    await page.getByText('This is no trace id').waitFor()
    await page.goto(`/traces?q=${encodeURIComponent('{} | rate()')}`)
    await page.getByText('This query makes numbers of spans').waitFor()
    // The browser writes a line for every answer of status 400 and 404.
    expect(faults.splice(0).every((fault) => /status of 40[04]/.test(fault))).toBe(true)
  })

  it('are opened by a dot, by their id, and by a link of a span', async () => {
    await open('/traces')
    await page.locator('circle').last().click()
    await page.waitForURL((url) => /^\/traces\/[0-9a-f]+$/.test(url.pathname))
    await page.getByRole('tree', { name: 'Spans' }).waitFor()
    await page.goto('/traces')
    await page.getByRole('textbox', { name: 'Trace id' }).fill(traceIdOf('full'))
    await page.getByRole('button', { name: 'Open' }).click()
    await span('gateway POST /checkout').click()
    await detail()
      .getByRole('link', { name: `Trace ${traceIdOf('shop 3')}` })
      .click()
    await page.waitForURL((url) => url.pathname === `/traces/${traceIdOf('shop 3')}`)
    await detail().getByText(spanIdOf('shop 3', 0)).waitFor()
  })

  it('are walked by keys: tree, detail, search, zoom', async () => {
    await open(FULL)
    await span('gateway POST /checkout').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowLeft')
    expect(await span('gateway authenticate').getAttribute('aria-expanded')).toBe('false')
    expect(await span('sessions GET session').count()).toBe(0)
    await page.keyboard.press('ArrowRight')
    await span('sessions GET session').waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await detail()
      .getByText(/Its parent is not here/)
      .waitFor()
    await page.keyboard.press('ArrowUp')
    await detail().getByText('send receipt').first().waitFor()
    await page.keyboard.press('Escape')
    await detail().waitFor({ state: 'detached' })
    await page.getByRole('textbox', { name: 'Search in the spans' }).fill('SELECT')
    await page.keyboard.press('Enter')
    await page.getByText('1 of 1').waitFor()
    await page.getByRole('textbox', { name: 'Search in the spans' }).fill('payments')
    await page.getByRole('search').getByRole('status').getByText('2', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('1 of 2').waitFor()
    await span('payments charge').focus()
    await page.keyboard.press('n')
    await page.getByText('2 of 2').waitFor()
    await keepPicture(page, 'trace-search', DESKTOP)
    await page.keyboard.press('+')
    await page.getByRole('button', { name: 'Whole trace' }).waitFor()
    await page.keyboard.press('0')
    await page.getByRole('button', { name: 'Whole trace' }).waitFor({ state: 'detached' })
  })

  it('are zoomed by a drag, folded, saved', async () => {
    await open(FULL)
    await span('gateway POST /checkout').waitFor()
    const box = await page.getByTitle('Drag to zoom in').boundingBox()
    if (box === null) throw new Error('the ruler has no size')
    await page.mouse.move(box.x + box.width * 0.1, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 10, { steps: 4 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Whole trace' }).waitFor()
    await keepPicture(page, 'trace-zoomed', DESKTOP)
    await page.getByRole('button', { name: 'Whole trace' }).click()
    await page.getByText('Flame', { exact: true }).click()
    await page.waitForURL((url) => url.searchParams.get('view') === 'flame')
    await page.getByRole('region', { name: 'Flame graph' }).getByText('orders createOrder').click()
    await page.getByText(/of work in orders createOrder/).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Show all' }).click()
    await keepPicture(page, 'trace-flame', DESKTOP)
    await page.getByText('Tree', { exact: true }).click()
    await page.getByRole('button', { name: 'Fold' }).click()
    await page.getByRole('menuitem', { name: 'Roots only' }).click()
    await span('orders createOrder').waitFor({ state: 'detached' })
    expect(await page.getByRole('treeitem').count()).toBe(2)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'JSON' }).click(),
    ])
    const saved = readFileSync(await download.path(), 'utf8')
    expect(saved).toContain(`"spanId": "${spanIdOf('full', 6)}"`)
    // It is what OTLP receivers take: sent again it is the same trace.
    await server.post(`${server.ui.server.url('otlp-http')}/v1/traces`, saved)
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByText('12 spans').waitFor()
  })

  it.each(VIEWS)('are compared, two of them ($scheme, $width)', async (view) => {
    await open(`/traces/compare?left=${traceIdOf('shop 40')}&right=${traceIdOf('shop 44')}`, view)
    await page.getByRole('table', { name: 'Spans of both traces' }).waitFor()
    await page.getByText('only right').first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'traces-compared', view)
    expect(await page.evaluate(OVERFLOW)).toBe(0)
  })

  it('are chosen in the list to be compared', async () => {
    await open('/traces')
    const boxes = list().getByRole('checkbox')
    await boxes.nth(1).check()
    await page.getByText('Choose another one to compare').waitFor()
    await boxes.nth(2).check()
    await page.getByRole('button', { name: 'Compare the two' }).click()
    await page.waitForURL((url) => url.pathname === '/traces/compare')
    await page.getByText(/places differ$|take as long$/).waitFor()
  })
})
