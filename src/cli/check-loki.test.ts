import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

const SEEDS = path.resolve(import.meta.dirname, '../../../shared/data/seeds')

describe('vedette check loki', () => {
  let folder = ''
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    return file
  }

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'check-loki-'))
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  const check = async (...files: string[]) => {
    const { code, out } = await runCaptured('check', 'loki', ...files)
    return { code, lines: out.replaceAll(folder, 'F').trimEnd().split('\n') }
  }

  it('says what a good file sets, and what has no effect', async () => {
    const file = write(
      'good.yml',
      `auth_enabled: false
schema_config: {configs: []}
limits_config:
  retention_period: 168h
  deletion_mode: disabled
  retention_stream:
    - {selector: '{env="dev"}', priority: 1, period: 24h}
`,
    )
    expect(await check(file)).toEqual({
      code: 0,
      lines: [
        'F/good.yml:2:1: warning: schema_config: has no effect here: lines are in the store of the program, at storage.path or clickhouse.url, which needs no schema',
        'F/good.yml: good: lines are kept for 1w, 1 rule for other streams, requests to delete are refused, 1 warning',
      ],
    })
    const endless = write('endless.yml', 'limits_config: {retention_period: 0}\n')
    expect((await check(endless)).lines).toEqual(['F/endless.yml: good: lines are kept for ever'])
  })

  it('says what is wrong and where, and looks at the other files all the same', async () => {
    const bad = write('bad.yml', 'limits_config:\n  retention_perod: 1d\n')
    const { code, lines } = await check(bad, write('empty.yml', ''))
    expect(code).toBe(1)
    expect(lines[0]).toMatch(/^F\/bad\.yml:2:3: .*retention_perod/)
    expect(lines[1]).toBe('F/bad.yml: bad: 1 error')
    expect(lines[2]).toMatch(/^F\/empty\.yml: good: /)
  })

  it('fails for a file that is not there', async () => {
    expect((await check(path.join(folder, 'none.yml'))).code).toBe(1)
  })

  it('accepts the files of the field', async () => {
    if (!existsSync(SEEDS)) {
      console.log(`skipped: ${SEEDS} is not there`)
      return
    }
    const files = readdirSync(SEEDS, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?:^|\/)loki[^/]*\.ya?ml$/.test(name))
      .map((name) => path.join(SEEDS, name))
    expect(files.length).toBeGreaterThan(0)
    const { code, lines } = await check(...files)
    expect([code, lines.filter((line) => line.includes('bad: '))]).toEqual([0, []])
  })
})
