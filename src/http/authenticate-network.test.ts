import { describe, expect, it } from 'vitest'
import { createNetworks, createOriginReader } from './authenticate-network.ts'
import type { Access } from './guard.ts'

const direct = (address: string) => ({ address, kind: 'direct' }) as const

describe('networks', () => {
  const access: Access = {
    trusted: [
      { cidr: '10.0.0.0/8', write: true },
      { cidr: '192.168.0.0/16', listener: 'prometheus' },
      { cidr: '172.16.0.0/12', listener: 'loki', write: true },
      { cidr: 'fd00::/8', write: true },
    ],
  }
  const who = createNetworks('prometheus', access)
  const may = (address: string): string => {
    const scopes = who(direct(address))?.scopes
    if (scopes === undefined) return 'nothing'
    return scopes.has('metrics:write') ? 'write' : 'read'
  }

  it('loopback may do all', () => {
    for (const address of ['127.0.0.1', '127.8.9.1', '::1', '']) expect(may(address)).toBe('write')
  })

  it('named networks may what their entry says', () => {
    expect([may('10.1.2.3'), may('fd00::7'), may('192.168.3.4')]).toEqual([
      'write',
      'write',
      'read',
    ])
    expect([may('172.16.0.1'), may('8.8.8.8'), may('2001:db8::1')]).toEqual([
      'nothing',
      'nothing',
      'nothing',
    ])
  })

  it('loopback needs credentials, too, where they are required, unless it is named', () => {
    const strict = createNetworks('prometheus', { ...access, required: true })
    expect(strict(direct('127.0.0.1'))).toBeUndefined()
    expect(strict(direct(''))).toBeUndefined()
    expect(strict(direct('10.1.1.1'))?.name).toBe('trusted')
    const named = { required: true, trusted: [{ cidr: '127.0.0.0/8' }] }
    expect(createNetworks('loki', named)(direct('127.0.0.1'))?.name).toBe('trusted')
  })

  it('the web UI knows no network', () => {
    const ui = createNetworks('ui', { trusted: [{ cidr: '0.0.0.0/0', write: true }] })
    expect([ui(direct('127.0.0.1')), ui(direct('10.0.0.1'))]).toEqual([undefined, undefined])
  })

  it('what came through an unknown proxy is nobody, wherever the proxy is', () => {
    for (const address of ['127.0.0.1', '10.1.1.1']) {
      expect(who({ address, kind: 'unknown' })).toBeUndefined()
    }
    expect(who({ address: '127.0.0.1', kind: 'proxied' })).toBeUndefined()
    expect(who({ address: '10.1.1.1', kind: 'proxied' })?.name).toBe('trusted')
  })
})

describe('where a request comes from', () => {
  const read = createOriginReader({ proxies: ['127.0.0.1', '172.18.0.0/16'] })
  const from = (remoteAddress: string, headers: Record<string, string>) => {
    const { address, kind } = read({ headers, socket: { remoteAddress } })
    return `${kind} ${address}`
  }
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['10.0.0.1', {}, 'direct 10.0.0.1'],
    ['::ffff:10.0.0.1', {}, 'direct 10.0.0.1'],
    ['127.0.0.1', {}, 'direct 127.0.0.1'],
    ['127.0.0.1', { 'x-forwarded-for': '8.8.8.8' }, 'proxied 8.8.8.8'],
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.1, 8.8.8.8' }, 'proxied 8.8.8.8'],
    ['127.0.0.1', { 'x-forwarded-for': '6.6.6.6, 8.8.8.8, 172.18.0.9' }, 'proxied 8.8.8.8'],
    ['172.18.0.2', { 'x-forwarded-for': '[2001:db8::1]:443' }, 'proxied 2001:db8::1'],
    ['172.18.0.2', { 'x-forwarded-for': '8.8.8.8:1234' }, 'proxied 8.8.8.8'],
    ['127.0.0.1', { 'x-forwarded-for': 'localhost' }, 'unknown 127.0.0.1'],
    ['127.0.0.1', { 'x-forwarded-for': '' }, 'unknown 127.0.0.1'],
    ['127.0.0.1', { 'x-forwarded-for': '172.18.0.1' }, 'unknown 127.0.0.1'],
    ['127.0.0.1', { via: '1.1 nginx' }, 'unknown 127.0.0.1'],
    ['10.0.0.1', { 'x-forwarded-for': '127.0.0.1' }, 'unknown 10.0.0.1'],
    ['10.0.0.1', { forwarded: 'for=127.0.0.1' }, 'unknown 10.0.0.1'],
    ['10.0.0.1', { 'x-real-ip': '127.0.0.1' }, 'unknown 10.0.0.1'],
  ]
  for (const [remote, headers, expected] of cases) {
    it(`${remote} with ${JSON.stringify(headers)} is ${expected}`, () => {
      expect(from(remote, headers)).toBe(expected)
    })
  }

  it('is secure behind a believed proxy that says so, and only there', () => {
    const secure = (remoteAddress: string, headers: Record<string, string>) =>
      read({ headers, socket: { remoteAddress } }).isSecure
    const said = { 'x-forwarded-for': '8.8.8.8', 'x-forwarded-proto': 'https' }
    expect([secure('127.0.0.1', said), secure('8.8.8.8', said), secure('127.0.0.1', {})]).toEqual([
      true,
      false,
      false,
    ])
  })
})
