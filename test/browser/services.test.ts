import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { MANY_CALLS, SHOP_CALLS } from './shop-samples.ts'
import { STEP_MS, ShopServer } from './shop-server.ts'

const STEPS = 120
const PHONE: View = { scheme: 'dark', width: 390 }
const SERVICES = 60

describe.skipIf(!hasChromium)('The page of services', () => {
  let browser: Browser
  let server: ShopServer
  const toMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const fromMs = toMs - STEPS * STEP_MS
  /** When there were many services, and when there were none. */
  const many = { fromMs: fromMs - 4_000_000, toMs: fromMs - 4_000_000 + STEPS * STEP_MS }
  const none = { fromMs: fromMs - 86_400_000, toMs: fromMs - 82_800_000 }
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), ShopServer.start()])
    await server.pushCalls(SHOP_CALLS, fromMs, STEPS)
    await server.pushCalls(MANY_CALLS, many.fromMs, STEPS)
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  })

  async function visit(view: View, more: Record<string, string> = {}, time = { fromMs, toMs }) {
    const params = new URLSearchParams({ from: `${time.fromMs}`, to: `${time.toMs}`, ...more })
    const found = await server.visit(browser, `/services?${params}`, view)
    opened.push(found.page)
    return found
  }

  it.each(VIEWS)('shows who calls whom ($scheme, $width)', async (view) => {
    const { page, faults } = await visit(view)
    const checkout = page.getByRole('button', { name: /checkout/ })
    await checkout.waitFor()
    await page.getByRole('status').getByText('8 services, 8 connections').waitFor()
    const isPhone = view.width < 500
    expect(await page.getByRole('table').count()).toBe(isPhone ? 1 : 0)
    await expectAccessible(page)
    await keepPicture(page, 'services', view)
    await checkout.focus()
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog', { name: 'checkout' })
    await drawer.getByRole('heading', { name: 'Called by' }).waitFor()
    await drawer.getByText('None in this time range.').waitFor()
    await drawer.locator('canvas').nth(2).waitFor()
    const traces = drawer.getByRole('link', { name: 'Traces', exact: true })
    expect(await traces.getAttribute('href')).toContain('resource.service.name')
    await expectAccessible(page)
    await keepPicture(page, 'services-one', view)
    await drawer.getByRole('button', { name: 'billing' }).click()
    await page.getByRole('dialog', { name: 'billing' }).waitFor()
    expect(new URL(page.url()).searchParams.get('service')).toBe('billing')
    expect(faults).toEqual([])
  })

  it('tells of sixty services so that they can be read, and finds one of them', async () => {
    const { page, faults } = await visit(DESKTOP, {}, many)
    await page.getByRole('status').getByText(`${SERVICES} services`).waitFor()
    const nodes = page.getByRole('button', { name: /team-/ })
    await nodes.nth(SERVICES - 1).waitFor()
    expect(await nodes.count()).toBe(SERVICES)
    await keepPicture(page, 'services-many', DESKTOP)
    const title = page.getByText('team-0-service-0', { exact: true })
    const box = await title.boundingBox()
    expect(box?.height).toBeGreaterThanOrEqual(11)
    await page.getByRole('textbox', { name: 'Find services' }).fill('service-42')
    await page.getByRole('status').getByText(`1 of ${SERVICES}`).waitFor()
    await expect.poll(() => nodes.count()).toBeLessThan(6)
    await keepPicture(page, 'services-found', DESKTOP)
    expect(faults).toEqual([])
  })

  it('is a list that can be sorted', async () => {
    const { page } = await visit(PHONE, { order: 'errors' }, many)
    await page.getByRole('row').nth(SERVICES).waitFor()
    expect(await page.getByRole('row').nth(1).textContent()).toContain('10 %')
    await keepPicture(page, 'services-many', PHONE)
  })

  it.each([DESKTOP, PHONE])('says what it waits for ($scheme, $width)', async (view) => {
    const { page, faults } = await visit(view, {}, none)
    await page.getByText('No calls between services').waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'services-empty', view)
    expect(faults).toEqual([])
  })

  it('says what went wrong', async () => {
    const { page } = await visit(DESKTOP, {}, none)
    await page.getByText('No calls between services').waitFor()
    await page.route('**/api/prometheus/**', (route) =>
      route.fulfill({ status: 503, json: { status: 'error', error: 'the store is starting' } }),
    )
    await page.reload()
    await page.getByRole('alert').getByText('the store is starting').waitFor()
    await keepPicture(page, 'services-error', DESKTOP)
  })
})
