import { describe, expect, it } from 'vitest'
import { Secret } from '../yaml/secret.ts'
import { chooseProxy } from './choose-proxy.ts'
import { NO_PROXY } from './proxy-config.ts'

const url = new Secret('http://proxy:3128')

describe('the proxy for a URL', () => {
  it('is none without one, and the only one for everything', () => {
    const target = new URL('http://127.0.0.1/')
    expect(chooseProxy(NO_PROXY, target, { HTTP_PROXY: 'http://env' })).toBeUndefined()
    expect(chooseProxy({ ...NO_PROXY, url }, target, {})?.host).toBe('proxy:3128')
  })

  it.each([
    ['http://hooks.example.com/', 'other.com', true],
    ['http://hooks.example.com/', 'example.com', false],
    ['http://example.com/', 'example.com', false],
    ['http://example.com/', '.example.com', true],
    ['http://hooks.example.com/', '*.example.com', false],
    ['http://badexample.com/', 'example.com', true],
    ['http://a.com:8080/', 'a.com:8080', false],
    ['http://a.com:8080/', 'a.com:80', true],
    ['https://a.com/', 'b.com, a.com:443', false],
    ['http://10.1.2.3/', '10.0.0.0/8', false],
    ['http://11.1.2.3/', '10.0.0.0/8', true],
    ['http://[fd00::5]/', 'fd00::/8', false],
    ['http://10.1.2.3/', '10.1.2.3', false],
    ['http://a.com/', '*', false],
    ['http://localhost/', 'other.com', false],
    ['http://127.1.2.3/', 'other.com', false],
    ['http://[::1]:9/', 'other.com', false],
  ])('%s with no_proxy %s: through it is %s', (target, noProxy, isProxied) => {
    const chosen = chooseProxy({ ...NO_PROXY, url, noProxy }, new URL(target), {})
    expect(chosen !== undefined).toBe(isProxied)
  })

  it('is that of the environment where that is asked', () => {
    const proxy = { ...NO_PROXY, fromEnvironment: true }
    const env = { http_proxy: 'plain:1', HTTPS_PROXY: 'http://u:p@tls:2', NO_PROXY: 'b.com' }
    const choose = (target: string) => chooseProxy(proxy, new URL(target), env)?.href
    expect(choose('http://a.com')).toBe('http://plain:1/')
    expect(choose('https://a.com')).toBe('http://u:p@tls:2/')
    expect(choose('https://b.com')).toBeUndefined()
    expect(() => chooseProxy(proxy, new URL('http://a.com'), { HTTP_PROXY: 'ftp://x' })).toThrow(
      /ftp/,
    )
  })
})
