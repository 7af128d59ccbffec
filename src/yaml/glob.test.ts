import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFiles, matchesPattern } from './glob.ts'
import { locate } from './locate.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glob-'))
  mkdirSync(path.join(folder, 'rules'))
  for (const name of ['b.yml', 'a.yml', 'rules/x.yml', 'rules/y.yaml', 'rules/[z].yml']) {
    writeFileSync(path.join(folder, name), '')
  }
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('matchesPattern', () => {
  it.each([
    ['*.yml', 'a.yml', true],
    ['*.yml', 'a.yaml', false],
    ['*', '', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[]x', 'x', false],
    ['\\*x', '*x', true],
    ['\\*x', 'ax', false],
    [`${'*a'.repeat(50)}b`, 'a'.repeat(2000), false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected)
  })
})

describe('findFiles', () => {
  const find = (pattern: string): string[] =>
    findFiles(path.join(folder, pattern)).map((file) => path.relative(folder, file))
  it('finds plain paths and wildcards in any part, sorted', () => {
    expect(find('a.yml')).toEqual(['a.yml'])
    expect(find('none.yml')).toEqual([])
    expect(find('*.yml')).toEqual(['a.yml', 'b.yml'])
    expect(find('r*/?.y*ml')).toEqual(['rules/x.yml', 'rules/y.yaml'])
    expect(find('a.yml/*')).toEqual([])
    expect(find('rules/\\[z\\].yml')).toEqual(['rules/[z].yml'])
  })
})

describe('locate', () => {
  it('looks beside the configuration for absolute paths that lead nowhere', () => {
    const file = path.join(folder, 'rules/x.yml')
    for (const written of ['/no-such-root/rules/x.yml', '/no-such-root/deep/rules/x.*']) {
      expect(locate(written, folder).files).toEqual([file])
    }
    expect(locate('/no-such-root/a.yml', folder).files).toEqual([path.join(folder, 'a.yml')])
  })
  it('does not take every file of the folder for a wildcard', () => {
    const { pattern, files } = locate('/no-such-root/*.yml', folder)
    expect({ pattern, files }).toEqual({ pattern: '/no-such-root/*.yml', files: [] })
  })
})
