import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { VERSION } from '../self/version.ts'
import type { Listener } from './listener.ts'
import { createFakeDoors, createFakeWorld } from './prometheus/testing/fake-doors.ts'
import { createUiListener } from './ui.ts'

const SCRIPT = `export const a = '${'x'.repeat(2000)}'\n`
let folder = ''
let listener: Listener
let port = 0
const url = (target: string): string => `http://127.0.0.1:${port}${target}`

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-ui-'))
  mkdirSync(path.join(folder, 'web/assets'), { recursive: true })
  const write = (name: string, content: string | Buffer): void =>
    writeFileSync(path.join(folder, name), content)
  write('secret.txt', 'secret')
  write('web/index.html', '<script nonce="__VEDETTE_NONCE__" src="/assets/a-1.js"></script>')
  write('web/favicon.svg', '<svg/>')
  write('web/assets/a-1.js', SCRIPT)
  write('web/assets/a-1.js.gz', gzipSync(SCRIPT))
  write('web/assets/unknown.exe', 'x')
  listener = open(path.join(folder, 'web'))
  port = await listener.listen()
})

afterAll(async () => {
  await listener.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(webFolder: string, basePath = ''): Listener {
  return createUiListener(
    {
      webFolder,
      prometheus: createFakeDoors(createFakeWorld()),
      routes: [],
      registry: createRegistry(),
      log: silentLog(),
    },
    { address: { host: '127.0.0.1', port: 0 }, access: { anonymous: 'viewer' }, basePath },
  )
}

/** Sends a request line as it stands, which no HTTP client of the platform would. */
async function sendRaw(target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe('below a path of a proxy', () => {
  it('answers with the path and without it, and names its files by it', async () => {
    const below = open(path.join(folder, 'web'), '/monitoring')
    const at = `http://127.0.0.1:${await below.listen()}`
    try {
      const page = '<script nonce="" src="/monitoring/assets/a-1.js"></script>'
      for (const target of ['/monitoring', '/monitoring/d/abc?from=now-6h', '/d/abc', '/']) {
        const text = await (await fetch(at + target)).text()
        expect(text.replace(/nonce="[^"]*"/, 'nonce=""')).toBe(page)
      }
      for (const target of ['/monitoring/assets/a-1.js', '/assets/a-1.js']) {
        expect(await (await fetch(at + target)).text()).toBe(SCRIPT)
      }
      expect((await fetch(`${at}/monitoring/api/health`)).status).toBe(200)
      expect((await fetch(`${at}/monitoring/api/nothing`)).status).toBe(404)
    } finally {
      await below.close()
    }
  })
})

describe('pages', () => {
  it.each(['/', '/explore', '/d/abc/some-name?from=now-6h', '/status/targets'])(
    '%s is the page, with a nonce of its own that the policy names',
    async (target) => {
      const [first, second] = [await fetch(url(target)), await fetch(url(target))]
      expect(first.status).toBe(200)
      const [text, other] = [await first.text(), await second.text()]
      const nonce = /nonce="([^"]+)"/.exec(text)?.[1] ?? ''
      expect(nonce).toMatch(/^[\w+/]{24}$/)
      expect(other).not.toContain(nonce)
      const policy = first.headers.get('content-security-policy')
      expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`)
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(first.headers.get('cache-control')).toBe('no-store')
      expect(first.headers.get('x-content-type-options')).toBe('nosniff')
      expect(first.headers.get('referrer-policy')).toBe('same-origin')
    },
  )

  it('say what to do where the UI has not been built', async () => {
    const bare = open(path.join(folder, 'nowhere'))
    const { statusCode, body } = await bare.app.inject('/')
    expect(statusCode).toBe(503)
    expect(body).toContain('npm run build')
    await bare.close()
  })
})

describe('files', () => {
  it('are sent compressed ahead to who accepts it, and kept for ever when named by content', async () => {
    const answer = await listener.app.inject({
      url: '/assets/a-1.js',
      headers: { 'accept-encoding': 'br;q=0, gzip, deflate' },
    })
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(gunzipSync(answer.rawPayload).toString()).toBe(SCRIPT)
    const plain = await listener.app.inject('/assets/a-1.js')
    expect(plain.body).toBe(SCRIPT)
    expect((await fetch(url('/favicon.svg'))).headers.get('cache-control')).toBe('no-cache')
  })

  it.each([
    '/assets/missing-2.js',
    '/assets/unknown.exe',
    '/assets/a-1.js.gz',
    '/index.html',
    '/secret.txt',
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/assets/%00secret.txt',
    '/assets/....//....//secret.txt',
  ])('%s is none', async (target) => {
    const text = await sendRaw(target)
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text).not.toMatch(/\r\n\r\nsecret/)
  })
})

describe('the API', () => {
  it('answers health as Grafana does', async () => {
    const answer = await fetch(url('/api/health'))
    expect(await answer.json()).toMatchObject({ database: 'ok', version: VERSION })
  })

  it('has the readers’ part of the Prometheus API under its own origin', async () => {
    const answer = await fetch(url('/api/prometheus/api/v1/query?query=up'))
    expect(await answer.json()).toMatchObject({ status: 'success' })
  })

  it.each(['/api/prometheus/api/v1/write', '/api/prometheus/api/v1/admin/tsdb/delete_series'])(
    'does not have %s',
    async (target) => {
      const answer = await fetch(url(target), { method: 'POST' })
      expect(answer.status).toBe(404)
    },
  )

  it('answers an unknown path with JSON, not with the page', async () => {
    const answer = await fetch(url('/api/nothing'))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toEqual({ message: 'Not found' })
  })
})
