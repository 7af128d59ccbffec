import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GettableAlertJson } from '../../src/contract/alertmanager.ts'
import { HOSTILE_LINK, startAlerting, waitUntil, type AlertingServer } from './alerting-server.ts'
import { expectAccessible, hasChromium, keepPicture, openVisit, VIEWS } from './browser.ts'
import { openChromium } from './chromium.ts'
import { parseJson } from '../house/parse-json.ts'

const isAlerts = (json: unknown): json is readonly GettableAlertJson[] => Array.isArray(json)

/** Each page with a text that is there when it has its data. */
const PAGES = [
  ['alerts', '/alerts', 'The queue mail holds 1200 messages'],
  ['alerts-all', '/alerts?state=all', 'Alerting works; this one always fires'],
  ['rules', '/alerts/rules', 'cluster:queue_depth:sum'],
  ['silences', '/alerts/silences', 'Maintenance'],
  ['groups', '/alerts/groups', 'To pager'],
  ['receivers', '/alerts/receivers', 'no such channel'],
  ['routes', '/alerts/routes?labels=team%3Ddb+cluster%3Deu-1', 'goes here'],
] as const

const ALERTS = '/api/alertmanager/api/v2/alerts'

describe.skipIf(!hasChromium)('Alerts', () => {
  let browser: Browser
  let server: AlertingServer

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), startAlerting()])
    await waitUntil(async () => (await listAlerts()).length >= 6)
    await waitUntil(() => Promise.resolve(server.received.length > 0))
    await waitUntil(async () => (await listAlerts('queue="mail"'))[0] !== undefined)
    await server.request('/api/alertmanager/api/v2/silences', {
      matchers: [{ name: 'queue', value: 'invoices', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'ada',
      comment: 'Maintenance, see https://tickets.example.org/4711',
    })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const listAlerts = async (filter = ''): Promise<readonly GettableAlertJson[]> => {
    const params = filter === '' ? '' : `?filter=${encodeURIComponent(filter)}`
    return parseJson(JSON.stringify(await server.request(ALERTS + params)), isAlerts)
  }

  const visit = async (path: string): Promise<{ page: Page; faults: string[] }> => {
    const opened = await openVisit(browser, server.url)
    await opened.page.goto(path)
    await server.signIn(opened.page)
    return opened
  }

  it.each(VIEWS)(
    'shows every page ($scheme, $width)',
    async (view) => {
      const { page, faults } = await openVisit(browser, server.url, view)
      await page.goto('/alerts')
      await server.signIn(page)
      for (const [name, path, text] of PAGES) {
        await page.goto(path)
        await page.getByText(text).first().waitFor()
        await expectAccessible(page)
        await keepPicture(page, `alerts-${name}`, view)
      }
      const [mail] = await listAlerts('queue="mail"')
      await page.goto(`/alerts?alert=${mail?.fingerprint}`)
      const drawer = page.getByRole('dialog')
      await drawer.getByText('unexpected status code 404: no such channel').first().waitFor()
      await drawer.locator('canvas').first().waitFor()
      await expectAccessible(page)
      await keepPicture(page, 'alerts-drawer', view)
      expect(faults).toEqual([])
      await page.context().close()
    },
    60_000,
  )

  it('makes links of web addresses only, and runs nothing', async () => {
    const [mail] = await listAlerts('queue="mail"')
    const { page, faults } = await visit(`/alerts?alert=${mail?.fingerprint}`)
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('link', { name: 'https://runbooks.example.org/queue-full' }).waitFor()
    await drawer.getByText(HOSTILE_LINK).waitFor()
    expect(await page.locator('a[href^="javascript"], img[src="x"]').count()).toBe(0)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('filters by words, by matchers and by a label that is pressed', async () => {
    const { page } = await visit('/alerts')
    const field = page.getByRole('textbox', { name: 'Filter alerts' })
    await page.getByText('The cluster eu-2 is down').waitFor()
    await field.fill('mail')
    await page.getByText('The cluster eu-2 is down').waitFor({ state: 'hidden' })
    await page.getByText('The queue mail holds').waitFor()
    await field.fill('severity="crit')
    await page.getByRole('alert').getByText('unescaped double quote').waitFor()
    await field.fill('')
    await page.getByRole('button', { name: 'cluster eu-2', exact: true }).first().click()
    await page.getByText('The queue mail holds').waitFor({ state: 'hidden' })
    await expect.poll(() => field.inputValue()).toBe('cluster="eu-2"')
    await expect.poll(() => page.url()).toContain('filter=cluster')
    await page.context().close()
  })

  it('silences an alert in two presses, shows what it hides, and takes it back', async () => {
    const { page, faults } = await visit('/alerts')
    await page.getByRole('button', { name: 'Silence ClusterDown' }).click()
    const form = page.getByRole('dialog', { name: 'New silence' })
    await form.getByText('Hides 1 of').waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'alerts-silence-form', VIEWS[0] ?? { scheme: 'dark', width: 1440 })
    await form.getByRole('button', { name: 'Silence', exact: true }).click()
    await page
      .getByRole('button', { name: 'The cluster eu-2 is down' })
      .waitFor({ state: 'hidden' })
    await page.goto('/alerts/silences')
    const row = page.getByRole('listitem').filter({ hasText: 'alertname="ClusterDown"' })
    await row.getByRole('link', { name: 'hides 1 alert' }).waitFor()
    await row.getByRole('button', { name: 'Expire' }).click()
    await row.waitFor({ state: 'hidden' })
    await page.getByText('Expired', { exact: false }).first().click()
    await row.getByRole('button', { name: 'Again' }).waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('acknowledges an alert and takes that back', async () => {
    const { page, faults } = await visit('/alerts')
    await page.getByRole('button', { name: 'Acknowledge Watchdog' }).click()
    const form = page.getByRole('dialog', { name: 'Acknowledge' })
    await form.getByLabel('Who takes care of it').fill('grace')
    await form.getByLabel('Comment').fill('looking')
    await form.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByRole('button', { name: 'Alerting works' }).waitFor({ state: 'hidden' })
    await page.getByText('Acknowledged 1').click()
    await page.getByText('Acknowledged by grace').waitFor()
    await page.getByRole('button', { name: 'Take back Watchdog' }).click()
    await page.getByText('No alert is acknowledged').waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('sends a test and says what each entry answered', async () => {
    const before = server.received.length
    const { page } = await visit('/alerts/receivers')
    await page.getByRole('button', { name: 'Send test to pager' }).click()
    const outcome = page.getByRole('status', { name: 'Outcome of the test' })
    await outcome.getByText('delivered').waitFor()
    await outcome.getByText('no such channel').waitFor()
    expect(server.received.slice(before).join('')).toContain('A test of this receiver')
    await page.context().close()
  })

  it('draws the way that labels take', async () => {
    const { page } = await visit('/alerts/routes')
    await page
      .getByLabel('Where does an alert')
      .fill('severity="critical", team="db", cluster="eu-1"')
    await page.getByRole('status').getByText('and').waitFor()
    expect(await page.getByRole('status').textContent()).toBe(
      'To pager (grouped by alertname) and database (grouped by cluster, device)',
    )
    expect(await page.getByText('goes here').count()).toBe(2)
    await page.context().close()
  })

  it('understands the links of Alertmanager', async () => {
    const { page } = await openVisit(browser, server.url)
    await page.goto(`${server.alertmanagerUrl}/#/alerts?receiver=pager&silenced=true`)
    await server.signIn(page)
    await page.getByRole('button', { name: 'Of every receiver, not only pager' }).waitFor()
    expect(new URL(page.url()).origin).toBe(server.url)
    await page.goto(`${server.alertmanagerUrl}/#/silences/new?filter=%7Ba%3D%22b%22%7D`)
    await page.getByRole('dialog', { name: 'New silence' }).waitFor()
    expect(await page.getByLabel('Value 1').inputValue()).toBe('b')
    await page.context().close()
  })

  it('lets viewers look and do nothing', async () => {
    const password = 'a-viewer-of-the-browser-tests'
    await server.request('/api/vedette/users', { login: 'vera', password, role: 'viewer' })
    const { page } = await openVisit(browser, server.url)
    await page.goto('/alerts?state=all')
    await server.signIn(page, 'vera', password)
    await page.getByText('The queue mail holds').waitFor()
    expect(
      await page.getByRole('button', { name: /Silence|Acknowledge|New silence/ }).count(),
    ).toBe(0)
    const asked = await page.evaluate(async () => {
      const me: unknown = await (await fetch('/api/vedette/me')).json()
      const csrf = String(typeof me === 'object' && me !== null ? Reflect.get(me, 'csrf') : '')
      const headers = { 'x-vedette-csrf': csrf, 'content-type': 'application/json' }
      const send = (path: string) => fetch(path, { method: 'POST', headers, body: '{}' })
      const paths = ['/api/alertmanager/api/v2/silences', '/api/vedette/acknowledgements']
      return Promise.all(
        [...paths, '/api/vedette/test-alert'].map(async (p) => (await send(p)).status),
      )
    })
    expect(asked).toEqual([403, 403, 403])
    await page.context().close()
  })
})
