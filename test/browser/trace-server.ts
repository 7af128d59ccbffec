import type { Browser, Page } from 'playwright-core'
import { DESKTOP, type View } from './browser.ts'
import { exportOf, type SampleSpan } from './trace-samples.ts'
import { UiServer } from './ui-server.ts'

/** A Vedette that takes traces and logs, and whoever looks at them. */
export class TraceServer {
  readonly ui: UiServer

  private constructor(ui: UiServer) {
    this.ui = ui
  }

  static async start(): Promise<TraceServer> {
    return new TraceServer(
      await UiServer.start({ listeners: ['otlp-http', 'loki'], readyTimeoutMs: 120_000 }),
    )
  }

  /** Resolves when the spans can be asked for. */
  async push(name: string, startMs: number, spans: readonly SampleSpan[]): Promise<void> {
    await this.post(
      `${this.ui.server.url('otlp-http')}/v1/traces`,
      JSON.stringify(exportOf(name, startMs, spans)),
    )
  }

  async post(url: string, body: string): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  }

  /** A page of somebody who is signed in, with all that goes wrong in it. */
  async visit(
    browser: Browser,
    path: string,
    { scheme, width }: View = DESKTOP,
  ): Promise<{ readonly page: Page; readonly faults: string[] }> {
    const context = await this.ui.openContext(browser, {
      baseURL: this.ui.url,
      colorScheme: scheme,
      viewport: { width, height: width < 500 ? 844 : 900 },
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await page.goto(path)
    return { page, faults }
  }

  async dispose(): Promise<void> {
    await this.ui.dispose()
  }
}
