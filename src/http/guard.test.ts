import { describe, expect, it } from 'vitest'
import { checkListen, createGuard, type GuardedRequest } from './guard.ts'

const LOOPBACK = { host: '127.0.0.1', port: 9090, listener: 'prometheus' }
const EVERYWHERE = { host: '0.0.0.0', port: 9090, listener: 'prometheus' }

function request(
  headers: Record<string, string>,
  method = 'GET',
  remoteAddress = '127.0.0.1',
): GuardedRequest {
  return { method, headers, socket: { remoteAddress } }
}

describe('Host', () => {
  const loopback = createGuard(LOOPBACK, { hosts: ['vedette.example.org', '*.mon.svc'] })
  const everywhere = createGuard(EVERYWHERE, {})
  /** Host, accepted on loopback, accepted on 0.0.0.0 without configured names. */
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    ['localhost:9090', true, true],
    ['LOCALHOST', true, true],
    ['127.0.0.1:9090', true, true],
    ['127.9.9.9', true, true],
    ['[::1]:9090', true, true],
    ['app.localhost:9090', true, true],
    ['vedette.example.org:9090', true, false],
    ['a.mon.svc', true, false],
    ['mon.svc', false, false],
    ['evil.example.com:9090', false, false],
    ['127.0.0.1.evil.com', false, false],
    ['localhost.evil.com', false, false],
    ['192.168.1.5:9090', false, true],
    ['prometheus:9090', false, true],
    ['', false, false],
    ['a b', false, false],
    ['user@localhost', false, false],
    ['localhost:9090:1', false, false],
  ]
  for (const [host, onLoopback, onAll] of cases) {
    it(`${JSON.stringify(host)} is known where it should be`, () => {
      expect(loopback(request({ host })) === undefined).toBe(onLoopback)
      expect(everywhere(request({ host })) === undefined).toBe(onAll)
    })
  }

  it('says what to do', () => {
    expect(loopback(request({ host: 'evil.com' }))).toMatch(/"evil\.com".*access\.hosts/)
  })
})

describe('requests of pages', () => {
  const guard = createGuard(LOOPBACK, {})
  const host = 'localhost:9090'
  const passes = (headers: Record<string, string>, method?: string): boolean =>
    guard(request({ host, ...headers }, method)) === undefined

  it('of this machine pass', () => {
    expect(passes({ origin: 'http://localhost:3000' }, 'POST')).toBe(true)
    expect(passes({ origin: 'http://127.0.0.1:9090', 'sec-fetch-site': 'same-origin' })).toBe(true)
    expect(passes({ 'sec-fetch-site': 'same-site' })).toBe(true)
    expect(passes({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })).toBe(true)
  })

  it('of another site are refused', () => {
    expect(passes({ origin: 'https://evil.com' }, 'POST')).toBe(false)
    expect(passes({ origin: 'null' }, 'POST')).toBe(false)
    expect(passes({ origin: 'http://localhost@evil.com' })).toBe(false)
    expect(passes({ origin: 'chrome-extension://abc' })).toBe(false)
    expect(passes({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(false)
  })

  it('of another address are refused where all addresses are listened on', () => {
    const everywhere = createGuard(EVERYWHERE, { hosts: ['grafana.example.org'] })
    const from = (origin: string) =>
      everywhere(request({ host: '10.0.0.5:9090', origin }, 'POST')) === undefined
    expect(from('http://10.0.0.5:3000')).toBe(true)
    expect(from('https://grafana.example.org')).toBe(true)
    expect(from('http://10.0.0.6')).toBe(false)
    expect(from('http://6.6.6.6')).toBe(false)
    expect(from('http://intranet')).toBe(false)
    expect(from('http://localhost:8000')).toBe(false)
  })

  it('a link may be followed, but not as a form and not into a frame', () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect(passes({ ...link, 'sec-fetch-dest': 'document' })).toBe(true)
    expect(passes({ ...link, 'sec-fetch-dest': 'document' }, 'POST')).toBe(false)
    expect(passes({ ...link, 'sec-fetch-dest': 'iframe' })).toBe(false)
  })
})

describe('checkListen', () => {
  it('lets loopback listen', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', '[::1]', '127.1.2.3']) {
      expect(checkListen({ ...LOOPBACK, host }, {})).toBeUndefined()
    }
  })
  it('refuses other addresses without access', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'vedette.lan', '']) {
      expect(checkListen({ ...LOOPBACK, host }, {})).toMatch(/access\.trusted/)
    }
    const onlyLoki = { trusted: [{ cidr: '10.0.0.0/8', listener: 'loki' }] }
    expect(checkListen(EVERYWHERE, onlyLoki)).toMatch(/prometheus listener/)
  })
  it('accepts them with access', () => {
    expect(checkListen(EVERYWHERE, { trusted: [{ cidr: '10.0.0.0/8' }] })).toBeUndefined()
    expect(checkListen(EVERYWHERE, { required: true })).toBeUndefined()
  })
  it('accepts the web UI, which always asks who it is', () => {
    expect(checkListen({ ...EVERYWHERE, listener: 'ui' }, {})).toBeUndefined()
  })
  it('names a network that is none', () => {
    for (const cidr of ['10.0.0.0/33', 'ten', '10.0.0.0/8/8', '10.0.0.0/', '']) {
      expect(checkListen(LOOPBACK, { trusted: [{ cidr }] })).toContain(JSON.stringify(cidr))
    }
  })
})
