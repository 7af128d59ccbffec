import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { UiServer } from './ui-server.ts'

const DASHBOARD = {
  uid: 'seagulls',
  title: 'Seagulls',
  tags: ['birds'],
  schemaVersion: 41,
  panels: [
    {
      ...{ id: 1, type: 'text', title: 'Gulls', gridPos: { x: 0, y: 0, w: 12, h: 6 } },
      options: { mode: 'markdown', content: 'All of them white' },
    },
  ],
}

describe.skipIf(!hasChromium)('Dashboards as a whole, folders and runbooks', () => {
  let browser: Browser
  let ui: UiServer
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, ui] = await Promise.all([
      openChromium(),
      UiServer.start({ listeners: ['alertmanager'] }),
    ])
    await ui.request('/api/folders', 'POST', { uid: 'sea', title: 'By the sea' })
    await save(DASHBOARD, 'sea')
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
  })

  function save(dashboard: object, folderUid: string): Promise<unknown> {
    return ui.request('/api/dashboards/db', 'POST', { dashboard, folderUid, overwrite: true })
  }

  async function visit(path: string, { scheme, width }: View = DESKTOP): Promise<Page> {
    const context = await ui.openContext(browser, {
      colorScheme: scheme,
      viewport: { width, height: width < 500 ? 844 : 900 },
    })
    const page = await context.newPage()
    opened.push(page)
    await page.goto(ui.url + path)
    return page
  }

  it.each(VIEWS)('a folder has Grafana’s address ($scheme, $width)', async (view) => {
    const page = await visit('/dashboards/f/sea/by-the-sea', view)
    await page.getByRole('heading', { name: 'By the sea', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Seagulls' }).waitFor()
    expect(await page.locator('main section').count()).toBe(1)
    await keepPicture(page, 'folder', view)
    await expectAccessible(page)
  })

  it('says that a folder is not there', async () => {
    const page = await visit('/dashboards/f/mountain')
    await page.getByText('No such folder').waitFor()
  })

  it('is starred, exported and found again', async () => {
    const page = await visit('/d/seagulls')
    await page.getByText('All of them white').waitFor()
    await page.getByRole('button', { name: 'Star this dashboard' }).click()
    await page.getByRole('button', { name: 'Take the star from this dashboard' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Actions for this dashboard' }).click()
    await page.getByRole('menuitem', { name: 'Export JSON' }).waitFor()
    await keepPicture(page, 'dashboard-menu', DESKTOP)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Export JSON' }).click(),
    ])
    const exported: unknown = JSON.parse(await readFile(await download.path(), 'utf8'))
    expect(exported).toMatchObject({ uid: 'seagulls', title: 'Seagulls' })
    expect(download.suggestedFilename()).toBe('seagulls.json')

    const list = await visitAgain(page, '/dashboards')
    const recent = list.getByRole('navigation', { name: 'Recently viewed' })
    await recent.getByRole('link', { name: 'Seagulls' }).waitFor()
    await list.getByRole('button', { name: 'Take the star from Seagulls' }).waitFor()
  })

  it('is found by Ctrl-K, as are the pages of alerts', async () => {
    const page = await visit('/help')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Search' }).fill('receivers')
    await page.getByText('Alerts: Receivers').waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('seagu')
    await page.getByText('Dashboard in By the sea').click()
    await page.getByText('All of them white').waitFor()
    expect(new URL(page.url()).pathname).toBe('/d/seagulls')
  })

  it('is deleted once one has said so twice', async () => {
    await save({ ...DASHBOARD, uid: 'terns', title: 'Terns' }, 'sea')
    const page = await visit('/d/terns')
    await page.getByRole('button', { name: 'Actions for this dashboard' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete Terns?' })
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Dashboards', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Seagulls' }).first().waitFor()
    expect(await page.getByRole('link', { name: 'Terns' }).count()).toBe(0)
    await expect(ui.request('/api/dashboards/uid/terns')).rejects.toThrow('404')
  })

  it.each(VIEWS)('runbooks are pages ($scheme, $width)', async (view) => {
    const page = await visit('/runbooks/host#diskspacelow', view)
    const meant = page.locator('h2[data-meant]')
    await meant.waitFor()
    expect(await meant.textContent()).toBe('DiskSpaceLow')
    await keepPicture(page, 'runbook', view)
    await expectAccessible(page)
  })

  it('an alert that is over is still told about', async () => {
    const labels = { alertname: 'LampOut', severity: 'warning' }
    const post = async (alert: object): Promise<void> => {
      const { ok } = await fetch(`${ui.server.url('alertmanager')}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels, ...alert }]),
      })
      expect(ok).toBe(true)
    }
    await post({})
    const fired = await ui.request('/api/alertmanager/api/v2/alerts?filter=alertname%3DLampOut')
    const [, fingerprint = ''] = /"fingerprint":"([0-9a-f]+)"/.exec(JSON.stringify(fired)) ?? []
    await post({ endsAt: new Date().toISOString() })
    const page = await visit(`/alerts?alert=${fingerprint}`)
    const drawer = page.getByRole('dialog')
    await drawer.getByText(/^(ended .*|does not fire)$/).waitFor()
    await drawer.getByText('LampOut', { exact: true }).first().waitFor()
    await drawer.getByRole('heading', { name: 'Why' }).waitFor()
    await keepPicture(page, 'alert-ended', DESKTOP)
    await expectAccessible(page)
  })

  async function visitAgain(page: Page, path: string): Promise<Page> {
    await page.goto(ui.url + path)
    return page
  }
})
