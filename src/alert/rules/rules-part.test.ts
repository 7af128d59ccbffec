import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readRulesPart, type RuleFlags } from './rules-part.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'rules-part-'))
  mkdirSync(path.join(folder, 'rules'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, `groups: [{name: ${path.basename(name, '.yml')}, rules: []}]`)
  return file
}

function read(files: readonly string[], flags: RuleFlags = {}) {
  const faults = new FaultList()
  const folders = [path.join(folder, 'rules')]
  const part = readRulesPart({ files, folders, validation: 'utf8' }, flags, faults)
  return {
    ...part,
    names: part.groups.map(({ name }) => name),
    faults: faults.items.map(formatFault),
  }
}

describe('readRulesPart', () => {
  it('takes the files of a folder of rules', () => {
    write('rules/b.yml')
    write('rules/a.yml')
    writeFileSync(path.join(folder, 'rules/notes.md'), '# notes')
    expect(read([write('c.yml')]).names).toEqual(['c', 'a', 'b'])
  })

  it('leaves a folder alone of which rule_files names a part', () => {
    write('rules/b.yml')
    expect(read([write('rules/a.yml')]).names).toEqual(['a'])
  })

  it('reads a file once that two ways lead to', () => {
    const file = write('a.yml')
    symlinkSync(file, path.join(folder, 'rules/link.yml'))
    expect(read([file, path.join(folder, 'rules/../a.yml')]).names).toEqual(['a'])
  })

  it('says what is wrong with a file', () => {
    writeFileSync(path.join(folder, 'rules/a.yml'), 'groups: [{rules: []}]')
    expect(read([]).faults[0]).toMatch(/a\.yml:1:10: groups\[0\]: Groupname must not be empty$/)
  })

  it('reads the flags of Prometheus', () => {
    const given = read([], {
      ...{ rulesForOutageTolerance: '2h', rulesForGracePeriod: '0', rulesResendDelay: '30s' },
      ...{ rulesMaxConcurrentEvals: '8', webExternalUrl: 'https://example.org/prometheus/' },
    })
    expect(given.settings).toEqual({
      ...{ outageToleranceMs: 7_200_000, forGracePeriodMs: 0, resendDelayMs: 30_000 },
      maxConcurrentEvals: 8,
    })
    expect(given.externalUrl).toBe('https://example.org/prometheus')
    const wrong = read([], { rulesResendDelay: 'soon', webExternalUrl: 'example.org' })
    expect(wrong.faults).toEqual([
      '--rules.alert.resend-delay: must be a duration such as 15d or 2m, not "soon"',
      '--web.external-url: must be a URL such as https://prometheus.example.org or https://example.org/prometheus, not "example.org"',
    ])
  })
})
