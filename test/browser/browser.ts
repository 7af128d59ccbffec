import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { findChromium } from './chromium.ts'
import { ARTEFACTS } from './screenshots.ts'

/** Whether there is a browser to test with. */
export const hasChromium = findChromium() !== undefined

if (!hasChromium) console.log('skipped, for there is no Chromium')

export interface View {
  readonly scheme: 'dark' | 'light'
  readonly width: number
}

export const DESKTOP: View = { scheme: 'dark', width: 1440 }
export const VIEWS: readonly View[] = [
  DESKTOP,
  { scheme: 'light', width: 1440 },
  { scheme: 'light', width: 1024 },
  { scheme: 'dark', width: 390 },
]

/** A page of a browser of its own, with all that went wrong in it. */
export interface Visit {
  readonly page: Page
  /** Uncaught errors, breaches of the policy, faults on the console. */
  readonly faults: string[]
}

/** A missing session is a 401 that the sign-in page is there for; the browser writes a line for it all the same. */
const EXPECTED = /status of 401/

export async function openVisit(
  browser: Browser,
  url: string,
  { scheme, width }: View = DESKTOP,
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: scheme,
    viewport: { width, height: width < 500 ? 844 : 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) faults.push(message.text())
  })
  return { page, faults }
}

/** A picture of what a test saw, for people to look at. */
export async function keepPicture(
  page: Page,
  name: string,
  { scheme, width }: View,
): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTEFACTS, `${name}-${scheme}-${width}.png`) })
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string | null
    readonly help: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
}

/** axe finds nothing serious or critical on the page as it is. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResult>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 4).map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
    }))
  expect(grave).toEqual([])
}
