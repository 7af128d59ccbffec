import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, openVisit, VIEWS } from './browser.ts'
import { openChromium } from './chromium.ts'
import { startWatched, type WatchedServer } from './watched-server.ts'

/** Each page with a text that is there when it has its data. */
const PAGES = [
  ['targets', 'Status: Targets', 'connection refused'],
  ['cardinality', 'Status: Cardinality', 'Series by metric'],
  ['storage', 'Status: Storage', 'Disk budget'],
  ['configuration', 'Status: Configuration', 'job_name: hostile'],
  ['queries', 'Status: Slow queries', 'and longer)'],
  ['health', 'Status: Own health', 'Event loop lag'],
  ['users', 'Status: Users and tokens', 'may come in'],
  ['audit', 'Status: Audit', 'sign-in'],
] as const

/** What the server says of itself, as if it had an archive. */
function withArchive(status: unknown, isAway: boolean): unknown {
  const storage = read(status, 'storage')
  const usage = read(storage, 'usage')
  const [fromMs, toMs] = [Date.UTC(2026, 3, 1), Date.UTC(2026, 8, 1)]
  const of = (signal: string, rows: number, bytes: number): unknown => {
    const known = isAway ? { rows: null, bytes: null } : { rows, bytes }
    return { signal, fromMs, toMs, ...known }
  }
  const fault = { reason: '403 AccessDenied', atMs: Date.UTC(2026, 9, 1, 12) }
  const archive = {
    ...{ place: 's3://monitoring/host1 (https://s3.example.org)', afterMs: 30 * 86_400_000 },
    away: isAway ? 'https://s3.example.org cannot be reached: ECONNREFUSED' : null,
    awaySinceMs: isAway ? Date.UTC(2026, 9, 2, 8, 30) : null,
    signals: [of('metrics', 1_200_000, 4e9), of('logs', 5e8, 6.5e10), of('traces', 9e7, 2e10)],
    ...{ movedMs: Date.UTC(2026, 9, 1, 11), movedBytes: 3e8, isHeld: false },
    ...{ fault: isAway ? fault : null, unreadableParts: isAway ? 3 : 0 },
  }
  return { ...asObject(status), storage: { ...storage, usage: { ...usage, archive } } }
}

function read(value: unknown, key: string): object {
  return asObject(Reflect.get(asObject(value), key))
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

describe.skipIf(!hasChromium)('Status', () => {
  let browser: Browser
  let server: WatchedServer

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), startWatched()])
    await server.waitFor('up == 0')
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it.each(VIEWS)('shows every page ($scheme, $width)', async (view) => {
    const { page, faults } = await openVisit(browser, server.url, view)
    await page.goto('/status')
    await server.signIn(page)
    for (const [name, heading, text] of PAGES) {
      await page.goto(`/status/${name}`)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await page.getByText(text).first().waitFor()
      await expectAccessible(page)
      await keepPicture(page, `status-${name}`, view)
    }
    expect(faults).toEqual([])
    await page.context().close()
  })

  it.each(VIEWS)(
    'shows where archived days are, and what is wrong there ($scheme, $width)',
    async (view) => {
      const { page, faults } = await openVisit(browser, server.url, view)
      await page.goto('/status')
      await server.signIn(page)
      let isAway = false
      await page.route('**/api/vedette/status', async (route) => {
        const response = await route.fetch()
        const body: unknown = await response.json()
        await route.fulfill({ response, json: withArchive(body, isAway) })
      })
      await page.goto('/status/storage')
      const card = page.getByRole('region', { name: 'Archive by signal' })
      await card.getByText('2026-08-31').first().waitFor()
      await page.getByText('s3://monitoring/host1').waitFor()
      await expectAccessible(page)
      await keepPicture(page, 'status-archive', view)
      isAway = true
      await page.reload()
      await page.getByText('cannot be reached').waitFor()
      await page.getByText('403 AccessDenied').waitFor()
      await expectAccessible(page)
      await keepPicture(page, 'status-archive-away', view)
      expect(faults).toEqual([])
      await page.context().close()
    },
  )

  it('finds targets by words and by health', async () => {
    const { page } = await openVisit(browser, server.url)
    await page.goto('/status/targets')
    await server.signIn(page)
    await page.getByRole('region', { name: 'node' }).waitFor()
    await page.getByText('Down', { exact: true }).first().click()
    await page.getByRole('region', { name: 'node' }).waitFor({ state: 'hidden' })
    await page.getByRole('region', { name: 'gone' }).waitFor()
    await page.getByRole('textbox', { name: 'Filter targets' }).fill('nothing like it')
    await page.getByText('No target like that').waitFor()
    await page.context().close()
  })

  it('lets admins make users and tokens, which it shows once', async () => {
    const { page, faults } = await openVisit(browser, server.url)
    await page.goto('/status/users')
    await server.signIn(page)
    await page.getByRole('button', { name: 'New user' }).click()
    await page.getByLabel('User', { exact: true }).fill('reader')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByText('15 more').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Password', { exact: true }).fill('a-password-that-is-long-enough')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('cell', { name: 'reader', exact: true }).waitFor()
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('Name').fill('agent')
    await page.getByLabel('metrics:write').check()
    await expectAccessible(page)
    await keepPicture(page, 'status-new-token', DESKTOP)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Copy it now').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('cell', { name: 'metrics:read, metrics:write' }).waitFor()
    await page.getByRole('button', { name: 'Revoke agent' }).click()
    await page.getByText('No tokens').waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  })
})
