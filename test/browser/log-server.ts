import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { View } from './browser.ts'
import type { PushBody } from './log-samples.ts'
import { UiServer } from './ui-server.ts'

/** A Vedette that takes logs, also lines of a megabyte. */
export class LogServer {
  readonly ui: UiServer
  readonly #folder: string

  private constructor(ui: UiServer, folder: string) {
    this.ui = ui
    this.#folder = folder
  }

  static async start(): Promise<LogServer> {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-logs-'))
    writeFileSync(join(folder, 'loki.yml'), 'limits_config: { max_line_size: 2MB }\n')
    try {
      return new LogServer(
        await UiServer.start({ configPath: folder, listeners: ['loki'], readyTimeoutMs: 120_000 }),
        folder,
      )
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Resolves when the lines can be asked for. */
  async push(body: PushBody): Promise<void> {
    const response = await fetch(`${this.ui.server.url('loki')}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`)
  }

  /** A page of somebody who is signed in, with all that goes wrong in it. */
  async visit(
    browser: Browser,
    path: string,
    { scheme, width }: View,
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
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
