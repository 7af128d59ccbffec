import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePorts } from '../e2e/free-ports.ts'
import { hasPrograms } from '../e2e/tools/notice.ts'
import { hasChromium } from './browser.ts'
import { openChromium } from './chromium.ts'
import { UiServer } from './ui-server.ts'

const EXAMPLE = join(import.meta.dirname, '../../deploy/proxy/nginx.conf')
const PASSWORD = 'only-for-the-browser-tests-1'

const hasNginx = hasPrograms('the web UI behind nginx', { nginx: 'nginx', openssl: 'openssl' })

/** The example of deploy/proxy with the addresses of this test, in a folder of its own. */
function writeConfig(folder: string, ports: Ports, strips: boolean): string {
  const site = readFileSync(EXAMPLE, 'utf8')
    .replace('listen 443 ssl http2', `listen 127.0.0.1:${ports.tls} ssl http2`)
    .replace('listen 80', `listen 127.0.0.1:${ports.plain}`)
    .replaceAll('vedette.example.org', 'localhost')
    .replaceAll('/etc/nginx/tls/vedette', join(folder, 'vedette'))
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.ui}${strips ? '/' : ''}`)
    .replaceAll('127.0.0.1:3100', `127.0.0.1:${ports.loki}`)
  writeFileSync(join(folder, 'site.conf'), site)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const main = [
    'daemon off;',
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log;`,
    'events {}',
    'http {',
    'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    `include ${folder}/site.conf;`,
    '}',
  ]
  const file = join(folder, strips ? 'strips.conf' : 'nginx.conf')
  writeFileSync(file, main.join('\n'))
  return file
}

interface Ports {
  readonly tls: number
  readonly plain: number
  readonly ui: number
  readonly loki: number
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(url, { rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', () => resolve(0))
    asked.end()
  })
}

describe.skipIf(!hasChromium || !hasNginx).each([
  ['that passes the path on', false],
  ['that takes the path off', true],
])('the web UI below a path of a proxy %s', (_name, strips) => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-proxy-'))
  let server: UiServer
  let browser: Browser
  let nginx: ChildProcess
  let page: Page
  let origin = ''
  const faults: string[] = []

  beforeAll(async () => {
    const [tls = 0, plain = 0] = await findFreePorts(2)
    origin = `https://localhost:${tls}`
    const config = join(folder, 'vedette.yml')
    writeFileSync(config, 'access: {proxies: [127.0.0.1], hosts: [localhost]}\n')
    const env = {
      GF_SERVER_ROOT_URL: `${origin}/monitoring/`,
      GF_SERVER_SERVE_FROM_SUB_PATH: 'true',
    }
    ;[browser, server] = await Promise.all([
      openChromium(),
      UiServer.start({ configPath: config, listeners: ['loki'], env, readyTimeoutMs: 120_000 }),
    ])
    const portOf = (name: 'ui' | 'loki') => Number(new URL(server.server.url(name)).port)
    const key = ['-keyout', join(folder, 'vedette.key'), '-out', join(folder, 'vedette.crt')]
    const subject = ['-subj', '/CN=localhost', '-days', '2']
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      ...key,
      ...subject,
    ])
    if (made.status !== 0) throw new Error(String(made.stderr))
    const ports = { tls, plain, ui: portOf('ui'), loki: portOf('loki') }
    const file = writeConfig(folder, ports, strips)
    nginx = spawn('nginx', ['-c', file, '-p', folder, '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    })
    while ((await statusOf(`${origin}/monitoring/api/health`)) !== 200) await sleep(100)
    const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: origin })
    page = await context.newPage()
    page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
    page.on('response', (answer) => {
      if (answer.status() >= 400 && answer.status() !== 401)
        void answer.text().then((text) => faults.push(`${answer.url()}: ${text}`))
    })
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 401/.test(message.text()))
        faults.push(message.text())
    })
  }, 120_000)

  afterAll(async () => {
    const ended = new Promise((resolve) => nginx?.once('exit', resolve))
    if (nginx?.kill('SIGTERM')) await ended
    await browser?.close()
    await server?.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  it('signs in', async () => {
    await page.goto('/monitoring')
    await page.getByLabel('User', { exact: true }).fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor({ state: 'detached' })
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name, secure, path }) => [name, secure, path])).toEqual([
      ['__Host-vedette', true, '/'],
    ])
  })

  it('goes from page to page, and shows a dashboard', async () => {
    await page.getByRole('link', { name: 'Dashboards', exact: true }).first().click()
    await page.waitForURL(/\/monitoring\/dashboards/)
    await page.locator('a[href*="/monitoring/d/"]').first().click()
    await page.waitForURL(/\/monitoring\/d\//)
    await page.reload()
    await page.getByRole('region').first().waitFor()
  })

  it('explores', async () => {
    const answered = page.waitForResponse((answer) =>
      /\/monitoring\/api\/.*query/.test(answer.url()),
    )
    await page.goto('/monitoring/explore?q=up')
    await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor()
    expect((await answered).status()).toBe(200)
  })

  it('follows logs live', async () => {
    await page.goto(`/monitoring/logs?q=${encodeURIComponent('{app="live"}')}&live=1`)
    await page.getByText('Live', { exact: true }).first().waitFor()
    const body = {
      streams: [{ stream: { app: 'live' }, values: [[`${Date.now()}000000`, 'a line at last']] }],
    }
    const pushed = await fetch(`${server.server.url('loki')}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(pushed.status).toBe(204)
    await page.getByText('a line at last').first().waitFor()
  })

  it('leads who comes past the proxy below the path', async () => {
    await page.goto(`${server.url}/status/health`)
    await page.waitForURL(`${server.url}/monitoring/status/health`)
    await page.getByLabel('User', { exact: true }).waitFor()
  })

  it('has no faults on the console', () => {
    expect(faults).toEqual([])
  })
})
