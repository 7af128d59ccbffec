// npm run bench:ui: how fast the web UI is in headless Chromium, with an hour of a host's metrics (issue: "Speed in headless Chromium").
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { isObject } from '../src/lang/dashboard/json-value.ts'
import { openChromium } from '../test/browser/chromium.ts'
import { startNodeExporter } from '../test/browser/node-exporter.ts'
import { waitForPanels } from '../test/browser/read-panels.ts'
import { UiServer } from '../test/browser/ui-server.ts'
import { projectRoot } from '../test/house/read-sources.ts'
import { pushHistory } from './ui-data.ts'
import { manySeries, openAllRows } from './ui-dashboards.ts'
import { entryBytes, median, MEASURE, percentile, printTable, type Bar } from './ui-measure.ts'

const DASHBOARD = join(projectRoot, '../shared/data/dashboards/1860-node-exporter-full.json')
const TARGET = { job: 'node', instance: 'bench:9100' }
const nodeVariables = `var-job=${TARGET.job}&var-node=${TARGET.instance}`
const RANGE = 'from=now-1h&to=now&timezone=utc'
const MANY = 500
const REFRESHES = 200

if (!existsSync(DASHBOARD)) {
  console.log(`bench:ui needs ${DASHBOARD}`)
  process.exit(1)
}

const only = new Set(process.argv.slice(2))
const folder = mkdtempSync(join(tmpdir(), 'vedette-bench-ui-'))
writeFileSync(join(folder, 'prometheus.yml'), configText())
const ui = await UiServer.start({ configPath: join(folder, 'prometheus.yml') })
const browser = await openChromium()
try {
  await prepare()
  const bars: Bar[] = []
  for (const [name, measure] of measures()) {
    if (only.size > 0 && !only.has(name)) continue
    bars.push(...(await measure()))
  }
  printTable(bars)
  if (bars.some(({ value, most }) => value >= most)) process.exitCode = 1
} finally {
  await browser.close()
  await ui.dispose()
  rmSync(folder, { recursive: true, force: true })
}

/** This host and the server itself, as the start without a configuration has it, often enough for the home page to have data. */
function configText(): string {
  return `
global: {scrape_interval: 5s, scrape_timeout: 5s}
scrape_configs:
  - {job_name: host, static_configs: [{targets: ['localhost:9100']}]}
`
}

function measures(): [string, () => Promise<Bar[]>][] {
  return [
    ['bundle', () => Promise.resolve([bundle()])],
    ['home', home],
    ['open', openAndScroll],
    ['refresh', refresh],
    ['many', many],
    ['heap', heap],
  ]
}

async function prepare(): Promise<void> {
  const exporter = await startNodeExporter(['--collector.processes'])
  const page = await (await fetch(`http://127.0.0.1:${exporter.port}/metrics`)).text()
  await exporter.stop()
  const count = await pushHistory(ui.server.url(), page, TARGET, 1)
  const lines = Array.from({ length: MANY }, (_none, n) => `bench_many{n="${n}"} ${100 + n}`)
  await pushHistory(ui.server.url(), lines.join('\n'), { job: 'bench', instance: 'bench' }, 1)
  console.log(`an hour of ${count} series of node_exporter, and of ${MANY} in one panel`)
  const dashboard: unknown = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
  if (!isObject(dashboard)) throw new Error('no dashboard')
  for (const one of [
    { ...dashboard, uid: 'closed', id: null },
    openAllRows(dashboard, 'open'),
    manySeries('many', MANY),
  ]) {
    const body = { dashboard: one, overwrite: true, inputs: [] }
    await ui.request('/api/dashboards/import', 'POST', body)
  }
}

async function openPage(height = 900): Promise<Page> {
  const context = await ui.openContext(browser, { viewport: { width: 1440, height } })
  const page = await context.newPage()
  await page.addInitScript(MEASURE)
  return page
}

function bundle(): Bar {
  const bytes = entryBytes(join(projectRoot, 'dist/web'))
  return { name: 'entry bundle, gzip', value: bytes / 1024, most: 450, unit: 'KiB' }
}

async function home(): Promise<Bar[]> {
  const page = await openPage()
  const times: number[] = []
  for (let i = 0; i < 6; i++) {
    await page.goto(`${ui.url}/`)
    const tookMs = await page.evaluate<number>('measure.firstChart()')
    if (i > 0) times.push(tookMs)
  }
  await page.context().close()
  return [{ name: 'home to first drawn panel, warm', value: median(times), most: 1500, unit: 'ms' }]
}

async function openAndScroll(): Promise<Bar[]> {
  const page = await openPage()
  const times: number[] = []
  for (let i = 0; i < 4; i++) {
    await page.goto(`${ui.url}/d/open?${nodeVariables}&${RANGE}`)
    const tookMs = await page.evaluate<number>('measure.allDrawn()')
    if (i > 0) times.push(tookMs)
  }
  const frames = await page.evaluate<number[]>('measure.scroll()')
  await waitForPanels(page)
  const again = await page.evaluate<number[]>('measure.scroll()')
  await page.context().close()
  return [
    { name: '1860, every row open: visible panels', value: median(times), most: 2500, unit: 'ms' },
    {
      name: 'scrolling down the first time, p95',
      value: percentile(frames, 95),
      most: 25,
      unit: 'ms',
    },
    { name: 'scrolling again, p95', value: percentile(again, 95), most: 25, unit: 'ms' },
    { name: 'longest frame of the first time', value: Math.max(...frames), most: 200, unit: 'ms' },
  ]
}

async function refresh(): Promise<Bar[]> {
  const page = await openPage(2600)
  await page.goto(`${ui.url}/d/open?${nodeVariables}&${RANGE}`)
  await waitForPanels(page)
  const shown = await page.evaluate<number>('measure.visible().length')
  const times: number[] = []
  for (let i = 0; i < 5; i++) times.push(await page.evaluate<number>('measure.refresh()'))
  await page.context().close()
  return [
    { name: `refresh of ${shown} visible panels`, value: median(times), most: 1500, unit: 'ms' },
  ]
}

async function many(): Promise<Bar[]> {
  const page = await openPage()
  await page.goto(`${ui.url}/d/many?${RANGE}`)
  await waitForPanels(page)
  const times: number[] = []
  for (let i = 0; i < 7; i++) times.push(await page.evaluate<number>('measure.redraw()'))
  await page.context().close()
  return [{ name: `${MANY} series: answer to drawn`, value: median(times), most: 150, unit: 'ms' }]
}

async function heap(): Promise<Bar[]> {
  const page = await openPage()
  await page.goto(`${ui.url}/d/closed?${nodeVariables}&${RANGE}`)
  await waitForPanels(page)
  const session = await page.context().newCDPSession(page)
  const used = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20
  }
  for (let i = 0; i < 10; i++) await page.evaluate('measure.refresh()')
  const before = await used()
  for (let i = 0; i < REFRESHES; i++) await page.evaluate('measure.refresh()')
  const grown = (await used()) - before
  await page.context().close()
  return [{ name: `heap growth, ${REFRESHES} refreshes`, value: grown, most: 20, unit: 'MiB' }]
}
