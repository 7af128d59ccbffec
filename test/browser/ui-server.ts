import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { startServer, type Server, type ServerOptions } from '../e2e/server.ts'

const USER = 'admin'
const PASSWORD = 'only-for-the-browser-tests-1'

/** A server with its web UI, and somebody signed in to it. */
export class UiServer {
  readonly server: Server
  readonly url: string
  readonly #cookie: string
  readonly #csrf: string

  private constructor(server: Server, cookie: string, csrf: string) {
    this.server = server
    this.url = server.url('ui')
    this.#cookie = cookie
    this.#csrf = csrf
  }

  /** Starts a server on free ports, by default with this host's own metrics. The caller calls `dispose`. */
  static async start(options: ServerOptions = {}): Promise<UiServer> {
    const listeners = [...new Set(['ui' as const, ...(options.listeners ?? [])])]
    const env = { ...options.env, VEDETTE_ADMIN_PASSWORD: PASSWORD }
    const server = await startServer({ ...options, listeners, env })
    try {
      const response = await fetch(`${server.url('ui')}/api/vedette/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: USER, password: PASSWORD }),
      })
      const me: unknown = await response.json()
      const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
      const csrf: unknown = typeof me === 'object' && me !== null ? Reflect.get(me, 'csrf') : ''
      if (!response.ok || cookie === undefined || typeof csrf !== 'string')
        throw new Error(`cannot sign in: ${response.status} ${JSON.stringify(me)}`)
      return new UiServer(server, cookie, csrf)
    } catch (error) {
      await server.dispose()
      throw error
    }
  }

  /** Asks the API as who is signed in. */
  async request(path: string, method = 'GET', body?: unknown): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        cookie: this.#cookie,
        'x-vedette-csrf': this.#csrf,
        origin: this.url,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** A browser that is signed in. */
  async openContext(
    browser: Browser,
    options: BrowserContextOptions = {},
  ): Promise<BrowserContext> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: 'dark',
      ...options,
    })
    const [name = '', value = ''] = this.#cookie.split('=')
    await context.addCookies([{ name, value, url: this.url }])
    return context
  }

  async dispose(): Promise<void> {
    await this.server.dispose()
  }
}
