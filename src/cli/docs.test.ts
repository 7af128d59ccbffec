import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  configurationPage,
  documentedExample,
  writeDocumentedExample,
} from '../../test/documentation/documented-example.ts'
import { loadConfig } from '../config.ts'
import { buildProgram } from './program.ts'

const commandLine = readFileSync('docs/command-line.md', 'utf8')

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
    const folder = mkdtempSync(path.join(tmpdir(), 'docs-'))
    const file = writeDocumentedExample(folder)
    const loaded = loadConfig({ path: file, flags: {}, env: {} })
    rmSync(folder, { recursive: true })
    // With every key there is one too many: a ClickHouse has budgets of its own.
    const warned = loaded.ok ? loaded.warnings.map(({ message }) => message) : loaded.faults
    expect(warned).toEqual([
      expect.stringMatching(/^disk_budget: has no effect: .*clickhouse\.url$/),
    ])
    for (const key of documentedExample.matchAll(/^ {0,2}([a-z_]+):/gm)) {
      expect(configurationPage, key[1]).toMatch(new RegExp(`^\\| .*\\b${key[1]}\\b`, 'm'))
    }
  })
})
