import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type LoadedConfig, type StartFlags } from './config.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-flags-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function load(
  text: string,
  flags: StartFlags = {},
  env: Record<string, string> = {},
): LoadedConfig {
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(file, text)
  return loadConfig({ path: file, flags, env })
}

function faultsOf(loaded: LoadedConfig): string {
  return (loaded.ok ? loaded.warnings : loaded.faults)
    .map(({ line, col, message }) => `${line}:${col} ${message}`)
    .join('\n')
}

describe('flags of vedette.yml', () => {
  it('are as those of the command line, which goes before', () => {
    const text = `flags: {query.timeout: 30s, web.enable-lifecycle: true, listen.loki: 'off', enable-feature: 'promql-experimental-functions'}`
    const loaded = load(text, { queryTimeout: '1m' })
    if (!loaded.ok) throw new Error(faultsOf(loaded))
    expect(loaded.config.query.timeoutMs).toBe(60_000)
    expect(loaded.config.web.lifecycle).toBe(true)
    expect(loaded.config.listen.loki).toBeUndefined()
    expect(loaded.config.features.has('promql-experimental-functions')).toBe(true)
  })

  it('that do not exist are refused where they stand', () => {
    const loaded = load('flags:\n  query.timeouts: 30s\n  config: other.yml\n')
    expect(loaded.ok).toBe(false)
    expect(faultsOf(loaded)).toMatch(/^2:3 .*there is no flag --query\.timeouts/m)
    expect(faultsOf(loaded)).toMatch(/^3:3 .*there is no flag --config/m)
  })
})

describe('the environment of vedette.yml', () => {
  const text = `
environment: {files: [.env], set: {GF_SERVER_ROOT_URL: 'https://\${DOMAIN}', TAKEN: own}}
listen: {ui: '127.0.0.1:\${UI_PORT}'}
storage: {path: '\${TAKEN}'}
`
  it('is what stands in files and in itself, below that of the process', () => {
    writeFileSync(path.join(folder, '.env'), 'DOMAIN=m.example.org\nUI_PORT=3333\nTAKEN=file\n')
    const loaded = load(text, {}, { UI_PORT: '4444' })
    if (!loaded.ok) throw new Error(faultsOf(loaded))
    expect(loaded.config.listen.ui?.port).toBe(4444)
    expect(loaded.config.dashboards.rootUrl).toMatch(/^https:\/\/m\.example\.org/)
    expect(path.basename(loaded.config.dataFolder)).toBe('own')
    expect(loaded.env['DOMAIN']).toBe('m.example.org')
  })

  it('says which file is missing', () => {
    expect(faultsOf(load(text, {}, { UI_PORT: '1', DOMAIN: 'a' }))).toMatch(
      /2:23 .*the file of variables .*\.env cannot be read/,
    )
  })
})
