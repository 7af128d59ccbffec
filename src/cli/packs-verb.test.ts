import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runProgram } from './program.ts'

let folder = ''
const at = (name: string): string => path.join(folder, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'vedette-packs-'))
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

async function packs(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true))
  const code = await runProgram(['packs', ...args])
  vi.restoreAllMocks()
  return { code, out, err }
}

const PROMETHEUS = `# Ours.
global: {scrape_interval: 30s}
scrape_configs:
  - job_name: shop   # the shop
    static_configs: [{targets: ["shop:80"]}]

rule_files: []
`

describe('packs list', () => {
  it('shows each pack and what it writes', async () => {
    const { code, out } = await packs('list')
    expect(code).toBe(0)
    expect(out).toMatch(/^traefik +Traefik +\d+ +auto +a scrape job$/m)
    expect(out).toMatch(/^passenger +Passenger +\d+ +auto +a section$/m)
  })

  it('has the packs beside a configuration and what it says of packs', async () => {
    mkdirSync(at('packs/own'), { recursive: true })
    writeFileSync(at('packs/own/pack.yml'), '{name: own, title: Mine, description: d, needs: up}')
    writeFileSync(at('vedette.yml'), 'packs: {traefik: {enabled: false}}\n')
    const { out } = await packs('list', '--config', folder)
    expect(out).toMatch(/^own +Mine/m)
    expect(out).toMatch(/^traefik .* off /m)
  })
})

describe('packs enable', () => {
  it('adds a job to the prometheus.yml in force, and nothing else to it', async () => {
    writeFileSync(at('prometheus.yml'), PROMETHEUS)
    chmodSync(at('prometheus.yml'), 0o600)
    const { code, out } = await packs('enable', 'traefik', '--config', folder)
    expect(code).toBe(0)
    const job = `  - job_name: traefik
    static_configs:
      - targets: ['localhost:8080'] # the entry point of Traefik's metrics
`
    expect(read('prometheus.yml')).toBe(PROMETHEUS.replace('\n\nrule', `\n${job}\nrule`))
    expect(out).toContain('+  - job_name: traefik\n')
    expect(out).not.toContain('-  - job_name')
    expect(statSync(at('prometheus.yml')).mode & 0o777).toBe(0o600)
    const again = await packs('enable', 'traefik', '--config', folder)
    expect(again.out).toBe('traefik: is there already\n')
  })

  it('shows with --dry-run what it would write', async () => {
    writeFileSync(at('prometheus.yml'), PROMETHEUS)
    const { out } = await packs('enable', 'traefik', 'passenger', '--config', folder, '--dry-run')
    expect(out).toContain('+passenger: {}\n')
    expect(out).toContain('nothing was written')
    expect(read('prometheus.yml')).toBe(PROMETHEUS)
    expect(existsSync(at('vedette.yml'))).toBe(false)
  })

  it('goes through a link to the file behind it', async () => {
    mkdirSync(at('real'))
    writeFileSync(at('real/prom.yml'), PROMETHEUS)
    symlinkSync('real/prom.yml', at('prometheus.yml'))
    await packs('enable', 'traefik', '--config', folder)
    expect(read('real/prom.yml')).toContain('job_name: traefik')
  })

  it('puts what somebody names in the place of the usual address', async () => {
    writeFileSync(at('vedette.yml'), 'prometheus:\n  scrape_configs: []\nlisten: {ui: off}\n')
    const config = ['--config', at('vedette.yml')]
    await packs('enable', 'traefik', '--target', 'edge1:8082', 'edge2:8082', ...config)
    await packs('enable', 'http', '--target', 'https://shop.test', ...config)
    expect(read('vedette.yml')).toBe(`prometheus:
  scrape_configs:
    - job_name: traefik
      static_configs:
        - targets: ['edge1:8082', 'edge2:8082'] # the entry point of Traefik's metrics
listen: {ui: off}

probes:
  - module: http_2xx
    targets: ['https://shop.test']
    interval: 30s
`)
  })

  it('goes on watching what is watched by default', async () => {
    await packs('enable', 'traefik', '--config', at('vedette.yml'))
    const names = Array.from(read('vedette.yml').matchAll(/job_name: (\w+)/g), ([, name]) => name)
    expect(names).toEqual(['prometheus', 'node', 'traefik'])
  })

  it.each([
    [['trafik'], 'did you mean traefik?'],
    [['http'], 'needs to know what: --target'],
    [['passenger', '--target', 'a:1'], 'takes no --target'],
  ])('%j says what is wrong', async (args, message) => {
    writeFileSync(at('vedette.yml'), 'listen: {}\n')
    const { code, err } = await packs('enable', ...args, '--config', folder)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(read('vedette.yml')).toBe('listen: {}\n')
  })

  it('needs a vedette.yml for a section', async () => {
    writeFileSync(at('prometheus.yml'), PROMETHEUS)
    const { err } = await packs('enable', 'passenger', '--config', at('prometheus.yml'))
    expect(err).toContain('let --config name its folder')
  })

  it('leaves a file alone that it cannot add to', async () => {
    const text = 'a: &jobs [{job_name: b}]\nscrape_configs: *jobs\n'
    writeFileSync(at('prometheus.yml'), text)
    const { code, err } = await packs('enable', 'traefik', '--config', folder)
    expect(code).toBe(1)
    expect(err).toContain('nothing was written; add it by hand')
    expect(read('prometheus.yml')).toBe(text)
  })

  it('takes back what the server would refuse', async () => {
    mkdirSync(at('packs/own'), { recursive: true })
    const pack =
      '{name: own, title: Mine, description: d, needs: up, enable: {section: "nonsense: 1\\n"}}'
    writeFileSync(at('packs/own/pack.yml'), pack)
    writeFileSync(at('vedette.yml'), 'listen: {ui: off}\n')
    const { code, err } = await packs('enable', 'own', '--config', folder)
    expect(code).toBe(1)
    expect(err).toContain('the files are as before')
    expect(read('vedette.yml')).toBe('listen: {ui: off}\n')
  })
})
