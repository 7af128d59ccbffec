import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

describe('vedette check config', () => {
  let folder = ''
  const file = (name: string): string => path.join(folder, name)

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'check-'))
    writeFileSync(
      file('good.yml'),
      'scrape_configs: [{job_name: a, static_configs: [{targets: ["b:1"]}]}]',
    )
    writeFileSync(file('bad.yml'), 'scrape_configs:\n  - job_nam: a\n')
    writeFileSync(file('rules.yml'), 'rule_files: [gone/alerts.yml]\nscrape_configs: []\n')
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  const check = async (...args: string[]) => {
    const { code, out } = await runCaptured('check', 'config', ...args)
    return { code, lines: out.replaceAll(folder, 'F').trimEnd().split('\n') }
  }

  it('says that a file is good, and what it sets up', async () => {
    expect(await check(file('good.yml'))).toEqual({
      code: 0,
      lines: ['F/good.yml: good: 1 scrape job, 1 static target, 0 rule files'],
    })
  })

  it('says what is wrong and where, and looks at the other files all the same', async () => {
    const { code, lines } = await check(file('bad.yml'), file('good.yml'))
    expect(code).toBe(1)
    expect(lines).toContainEqual(
      expect.stringMatching(/^F\/bad\.yml:2:5: .*job_nam: unknown key; did you mean job_name\?/),
    )
    expect(lines.filter((line) => line.startsWith('F/bad.yml: bad: '))).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^F\/good\.yml: good: /)
  })

  it('wants the files that are named to be there, unless told otherwise', async () => {
    const strict = await check(file('rules.yml'))
    expect(strict.code).toBe(1)
    expect(strict.lines.at(-1)).toMatch(/^F\/rules\.yml: bad: 1 error/)
    expect((await check('--syntax-only', file('rules.yml'))).code).toBe(0)
  })

  it('fails for a file that is not there, and without any', async () => {
    expect(await check(file('none.yml'))).toMatchObject({
      code: 1,
      lines: ['F/none.yml: there is no such file or folder', 'F/none.yml: bad: 1 error'],
    })
    expect((await check()).code).toBe(2)
  })
})
