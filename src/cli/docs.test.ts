import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { buildProgram } from './program.ts'

const commandLine = readFileSync('docs/command-line.md', 'utf8')
const configuration = readFileSync('docs/configuration.md', 'utf8')

describe('the documentation', () => {
  it('names every verb and every option that the help shows', () => {
    const { commands } = buildProgram({ code: 0 })
    const options = [...commands, ...commands.flatMap((verb) => verb.commands)]
      .flatMap((verb) => verb.options)
      .filter((option) => !option.hidden)
    const wanted = [
      ...commands.map((verb) => verb.name()),
      ...options.map(({ long }) => long ?? ''),
    ]
    expect(wanted.length).toBeGreaterThan(30)
    expect(wanted.filter((word) => !commandLine.includes(word))).toEqual([])
  })

  it('has an example of vedette.yml that holds every key and is good', () => {
    const example = /```yaml\n(prometheus: [\s\S]*?)```/.exec(configuration)?.[1] ?? ''
    const folder = mkdtempSync(path.join(tmpdir(), 'docs-'))
    writeFileSync(path.join(folder, 'prometheus.yml'), 'scrape_configs: []')
    writeFileSync(
      path.join(folder, 'alertmanager.yml'),
      'route: {receiver: a}\nreceivers: [{name: a}]',
    )
    writeFileSync(path.join(folder, 'password'), 'a-password')
    mkdirSync(path.join(folder, 'tls'))
    mkdirSync(path.join(folder, 'dashboards'))
    for (const name of ['server.crt', 'server.key', 'ca.crt'])
      writeFileSync(path.join(folder, 'tls', name), '')
    const file = path.join(folder, 'vedette.yml')
    writeFileSync(file, example.replaceAll('/etc/vedette', folder))
    const loaded = loadConfig({ path: file, flags: {}, env: {} })
    rmSync(folder, { recursive: true })
    // With every key there is one too many: a ClickHouse has budgets of its own.
    const warned = loaded.ok ? loaded.warnings.map(({ message }) => message) : loaded.faults
    expect(warned).toEqual([
      expect.stringMatching(/^disk_budget: has no effect: .*clickhouse\.url$/),
    ])
    for (const key of example.matchAll(/^ {0,2}([a-z_]+):/gm)) {
      expect(configuration, key[1]).toMatch(new RegExp(`^\\| .*\\b${key[1]}\\b`, 'm'))
    }
  })
})
