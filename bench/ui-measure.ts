import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** One figure and the bar that it has to stay below. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly most: number
  readonly unit: string
}

export function printTable(bars: readonly Bar[]): void {
  const rows = bars.map(({ name, value, most, unit }) => [
    name,
    `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`,
    `${most} ${unit}`,
    value < most ? 'holds' : 'MISSED',
  ])
  console.log('| what | measured | bar | |\n|---|---|---|---|')
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value that so many percent are not above. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}

/** What the browser reads before anything is shown: the scripts and styles that index.html names, as they are sent. */
export function entryBytes(folder: string): number {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="\.?\/(assets\/[^"]+\.(?:js|css))"/g)]
  if (files.length === 0) throw new Error('index.html names no scripts')
  return files.reduce(
    (sum, [, file = '']) => sum + gzipSync(readFileSync(join(folder, file))).length,
    0,
  )
}

/** Runs in the page before its own scripts; the measures are called by name. */
export const MEASURE = `
globalThis.measure = (() => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done(performance.now())))
  const until = async (isTrue, mostMs = 30000) => {
    const startedMs = performance.now()
    for (;;) {
      const nowMs = await frame()
      if (isTrue()) return nowMs
      if (nowMs - startedMs > mostMs) throw new Error('waited in vain')
    }
  }
  const visible = () =>
    [...document.querySelectorAll('[data-panel]')].filter((panel) => {
      const box = panel.getBoundingClientRect()
      return box.bottom > 0 && box.top < innerHeight
    })
  const areDrawn = () => {
    const shown = visible()
    return shown.length > 0 && shown.every((panel) => panel.dataset.state === 'drawn')
  }
  const press = () => document.querySelector('button[aria-label^="Refresh"]').click()
  return {
    visible,
    firstChart: () => until(() => document.querySelector('[role="slider"] canvas') !== null),
    allDrawn: () => until(areDrawn),
    async scroll() {
      window.scrollTo(0, 0)
      let lastMs = await frame()
      const frames = []
      while (scrollY + innerHeight < document.documentElement.scrollHeight - 2) {
        window.scrollBy(0, 60)
        const nowMs = await frame()
        frames.push(nowMs - lastMs)
        lastMs = nowMs
      }
      return frames
    },
    async refresh() {
      const startedMs = performance.now()
      press()
      await until(() => !areDrawn(), 2000)
      return (await until(areDrawn)) - startedMs
    },
    async redraw() {
      performance.clearResourceTimings()
      press()
      await until(() => !areDrawn(), 2000)
      const drawnMs = await until(areDrawn)
      const entries = performance.getEntriesByType('resource').filter((one) => one.name.includes('/query'))
      return drawnMs - Math.max(...entries.map((one) => one.responseEnd))
    },
  }
})()
`
