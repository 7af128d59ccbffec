import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locate } from './locate.ts'
import { mountedPath, mountsInForce, withMounts } from './mounts.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-mounts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

describe('mounts', () => {
  const mounts = [
    { inside: '/etc', outside: '/a' },
    { inside: '/etc/x', outside: '/b' },
    { inside: '/f.yml', outside: '/c.yml' },
  ]
  it.each([
    ['/etc/x/1', '/b/1'],
    ['/etc/xy', '/a/xy'],
    ['/f.yml', '/c.yml'],
    ['/other', undefined],
  ])('%s is %s', (inside, outside) =>
    expect(withMounts(mounts, () => mountedPath(inside))).toBe(outside),
  )

  it('hold only while they are asked for', () => {
    expect(() =>
      withMounts(mounts, () => {
        throw new Error('x')
      }),
    ).toThrow('x')
    expect(mountsInForce()).toEqual([])
  })

  it('lead from a file to what its container had beside it', () => {
    write('here/p.yml', '')
    const rules = write('there/a.yml', '')
    const both = [
      { inside: '/etc/p/p.yml', outside: path.join(folder, 'here/p.yml') },
      { inside: '/etc/p/rules', outside: path.join(folder, 'there') },
    ]
    const found = withMounts(both, () => locate('rules/*.yml', path.join(folder, 'here')))
    expect(found.files).toEqual([rules])
  })
})
