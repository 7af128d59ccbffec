import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

describe('vedette check alertmanager', () => {
  let folder = ''
  const file = (name: string): string => path.join(folder, name)

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'check-alertmanager-'))
    writeFileSync(
      file('good.yml'),
      'route: {receiver: a, routes: [{match: {b: c}}]}\nreceivers: [{name: a}]\n',
    )
    writeFileSync(file('bad.yml'), 'route:\n  receiver: b\nreceivers: [{name: a}]\n')
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  const check = async (...args: string[]) => {
    const { code, out } = await runCaptured('check', 'alertmanager', ...args)
    return { code, lines: out.replaceAll(folder, 'F').trimEnd().split('\n') }
  }

  it('counts what a good file sets up', async () => {
    expect(await check(file('good.yml'))).toEqual({
      code: 0,
      lines: [
        'F/good.yml: good: global config, 2 routes, 0 inhibit rules, 1 receiver, 0 time intervals, 0 templates',
      ],
    })
  })

  it('says what is wrong and where, and looks at the other files all the same', async () => {
    const { code, lines } = await check(file('bad.yml'), file('good.yml'))
    expect(code).toBe(1)
    expect(lines.slice(0, 2)).toEqual([
      'F/bad.yml:2:13: receiver: there is no receiver "b" (defined: a)',
      'F/bad.yml: bad: 1 error',
    ])
    expect(lines[2]).toMatch(/^F\/good\.yml: good: /)
  })

  it('fails for a file that is not there', async () => {
    expect((await check(file('none.yml'))).code).toBe(1)
  })
})
