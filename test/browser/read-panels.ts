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
  /** Coloured pixels of its canvas, every second one counted, while it is on the screen: axes and letters are grey. */
  readonly coloured: number
  readonly state: 'failed' | 'loading' | 'drawn'
  readonly isOnScreen: boolean
}

/** Runs in the page. */
const READ_PANELS = `
  [...document.querySelectorAll('[data-panel]')].map((panel) => {
    const box = panel.getBoundingClientRect()
    const isOnScreen = box.bottom > 0 && box.top < innerHeight
    return {
      key: panel.dataset.panel,
      title: panel.getAttribute('aria-label'),
      text: panel.textContent,
      chart: panel.querySelector('[role="slider"]')?.getAttribute('aria-label') ?? '',
      coloured: isOnScreen ? countColoured(panel.querySelector('canvas')) : 0,
      state: panel.dataset.state,
      isOnScreen,
    }
  })

  function countColoured(canvas) {
    if (canvas === null || canvas.width === 0 || canvas.height === 0) return 0
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let found = 0
    for (let i = 0; i + 3 < data.length; i += 8) {
      const [red, green, blue] = [data[i], data[i + 1], data[i + 2]]
      const spread = Math.max(red, green, blue) - Math.min(red, green, blue)
      if (data[i + 3] > 40 && spread > 40) found++
    }
    return found
  }
`
const FIND_WAITING = `
  [...document.querySelectorAll('[data-panel]')]
    .filter((panel) => {
      // The code of some panels comes after their data.
      const isBusy = panel.querySelector('[role="status"][aria-busy="true"]') !== null
      const isDone = panel.dataset.state !== 'loading' && !isBusy
      if (isDone) return false
      const box = panel.getBoundingClientRect()
      return box.bottom > 0 && box.top < innerHeight
    })
    .map((panel) => panel.getAttribute('aria-label'))
`

/** Opens every row. */
export async function openRows(page: Page): Promise<void> {
  const closed = page.locator('main section h2 button[aria-expanded="false"]')
  while ((await closed.count()) > 0) await closed.first().click()
}

/** Waits until no panel on the screen waits or loads any more. Those far below the screen wait to be scrolled to. */
export async function waitForPanels(page: Page, timeoutMs = 30_000): Promise<void> {
  await page.waitForSelector('[data-panel]', { timeout: timeoutMs })
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    const waiting = await page.evaluate<string[]>(FIND_WAITING)
    if (waiting.length === 0) return
    if (Date.now() > deadlineMs) throw new Error(`still waiting: ${waiting.join(', ')}`)
    await sleep(20)
  }
}

/** Reads every panel as it is now; those that were never on the screen are empty. */
function readPanels(page: Page): Promise<SeenPanel[]> {
  return page.evaluate<SeenPanel[]>(`(() => { return ${READ_PANELS.trim()} })()`)
}

/** Reads the panels once nothing on the screen changes any more: charts are painted in turns, after their data came. */
async function readSteadyPanels(page: Page): Promise<SeenPanel[]> {
  let panels = await readPanels(page)
  let before = ''
  for (let same = 0, tries = 0; same < 3 && tries < 30; tries++) {
    await sleep(100)
    panels = await readPanels(page)
    const now = panels
      .map(({ coloured, state, text }) => `${state}${coloured}${text.length}`)
      .join()
    same = now === before ? same + 1 : 0
    before = now
  }
  return panels
}

/** Scrolls through the page and reads each panel when it is on the screen; `onScreen` is called for every stretch. */
export async function scrollThrough(
  page: Page,
  onScreen: (stretch: number) => Promise<void>,
): Promise<SeenPanel[]> {
  const seen = new Map<string, SeenPanel>()
  for (let stretch = 0; ; stretch++) {
    await waitForPanels(page, 120_000)
    await onScreen(stretch)
    const panels = await readSteadyPanels(page)
    for (const panel of panels) if (panel.isOnScreen) seen.set(panel.key, panel)
    const next = panels.find(({ key }) => !seen.has(key))
    if (next === undefined) return [...seen.values()]
    await page.evaluate(`document.querySelector('[data-panel="${next.key}"]').scrollIntoView()`)
    // The page notices what has come to the screen in its next frame.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))')
  }
}

/** How many series a chart says it has. */
export function seriesCountOf({ chart }: SeenPanel): number {
  return Number(/(\d+) series\./.exec(chart)?.[1] ?? 0)
}

/** Whether data is seen: a chart that has values and coloured lines, or a figure where there is no chart. */
export function drawsData(panel: SeenPanel): boolean {
  const { title, text, chart, coloured, state } = panel
  if (state !== 'drawn') return false
  if (chart !== '') return seriesCountOf(panel) > 0 && /: last /.test(chart) && coloured > 10
  const inside = text.replace(title, '')
  return /\d/.test(inside) && !/No data|N\/A/.test(inside)
}
