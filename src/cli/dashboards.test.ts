import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-dashboards-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const OLD = {
  ...{ title: 'Old one', uid: 'old', schemaVersion: 14 },
  rows: [
    {
      panels: [
        { id: 1, type: 'graph', title: 'Load', targets: [{ expr: 'node_load1' }] },
        { id: 2, type: 'weird', title: 'Odd' },
      ],
    },
  ],
}

function write(name: string, value: unknown): string {
  const file = path.join(folder, name)
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

describe('vedette dashboards on a data directory', () => {
  const run = (...args: readonly string[]) => runCaptured('dashboards', ...args, '--data', folder)

  it('imports with a report, lists, exports and imports again', async () => {
    const imported = await run('import', write('old.json', OLD), write('bad.json', '{"a": }'))
    expect(imported.code).toBe(1)
    expect(imported.out).toBe(
      'saved Old one (old) at /d/old/old-one\n' +
        '  panel "Odd": panel type weird: there is no panel of the type "weird"; it is kept as it is\n' +
        '  panels of older kinds that were renewed: 1\n',
    )
    expect(imported.err).toMatch(/bad\.json: the dashboard is not JSON/)
    expect((await run('list')).out).toMatch(/^old +Old one/m)
    const file = path.join(folder, 'out.json')
    expect((await run('export', '--id', 'old', '--output', file)).code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      id: null,
      uid: 'old',
      title: 'Old one',
    })
    expect((await run('import', file)).err).toContain('changed by someone else')
    expect((await run('import', file, '--overwrite')).code).toBe(0)
    expect((await run('export', '--id', 'nothing')).err).toBe('vedette: Dashboard not found\n')
  })

  it('lists those that ship, and saves them', async () => {
    expect((await run('install')).out).toMatch(/^packs with dashboards: .*host/)
    const one = await run('install', 'host')
    expect([one.code, one.err]).toEqual([0, ''])
    expect((await run('install', 'nothing')).code).toBe(2)
  })

  it('says what is missing', async () => {
    const { code, err } = await runCaptured('dashboards', 'list', '--data', `${folder}/none`)
    expect([code, err]).toEqual([1, expect.stringMatching(/there is no data directory .*none/)])
  })
})
