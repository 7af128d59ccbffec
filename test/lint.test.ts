import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plantedBreaches, plantedExemptions } from './house/planted-breaches.ts'
import { projectRoot } from './house/read-sources.ts'

interface Diagnostic {
  code: string
  filename: string
}

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-lint-'))
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['.oxlintrc.json', '.oxfmtrc.json', 'tsconfig.json', 'tsconfig.base.json']) {
    plant(name, readFileSync(join(projectRoot, name), 'utf8'))
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function runTool(
  name: string,
  args: string[],
  input = '',
): { code: number | null; output: string } {
  const program = join(projectRoot, 'node_modules/.bin', name)
  const { status, stdout } = spawnSync(program, args, { cwd: folder, input, encoding: 'utf8' })
  return { code: status, output: stdout }
}

/** Runs the linter over everything planted, as `npm run check` does, and groups what it reports by file. */
function lint(): Map<string, Set<string>> {
  const { output } = runTool('oxlint', ['--type-aware', '--deny-warnings', '--format=json'])
  const { diagnostics } = JSON.parse(output) as { diagnostics: Diagnostic[] }
  const found = new Map<string, Set<string>>()
  for (const { code, filename } of diagnostics) {
    found.set(filename, (found.get(filename) ?? new Set()).add(code))
  }
  return found
}

/** Rules that `.oxlintrc.json` switches on by name, in its own notation (`plugin/rule`). */
function namedRules(): string[] {
  const withoutComments = readFileSync(join(projectRoot, '.oxlintrc.json'), 'utf8').replaceAll(
    /\/\/ .*$/gm,
    '',
  )
  interface RuleSet {
    rules: Record<string, string | [string, unknown]>
  }
  const config = JSON.parse(withoutComments) as RuleSet & { overrides: RuleSet[] }
  const severities = [config, ...config.overrides].flatMap(({ rules }) => Object.entries(rules))
  return severities
    .filter(([, severity]) => (Array.isArray(severity) ? severity[0] : severity) === 'error')
    .map(([rule]) => rule)
}

describe('the linter', () => {
  let found: Map<string, Set<string>>

  beforeAll(() => {
    for (const { path, text, files } of plantedBreaches) {
      plant(path, `${text}\n`)
      for (const [neighbour, content] of Object.entries(files ?? {})) plant(neighbour, content)
    }
    for (const [path, text] of Object.entries(plantedExemptions)) plant(path, text)
    found = lint()
  })

  it.each(plantedBreaches)('reports $rule in $path', ({ rule, path }) => {
    const [plugin, name] = rule.split('/')
    expect([...(found.get(path) ?? [])]).toContain(`${plugin}(${name})`)
  })

  it.each(Object.keys(plantedExemptions))('is content with %s', (path) => {
    expect([...(found.get(path) ?? [])]).toEqual([])
  })

  it('has a planted breach for every rule that the configuration names', () => {
    const proven = new Set(plantedBreaches.map(({ rule }) => rule))
    expect(namedRules().filter((rule) => !proven.has(rule))).toEqual([])
  })
})

describe('the formatter', () => {
  const breach = `const a = { "b": "c" };\nconst d = [${'1234567890, '.repeat(10)}]\n`

  it('refuses semicolons, double quotes and lines above 100 columns', () => {
    plant('planted.ts', breach)
    expect(runTool('oxfmt', ['--check', 'planted.ts']).code).not.toBe(0)
  })

  it('writes the house style', () => {
    const { code, output } = runTool('oxfmt', ['--stdin-filepath=planted.ts'], breach)
    expect(code).toBe(0)
    expect(output.split('\n').slice(0, 3)).toEqual([
      "const a = { b: 'c' }",
      'const d = [',
      '  1234567890, 1234567890, 1234567890, 1234567890, 1234567890, 1234567890, 1234567890, 1234567890,',
    ])
    const formatted = runTool('oxfmt', ['--stdin-filepath=planted.ts'], output)
    expect(formatted.output).toBe(output)
  })
})
