import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { startWatched, type WatchedServer } from './watched-server.ts'

const PHONE: View = { scheme: 'dark', width: 390 }

describe.skipIf(!hasChromium)('the shell', () => {
  let browser: Browser
  let server: WatchedServer

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), startWatched()])
    await server.waitFor('node_load1')
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  const visit = async (view: View = DESKTOP, path = '/') => {
    const opened = await openVisit(browser, server.url, view)
    await opened.page.goto(path)
    return opened
  }

  it.each(VIEWS)('asks who one is ($scheme, $width), and lets in who knows', async (view) => {
    const { page, faults } = await visit(view, '/status/targets')
    await page.getByRole('heading', { name: 'Sign in to Vedette' }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'sign-in', view)
    await page.getByLabel('User', { exact: true }).fill('admin')
    await page.getByLabel('Password', { exact: true }).fill('wrong-wrong-wrong-wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await expectAccessible(page)
    await server.signIn(page)
    // The address that was asked for, not Home.
    await page.getByRole('heading', { name: 'Status: Targets' }).waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  })

  it.each(VIEWS)('Home shows this host alive ($scheme, $width)', async (view) => {
    const { page, faults } = await visit(view)
    await server.signIn(page)
    await page.getByRole('slider', { name: /^CPU: time series chart.*series\..*last/ }).waitFor()
    await page.getByRole('slider', { name: /^Load: .*15 min: last/ }).waitFor()
    await page.getByText('1 of 3 targets cannot be scraped').waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'home', view)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('is found by keys alone: skip link, navigation, shortcuts, palette', async () => {
    const { page, faults } = await visit()
    await server.signIn(page)
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor()
    await page.getByRole('heading', { name: 'Explore', level: 1 }).click()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Help', level: 1 }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'help', DESKTOP)
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Search' }).fill('cardinal')
    await page.getByRole('button', { name: /Status: Cardinality/ }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'palette', DESKTOP)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Status: Cardinality', level: 1 }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Status: Cardinality', level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page')
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('keeps its colours over a reload, and says what is not there', async () => {
    const { page, faults } = await visit({ scheme: 'dark', width: 1440 }, '/no/such/page')
    await server.signIn(page)
    await page.getByText('There is no page at this address').waitFor()
    await expectAccessible(page)
    const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme')
    expect(await scheme()).toBe('dark')
    await page.getByRole('button', { name: /^Colours/ }).click()
    await page.getByRole('menuitem', { name: 'Light' }).click()
    await page.reload()
    await page.getByText('There is no page at this address').waitFor()
    expect(await scheme()).toBe('light')
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('folds away on a phone, and its pages fit', async () => {
    const { page, faults } = await visit(PHONE)
    await server.signIn(page)
    await page.getByRole('button', { name: 'Open navigation' }).click()
    await page.getByRole('link', { name: 'Status' }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'navigation', PHONE)
    await page.getByRole('link', { name: 'Status' }).click()
    await page.getByRole('heading', { name: 'Status: Targets' }).waitFor()
    await page.getByRole('link', { name: 'Status' }).waitFor({ state: 'hidden' })
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('signs out, and an ended session leads back to the way in', async () => {
    const { page } = await visit()
    await server.signIn(page)
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Vedette' }).waitFor()
    await server.signIn(page)
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.context().clearCookies()
    // The page looks again by itself, and is told.
    await page.getByRole('heading', { name: 'Sign in to Vedette' }).waitFor()
    await page.context().close()
  })
})
