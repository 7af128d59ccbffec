import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type StartFlags } from '../../src/config.ts'
import { formatFault } from '../../src/yaml/fault.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-access-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('TLS and access', () => {
  const settings = (text: string, flags: StartFlags = {}) => {
    for (const name of ['c.pem', 'k.pem', 'own.pem', 'ca.pem']) write(name, '')
    const loaded = loadConfig({ flags: { ...flags, config: write('vedette.yml', text) }, env: {} })
    if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'))
    return loaded.config
  }
  const at = (name: string): string => path.join(folder, name)

  it('TLS of all listeners, of one, and of all but one', () => {
    const { listen } = settings(`
listen:
  tls: {cert_file: c.pem, key_file: k.pem}
  prometheus: {address: "127.0.0.1:9443", tls: {cert_file: own.pem, key_file: k.pem, client_ca_file: ca.pem, min_version: TLS13}}
  webhook: {tls: off}
`)
    expect(listen.ui).toEqual({
      host: '127.0.0.1',
      port: 3000,
      tls: { certFile: at('c.pem'), keyFile: at('k.pem') },
    })
    expect(listen.prometheus).toEqual({
      host: '127.0.0.1',
      port: 9443,
      tls: {
        certFile: at('own.pem'),
        keyFile: at('k.pem'),
        clientCaFile: at('ca.pem'),
        minVersion: 'TLSv1.3',
      },
    })
    expect(listen.webhook).toEqual({ host: '127.0.0.1', port: 9094 })
  })

  it('the web configuration of Prometheus', () => {
    const file = write(
      'web.yml',
      'tls_server_config: {cert_file: c.pem, key_file: k.pem, client_auth_type: NoClientCert}\n',
    )
    const { listen } = settings('storage: {}', { webConfigFile: file })
    expect(listen.prometheus?.tls).toEqual({ certFile: at('c.pem'), keyFile: at('k.pem') })
    expect(listen.ui?.tls).toBeUndefined()
  })

  it('users of the web configuration are refused with what to do', () => {
    const file = write('web.yml', 'basic_auth_users:\n  ada: $2y$10$abc\n')
    const loaded = loadConfig({ flags: { webConfigFile: file }, env: {} })
    expect(loaded.ok ? [] : loaded.faults.map(formatFault)).toEqual([
      expect.stringMatching(/web\.yml:2:3: ada: .*vedette user add ada/),
    ])
  })

  it('whom listeners answer', () => {
    const { access, metadata } = settings(`
access: {required: true, anonymous: viewer, proxies: [10.0.0.1, "fd00::/8"], sign_in: {idle: 1h}}
metadata: {url: "postgres://v:swordfish@db/vedette"}
`)
    expect(access).toMatchObject({
      required: true,
      anonymous: 'viewer',
      proxies: ['10.0.0.1', 'fd00::/8'],
      signIn: { idleMs: 3_600_000, lifetimeMs: 30 * 86_400_000 },
    })
    expect(JSON.stringify(metadata)).not.toContain('swordfish')
    expect(metadata.url?.reveal()).toBe('postgres://v:swordfish@db/vedette')
    const open = settings('listen: {prometheus: ":9090"}\naccess: {required: true}')
    expect(open.listen.prometheus?.host).toBe('0.0.0.0')
  })
})
