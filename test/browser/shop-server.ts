import type { Browser, Page } from 'playwright-core'
import { encodeCompressedWriteRequest } from '../../src/formats/remote-write/encode.ts'
import type { View } from './browser.ts'
import { serviceGraphBatch, shopTrace, type CallRate } from './shop-samples.ts'
import { UiServer } from './ui-server.ts'

export const STEP_MS = 15_000

/** A Vedette that a shop sends its spans to. */
export class ShopServer {
  readonly ui: UiServer

  private constructor(ui: UiServer) {
    this.ui = ui
  }

  static async start(): Promise<ShopServer> {
    const listeners = ['otlp-http', 'tempo'] as const
    return new ShopServer(await UiServer.start({ listeners, readyTimeoutMs: 110_000 }))
  }

  /** Requests of the shop, evenly over a time, numbered from `first` on; resolves when they can be found. */
  async pushTraces(
    count: number,
    time: { readonly fromMs: number; readonly toMs: number; readonly first?: number },
  ): Promise<void> {
    const { fromMs, toMs, first = 0 } = time
    const resourceSpans = Array.from({ length: count }, (_none, i) =>
      shopTrace(first + i, fromMs + ((toMs - fromMs) * i) / count),
    ).flat()
    const response = await fetch(`${this.ui.server.url('otlp-http')}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans }),
    })
    const text = await response.text()
    if (!response.ok || text.includes('partialSuccess'))
      throw new Error(`${response.status} ${text}`)
  }

  /** Metrics of calls between services, from a time on. */
  async pushCalls(calls: readonly CallRate[], fromMs: number, steps: number): Promise<void> {
    const batch = serviceGraphBatch(calls, { fromMs, stepMs: STEP_MS, steps })
    const response = await fetch(`${this.ui.server.url()}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: encodeCompressedWriteRequest(batch),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  }

  /** A page of somebody who is signed in, with all that goes wrong in it. */
  async visit(
    browser: Browser,
    path: string,
    { scheme, width }: View,
  ): Promise<{ readonly page: Page; readonly faults: string[] }> {
    const context = await this.ui.openContext(browser, {
      ...{ baseURL: this.ui.url, colorScheme: scheme },
      viewport: { width, height: width < 500 ? 844 : 900 },
      ...{ timezoneId: 'Europe/Berlin', locale: 'en-GB' },
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
