import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { scrollThrough, waitForPanels, type SeenPanel } from './read-panels.ts'
import { FAILS_EVERY, SHOP_CALLS, shopTraceId } from './shop-samples.ts'
import { STEP_MS, ShopServer } from './shop-server.ts'

const TRACES = 48
const STEPS = 120
const tempo = { type: 'tempo', uid: 'tempo' }
const panel = (type: string, title: string, target: object, options: object = {}) => ({
  ...{ type, title, options, datasource: tempo },
  fieldConfig: { defaults: {}, overrides: [] },
  targets: [{ refId: 'A', ...target }],
})

/** Every way in which a dashboard asks Tempo. */
const DASHBOARD = {
  ...{ uid: 'traces-panels', title: 'Traces in panels', schemaVersion: 42 },
  templating: {
    list: [
      {
        ...{ name: 'service', type: 'query', datasource: tempo, multi: true, includeAll: true },
        query: { type: 1, label: 'service.name', refId: 'x' },
        current: { text: ['All'], value: ['$__all'] },
      },
    ],
  },
  panels: [
    panel('traces', 'Failed', {
      ...{ queryType: 'traceql', limit: 50 },
      query: '{ resource.service.name =~ "$service" && status = error }',
    }),
    panel('traces', 'One', { queryType: 'traceql', query: shopTraceId(2) }),
    panel('nodeGraph', 'Map', { queryType: 'serviceMap' }),
    panel('timeseries', 'Rate', {
      queryType: 'traceql',
      query: '{ kind = server } | rate() by (resource.service.name)',
    }),
    panel('table', 'Spans', {
      ...{ queryType: 'traceql', tableType: 'spans', limit: 5 },
      query: '{ name = "reserve" } | select(span.order.id)',
    }),
    panel('table', 'Form', {
      queryType: 'traceqlSearch',
      filters: [
        {
          ...{ id: 'a', tag: 'service.name', scope: 'resource', operator: '=' },
          ...{ value: ['payments'], valueType: 'string' },
        },
      ],
    }),
    panel('traces', 'Wrong', { queryType: 'traceql', query: '{ name = }' }),
    panel('traces', 'None', { queryType: 'traceql', query: '{ name = "nobody" }' }),
    panel('flamegraph', 'Flames', { queryType: 'traceql', query: '{}' }),
    panel('traces', 'Upload', { queryType: 'upload' }),
  ].map((one, i) => ({
    ...one,
    id: i + 1,
    gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 9, w: 12, h: 9 },
  })),
}

describe.skipIf(!hasChromium)('Traces in dashboards', () => {
  let browser: Browser
  let server: ShopServer
  const toMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const fromMs = toMs - STEPS * STEP_MS
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openChromium(), ShopServer.start()])
    await server.pushTraces(TRACES, { fromMs: fromMs + 60_000, toMs: toMs - 60_000 })
    await server.pushCalls(SHOP_CALLS, fromMs, STEPS)
    const body = { dashboard: DASHBOARD, overwrite: true, inputs: [] }
    await server.ui.request('/api/dashboards/import', 'POST', body)
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.dispose()
  })

  async function visit(path: string, view: View = DESKTOP) {
    const times = `from=${fromMs}&to=${toMs}`
    const found = await server.visit(
      browser,
      `${path}${path.includes('?') ? '&' : '?'}${times}`,
      view,
    )
    opened.push(found.page)
    return found
  }

  function textOf(panels: readonly SeenPanel[], title: string): string {
    return panels.find((one) => one.title === title)?.text ?? ''
  }

  it.each(VIEWS)('are shown as Grafana shows them ($scheme, $width)', async (view) => {
    const { page, faults } = await visit('/d/traces-panels', view)
    await waitForPanels(page)
    const panels = await scrollThrough(page, async () => undefined)
    expect(textOf(panels, 'Failed').split('GET /cart').length - 1).toBe(TRACES / FAILS_EVERY)
    expect(textOf(panels, 'One')).toContain('charge')
    expect(textOf(panels, 'Map')).toContain('checkout')
    expect(panels.find(({ title }) => title === 'Rate')?.chart).toContain('payments')
    expect(textOf(panels, 'Spans')).toContain('1047')
    expect(textOf(panels, 'Form')).toContain('gateway')
    expect(textOf(panels, 'Wrong')).toContain('invalid TraceQL query')
    expect(textOf(panels, 'None')).toContain('No data')
    expect(textOf(panels, 'Flames')).toContain('profiles are not kept')
    expect(textOf(panels, 'Upload')).toContain('No data')
    await page.evaluate('scrollTo(0, 0)')
    await keepPicture(page, 'traces-panels', view)
    expect(faults.filter((fault) => !/status of 400/.test(fault))).toEqual([])
  })

  it.each([DESKTOP, { scheme: 'light', width: 1440 } as const])(
    'have a variable of services, and pass axe ($scheme)',
    async (view) => {
      const { page } = await visit('/d/traces-panels?var-service=payments', view)
      await waitForPanels(page)
      await page.getByText('payments').first().waitFor()
      await page
        .getByRole('button', { name: /checkout/ })
        .first()
        .waitFor()
      await expectAccessible(page)
      await page.getByRole('region', { name: 'Map' }).last().scrollIntoViewIfNeeded()
      await keepPicture(page, 'traces-panels-map', view)
    },
  )
})
