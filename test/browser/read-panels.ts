import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'

/** What a person sees of one panel. */
export interface SeenPanel {
  readonly key: string
  readonly title: string
  /** What stands in it, titles and legends included. */
  readonly text: string
  /** What the chart says of its data; empty for a panel that is no chart. */
  readonly chart: string
  /** How many series its chart has, as the chart says. */
  readonly seriesCount: number
  /** Coloured pixels of its canvas, every second one counted: axes and letters are grey. */
  readonly coloured: number
  readonly failed: boolean
}

const PANELS = '[data-panel]'

/** Opens every row. */
export async function openRows(page: Page): Promise<void> {
  const closed = page.locator('main section h2 button[aria-expanded="false"]')
  while ((await closed.count()) > 0) await closed.first().click()
}

/** Waits until no panel on the screen waits or loads any more. Those far below the screen wait to be scrolled to. */
export async function waitForPanels(page: Page, timeoutMs = 30_000): Promise<void> {
  await page.waitForSelector(PANELS, { timeout: timeoutMs })
  const deadlineMs = Date.now() + timeoutMs
  const heightPx = page.viewportSize()?.height ?? 0
  for (;;) {
    const waiting = await page.locator(PANELS).evaluateAll(
      (panels, bottomPx) =>
        panels
          .filter((panel) => {
            const box = panel.getBoundingClientRect()
            const isShown = box.bottom > 0 && box.top < bottomPx
            return isShown && panel.getAttribute('data-state') === 'loading'
          })
          .map((panel) => panel.getAttribute('aria-label')),
      heightPx,
    )
    if (waiting.length === 0) return
    if (Date.now() > deadlineMs) throw new Error(`still waiting: ${waiting.join(', ')}`)
    await sleep(25)
  }
}

/** Reads every panel on the page. */
export async function readPanels(page: Page): Promise<SeenPanel[]> {
  const read = await page.locator(PANELS).evaluateAll((panels) =>
    panels.map((panel) => ({
      key: panel.getAttribute('data-panel') ?? '',
      title: panel.getAttribute('aria-label') ?? '',
      text: panel.textContent ?? '',
      chart: panel.querySelector('[role="slider"]')?.getAttribute('aria-label') ?? '',
      failed: panel.getAttribute('data-state') === 'failed',
    })),
  )
  const coloured = await page.locator(PANELS).evaluateAll((panels) =>
    panels.map((panel) => {
      const canvas = panel.querySelector('canvas')
      if (canvas === null || canvas.width === 0 || canvas.height === 0) return 0
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data
      let found = 0
      for (let i = 0; i + 3 < (pixels?.length ?? 0); i += 8) {
        const red = pixels?.[i] ?? 0
        const green = pixels?.[i + 1] ?? 0
        const blue = pixels?.[i + 2] ?? 0
        const spread = Math.max(red, green, blue) - Math.min(red, green, blue)
        if ((pixels?.[i + 3] ?? 0) > 40 && spread > 40) found++
      }
      return found
    }),
  )
  return read.map((panel, i) => ({
    ...panel,
    seriesCount: Number(/(\d+) series\./.exec(panel.chart)?.[1] ?? 0),
    coloured: coloured[i] ?? 0,
  }))
}

/** Whether data is seen: a chart that has values and coloured lines, or a figure where there is no chart. */
export function drawsData(panel: SeenPanel): boolean {
  const { title, text, chart, seriesCount, coloured, failed } = panel
  if (failed) return false
  if (chart !== '') return seriesCount > 0 && /: last /.test(chart) && coloured > 10
  const inside = text.replace(title, '')
  return /\d/.test(inside) && !/No data|N\/A/.test(inside)
}
