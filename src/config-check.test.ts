import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig } from './config-check.ts'
import { formatFault } from './yaml/fault.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-check-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

const check = (
  files: string[],
  syntaxOnly = false,
): { ok: boolean; faults: string[]; files: { ok: boolean; summary: string }[] } => {
  const { ok, faults, files: checked } = checkConfig(files, { env: {}, syntaxOnly })
  return {
    ok,
    faults: faults.map(formatFault),
    files: checked.map((one) => ({ ok: one.ok, summary: one.summary })),
  }
}

describe('checkConfig', () => {
  it('says what each file sets up', () => {
    const good = write(
      'a.yml',
      'scrape_configs: [{job_name: a, static_configs: [{targets: ["h:1", "h:2"]}]}, {job_name: b}]\n',
    )
    const bad = write('b.yml', 'scrape_configs: [{job_name: a, scrape_timeout: 5m}]\n')
    expect(check([good, bad])).toEqual({
      ok: false,
      faults: [`${bad}:1:48: scrape_timeout: exceeds scrape_interval 60000ms`],
      files: [
        { ok: true, summary: '2 scrape jobs, 2 static targets, 0 rule files' },
        { ok: false, summary: '' },
      ],
    })
    expect(check([good]).ok).toBe(true)
  })
  it('takes a missing file for an error, unless only the syntax is asked for', () => {
    const file = write(
      'a.yml',
      'rule_files: [none.yml]\nscrape_configs: [{job_name: a, authorization: {credentials_file: c}, tls_config: {ca_file: ca}}]\n',
    )
    const { ok, faults } = check([file])
    expect(ok).toBe(false)
    expect(faults.filter((fault) => !fault.includes('warning'))).toEqual([
      `${file}:1:14: rule_files[0]: no rule file is at ${folder}/none.yml`,
      `${file}:2:66: credentials_file: there is no file ${folder}/c`,
      `${file}:2:92: ca_file: there is no file ${folder}/ca`,
    ])
    const syntax = check([file], true)
    expect(syntax.ok).toBe(true)
    expect(syntax.faults).toEqual([])
  })
  it('reads the files of file discovery', () => {
    write('good.json', '[{"targets": ["h:1"], "labels": {"a": "b"}}]')
    const bad = write('bad.yml', '- targats: ["h:1"]\n-\n- x\n')
    write('empty.yml', '')
    const file = write(
      'a.yml',
      'scrape_configs: [{job_name: a, file_sd_configs: [{files: [good.json, "*d.yml", empty.yml]}]}]\n',
    )
    expect(check([file]).faults).toEqual([
      `${bad}:1:3: targats: unknown key; did you mean targets? Allowed here: labels, targets`,
      `${bad}:2:2: [1]: an empty target group`,
      `${bad}:3:3: [2]: must be a mapping, not a single value`,
    ])
    expect(check([file], true).ok).toBe(true)
  })
  it('names a file that is not there', () => {
    expect(check([path.join(folder, 'none')]).faults).toEqual([
      `${folder}/none: there is no such file or folder`,
    ])
  })
})
