import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeCompressedWriteRequest } from '../../src/formats/remote-write/encode.ts'
import { Labels } from '../../src/model/labels.ts'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { waitForPanels } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const STEP_MS = 15_000
const STEPS = 120
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const HOSTILE = '<img src=x onerror="document.title=1">'
/** Where the dot of the trace is: a share of the range and of the axis from 0 to 1. */
const AT = { time: 0.5, value: 0.8 }

const DASHBOARD = {
  uid: 'exemplars',
  title: 'Exemplars',
  schemaVersion: 42,
  panels: [
    {
      ...{ id: 1, type: 'timeseries', title: 'Latency', gridPos: { x: 0, y: 0, w: 24, h: 14 } },
      fieldConfig: { defaults: { unit: 's', min: 0, max: 1 }, overrides: [] },
      targets: [{ refId: 'A', expr: 'latency_seconds', legendFormat: '{{path}}', exemplar: true }],
    },
    {
      ...{ id: 2, type: 'timeseries', title: 'Without', gridPos: { x: 0, y: 14, w: 24, h: 6 } },
      targets: [{ refId: 'A', expr: 'latency_seconds', exemplar: false }],
    },
  ],
}

describe.skipIf(!hasChromium)('Exemplars', () => {
  let browser: Browser
  let ui: UiServer
  const toMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const fromMs = toMs - STEPS * STEP_MS
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, ui] = await Promise.all([openChromium(), UiServer.start()])
    const response = await fetch(`${ui.server.url()}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: encodeCompressedWriteRequest(batch()),
    })
    if (!response.ok) throw new Error(await response.text())
    const body = { dashboard: DASHBOARD, overwrite: true, inputs: [] }
    await ui.request('/api/dashboards/import', 'POST', body)
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
  })

  /** A calm line, with one exemplar a minute near it and one far above. */
  function batch() {
    const series = Labels.from({ __name__: 'latency_seconds', job: 'api', path: '/cart' })
    const steps = Array.from({ length: STEPS }, (_none, i) => i)
    const exemplar = (timestampMs: number, value: number, labels: Record<string, string>) => ({
      ...{ series, timestampMs, value, labels: Labels.from(labels) },
    })
    return {
      series: [series],
      seriesIndex: new Uint32Array(STEPS),
      timestampsMs: Float64Array.from(steps, (step) => fromMs + step * STEP_MS),
      values: Float64Array.from(steps, (step) => 0.2 + 0.05 * Math.sin(step / 9)),
      exemplars: [
        ...steps
          .filter((step) => step % 4 === 0 && step !== STEPS / 2)
          .map((step) =>
            exemplar(fromMs + step * STEP_MS, 0.25 + (step % 7) / 30, {
              trace_id: `${step}`,
              html: HOSTILE,
            }),
          ),
        exemplar(fromMs + AT.time * STEPS * STEP_MS, AT.value, { trace_id: TRACE_ID, user: 'ada' }),
      ].toSorted((a, b) => a.timestampMs - b.timestampMs),
    }
  }

  async function visit({ scheme, width }: View = DESKTOP): Promise<Page> {
    const context = await ui.openContext(browser, {
      colorScheme: scheme,
      viewport: { width, height: width < 500 ? 844 : 900 },
    })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    opened.push(page)
    await page.goto(`${ui.url}/d/exemplars?from=${fromMs}&to=${toMs}&timezone=utc`)
    await waitForPanels(page)
    return page
  }

  /** Where the dot of the trace is on the screen. */
  async function findDot(page: Page): Promise<readonly [x: number, y: number]> {
    const box = await page.locator('[data-panel="1"] .u-over').boundingBox()
    if (!box) throw new Error('no chart')
    return [box.x + AT.time * box.width, box.y + (1 - AT.value) * box.height]
  }

  it.each(VIEWS)('are dots that tell their trace ($scheme, $width)', async (view) => {
    const page = await visit(view)
    const [x, y] = await findDot(page)
    await page.mouse.move(x - 40, y)
    await page.mouse.move(x, y)
    await page.getByText(TRACE_ID).waitFor()
    await keepPicture(page, 'exemplar-pointed-at', view)
    await page.mouse.click(x, y)
    const card = page.getByRole('dialog', { name: 'Exemplar' })
    await card.getByText(TRACE_ID).waitFor()
    const link = card.getByRole('link', { name: 'Open the trace' })
    expect(await link.getAttribute('href')).toContain(`/traces/${TRACE_ID}`)
    await card.getByText('800 ms').waitFor()
    await card.getByText('ada').waitFor()
    await page
      .locator('body > [class*="tooltip"]', { hasText: TRACE_ID })
      .waitFor({ state: 'hidden' })
    await expectAccessible(page)
    await keepPicture(page, 'exemplar-card', view)
    await card.getByRole('button', { name: 'Copy trace_id' }).click()
    await card.getByRole('button', { name: 'trace_id is copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(TRACE_ID)
    await page.keyboard.press('Escape')
    await card.waitFor({ state: 'detached' })
    expect(await page.title()).not.toBe('1')
  })

  it('are in the table of the chart, for who has no pointer; a panel that asks for none has none', async () => {
    const page = await visit()
    await page.getByRole('button', { name: 'Latency: show as table' }).press('Enter')
    const table = page.getByRole('dialog', { name: 'Latency: data' })
    const list = table.getByRole('region', { name: 'Exemplars' })
    await list.getByText(TRACE_ID).scrollIntoViewIfNeeded()
    await expectAccessible(page)
    await keepPicture(page, 'exemplar-table', DESKTOP)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Without: show as table' }).press('Enter')
    const other = page.getByRole('dialog', { name: 'Without: data' })
    await other.getByRole('table').waitFor()
    expect(await other.getByRole('region', { name: 'Exemplars' }).count()).toBe(0)
  })
})
