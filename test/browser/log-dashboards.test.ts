import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DESKTOP, expectAccessible, hasChromium, keepPicture, VIEWS, type View } from './browser.ts'
import { openChromium } from './chromium.ts'
import { scrollThrough, waitForPanels, type SeenPanel } from './read-panels.ts'
import { UiServer } from './ui-server.ts'

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
const LINES = 400
const STEP_MS = 8000

/** What the sshd, sudo and kernel of Debian write, and a program of one's own. */
const WRITERS: readonly (readonly [labels: Record<string, string>, line: (i: number) => string])[] =
  [
    [
      { job: 'journal', unit: 'ssh.service', level: 'info', hostname: 'gull' },
      (i) =>
        [
          `Accepted publickey for ada from 192.0.2.7 port ${40_000 + i} ssh2: ED25519 SHA256:abc`,
          `Failed password for invalid user oracle from 203.0.113.${i % 9} port ${i} ssh2`,
          `Invalid user test from 203.0.113.${i % 9} port ${i}`,
          `Failed password for root from 198.51.100.2 port ${i} ssh2`,
        ][i % 4] ?? '',
    ],
    [
      { job: 'journal', unit: 'session-3.scope', level: 'notice', hostname: 'gull' },
      () => 'ada : TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/usr/bin/apt update',
    ],
    [
      { job: 'journal', unit: 'kernel', level: 'warning', hostname: 'gull' },
      (i) => `[UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.${i % 9} DST=192.0.2.1 PROTO=TCP DPT=23`,
    ],
    [
      { job: 'shop', unit: 'shop.service', level: 'error', hostname: 'gull' },
      (i) => `{"msg":"cannot charge ${HOSTILE.replaceAll('"', "'")}","order":${i},"ms":${i * 3}}`,
    ],
    [
      { job: 'varlogs', filename: '/var/log/dpkg.log' },
      (i) => `status installed libgull:amd64 1.${i}`,
    ],
  ]

const loki = { type: 'loki', uid: 'loki' }
const panel = (type: string, title: string, targets: object[], options: object = {}) => ({
  ...{ type, title, options, datasource: loki },
  fieldConfig: { defaults: {}, overrides: [] },
  targets: targets.map((one, i) => ({ refId: String.fromCodePoint(65 + i), ...one })),
})

/** Every way in which a dashboard asks Loki. */
const EVERY_WAY = {
  ...{ uid: 'every-way', title: 'Every way', schemaVersion: 39 },
  templating: {
    list: [
      {
        ...{ name: 'job', type: 'query', datasource: loki, multi: true, includeAll: true },
        query: { type: 1, label: 'job', stream: '', refId: 'x' },
        current: { text: ['All'], value: ['$__all'] },
      },
      {
        ...{ name: 'unit', type: 'query', datasource: loki, current: {} },
        query: 'label_values({job="journal"}, unit)',
      },
    ],
  },
  annotations: {
    list: [
      {
        ...{ name: 'charges', enable: true, iconColor: 'red', datasource: loki },
        ...{ expr: '{job="shop"} | json | order="200"', titleFormat: '{{job}}' },
      },
    ],
  },
  panels: [
    panel('timeseries', 'Rate', [
      { expr: 'sum by (job) (rate({job=~"$job"}[$__auto]))', legendFormat: '{{job}}' },
    ]),
    panel('stat', 'Count', [
      { expr: 'sum(count_over_time({job=~"$job"}[$__range]))', queryType: 'instant' },
    ]),
    panel('table', 'By unit', [
      { expr: 'sum by (unit) (count_over_time({job="journal"}[$__range]))', queryType: 'instant' },
    ]),
    panel('bargauge', 'Bars', [{ expr: 'sum by (job) (count_over_time({job=~"$job"}[5m]))' }]),
    panel('piechart', 'Pie', [
      { expr: 'sum by (level) (count_over_time({job=~"$job"}[$__interval]))' },
    ]),
    {
      ...panel('table', 'Lines as a table', [{ expr: '{job="shop"}', maxLines: 20 }]),
      transformations: [{ id: 'extractFields', options: { source: 'Line', format: 'json' } }],
    },
    panel('logs', 'Lines', [{ expr: '{unit="$unit"}' }], {
      ...{ showTime: true, showLabels: true, showCommonLabels: true, wrapLogMessage: true },
      ...{ sortOrder: 'Ascending', dedupStrategy: 'none', enableLogDetails: true },
    }),
    panel('logs', 'Pretty', [{ expr: '{job="shop"} | json' }], { prettifyLogMessage: true }),
    panel('logs', 'Folded', [{ expr: '{unit="session-3.scope"}' }], { dedupStrategy: 'exact' }),
    panel('logs', 'Wrong', [{ expr: '{job="shop"' }]),
    panel('logs', 'None', [{ expr: '{job="nobody"}' }]),
  ].map((one, i) => ({
    ...one,
    id: i + 1,
    gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 8, w: 12, h: 8 },
  })),
}

describe.skipIf(!hasChromium)('Logs in dashboards', () => {
  let browser: Browser
  let ui: UiServer
  const toMs = Date.now()
  const fromMs = toMs - LINES * STEP_MS
  const opened: Page[] = []

  beforeAll(async () => {
    ;[browser, ui] = await Promise.all([openChromium(), UiServer.start({ listeners: ['loki'] })])
    const streams = WRITERS.map(([stream, line]) => ({
      stream,
      values: Array.from({ length: LINES - 2 }, (_none, i) => [
        `${fromMs + (i + 1) * STEP_MS}000000`,
        line(i),
      ]),
    }))
    const response = await fetch(`${ui.server.url('loki')}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ streams }),
    })
    if (!response.ok) throw new Error(await response.text())
    const body = { dashboard: EVERY_WAY, overwrite: true, inputs: [] }
    await ui.request('/api/dashboards/import', 'POST', body)
  }, 120_000)

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  afterAll(async () => {
    await browser?.close()
    await ui?.dispose()
  })

  async function visit(uid: string, { scheme, width }: View = DESKTOP, more = ''): Promise<Page> {
    const context = await ui.openContext(browser, {
      colorScheme: scheme,
      viewport: { width, height: width < 500 ? 844 : 1200 },
    })
    const page = await context.newPage()
    opened.push(page)
    await page.goto(`${ui.url}/d/${uid}?from=${fromMs}&to=${toMs}&timezone=utc${more}`)
    await waitForPanels(page)
    return page
  }

  function textOf(panels: readonly SeenPanel[], title: string): string {
    return panels.find((one) => one.title === title)?.text ?? `no panel ${title}`
  }

  it('are asked in every way', async () => {
    const page = await visit('every-way')
    const panels = await scrollThrough(page, (stretch) =>
      keepPicture(page, `logs-every-way-${stretch}`, DESKTOP),
    )
    const failed = panels.filter(({ state }) => state !== 'drawn').map(({ text }) => text)
    expect(failed).toEqual([expect.stringContaining('parse error at line 1')])
    expect(textOf(panels, 'Rate')).toContain('journal')
    // Of five writers, two lines less than there is room for.
    expect(textOf(panels, 'Count')).toMatch(/1\.99 K|1990/)
    expect(textOf(panels, 'By unit')).toContain('session-3.scope')
    expect(textOf(panels, 'Lines as a table')).toContain('order')
    expect(textOf(panels, 'Lines')).toMatch(/hostname=gull/)
    expect(textOf(panels, 'Pretty')).toContain('"order": 397')
    expect(textOf(panels, 'Folded')).toContain('398x')
    expect(textOf(panels, 'None')).toContain('No data')
    expect(await page.title()).not.toBe('1')
    await expectAccessible(page)
  })

  it('a line opens, by keyboard', async () => {
    const page = await visit('every-way', DESKTOP, '&viewPanel=panel-8')
    const list = page.getByRole('region', { name: 'Pretty: lines' })
    await list.getByRole('button').first().press('Enter')
    await list.getByText('hostname').first().waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'logs-panel-open', DESKTOP)
  })

  it.each(VIEWS)('the dashboard of logs has data ($scheme, $width)', async (view) => {
    const page = await visit('vedette-logs', view)
    const panels = await scrollThrough(page, (stretch) =>
      keepPicture(page, `logs-dashboard-${stretch}`, view),
    )
    expect(panels.filter(({ state }) => state !== 'drawn').map(({ text }) => text)).toEqual([])
    expect(textOf(panels, 'Newest errors')).toContain('cannot charge')
    expect(textOf(panels, 'Loudest sources')).toContain('/var/log/dpkg.log')
    expect(await page.title()).not.toBe('1')
    await expectAccessible(page)
  })

  it.each(VIEWS)('the dashboard of security has data ($scheme, $width)', async (view) => {
    const page = await visit('vedette-security', view)
    const panels = await scrollThrough(page, (stretch) =>
      keepPicture(page, `security-dashboard-${stretch}`, view),
    )
    expect(panels.filter(({ state }) => state !== 'drawn').map(({ text }) => text)).toEqual([])
    expect(textOf(panels, 'Who fails, by address')).toContain('198.51.100.2')
    expect(textOf(panels, 'Who fails, by user')).toContain('oracle')
    expect(textOf(panels, 'Who was let in')).toContain('publickey')
    expect(textOf(panels, 'Denials')).not.toContain('No denials')
    await expectAccessible(page)
  })

  it('say what they wait for where there is nothing', async () => {
    // No such file is read here.
    const source = encodeURIComponent('filename=~".*/(auth[.]log|secure)"')
    const page = await visit('vedette-security', DESKTOP, `&var-source=${source}`)
    await page
      .getByText(/Nothing of the kind in this time/)
      .first()
      .waitFor()
    await keepPicture(page, 'security-dashboard-empty', DESKTOP)
  })
})
