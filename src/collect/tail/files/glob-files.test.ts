import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expandBraces, globFiles, matchesPath } from './glob-files.ts'

describe('a pattern of files', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'glob-'))
    for (const name of ['a/b/c', 'a/d', 'e'])
      mkdirSync(path.join(folder, name), { recursive: true })
    const files = [
      'a/1.log',
      'a/b/2.log',
      'a/b/c/3.log',
      'a/d/4.txt',
      'e/5.log',
      '6.log',
      '[7].log',
    ]
    for (const name of files) writeFileSync(path.join(folder, name), '')
    symlinkSync(folder, path.join(folder, 'e/loop'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['*.log', ['6.log', '[7].log']],
    ['a/*/*.log', ['a/b/2.log']],
    ['a/**/*.log', ['a/1.log', 'a/b/2.log', 'a/b/c/3.log']],
    ['**/[1-4].*', ['a/1.log', 'a/b/2.log', 'a/b/c/3.log', 'a/d/4.txt']],
    ['a/**', ['a/1.log', 'a/b', 'a/b/2.log', 'a/b/c', 'a/b/c/3.log', 'a/d', 'a/d/4.txt']],
    ['{a/{1,9},6}.log', ['6.log', 'a/1.log']],
    ['a/**/c/*', ['a/b/c/3.log']],
    ['e/loop/6.log', ['e/loop/6.log']],
    ['\\[7\\].log', ['[7].log']],
    ['none/*', []],
  ])('%s', async (pattern, files) => {
    const found = await globFiles(path.join(folder, pattern), 100)
    expect(found.files.map((file) => path.relative(folder, file))).toEqual(files)
    expect(found.isCut).toBe(false)
    for (const file of found.files) expect(matchesPath(path.join(folder, pattern), file)).toBe(true)
  })

  it('names the folders where files may appear, and no more files than are wanted', async () => {
    const found = await globFiles(path.join(folder, 'a/**/*.log'), 2)
    expect(found.files).toHaveLength(2)
    expect(found.isCut).toBe(true)
    const all = await globFiles(path.join(folder, 'a/**/*.none'), 2)
    const later = await globFiles(path.join(folder, 'a/none/*/x.log'), 2)
    expect(later.folders).toEqual([path.join(folder, 'a')])
    expect(all.folders.map((each) => path.relative(folder, each)).toSorted()).toEqual([
      ...['a', 'a/b', 'a/b/c', 'a/d'],
    ])
  })
})

describe('a path', () => {
  it.each([
    ['/a/**/*.log', '/a/b.log', true],
    ['/a/**/*.log', '/a/b/c/d.log', true],
    ['/a/**/x/**/y', '/a/x/y', true],
    ['/a/**/x/**/y', '/a/b/y', false],
    ['/a/*', '/a/b/c', false],
    ['/a/{b,c}/*', '/a/c/d', true],
    ['/a/{b,c}/*', '/a/d/d', false],
    ['/a/**', '/a/b/c', true],
    ['/a/?.log', '/a/ab.log', false],
  ])('against %s: %s is %s', (pattern, file, expected) => {
    expect(matchesPath(pattern, file)).toBe(expected)
  })

  it('is matched in time that does not explode', () => {
    const names = Array.from({ length: 30 }, () => 'a').join('/')
    expect(matchesPath(`${'/**/a'.repeat(12)}/b`, `/${names}`)).toBe(false)
  })
})

describe('braces', () => {
  it.each([
    ['a', ['a']],
    ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd']],
    ['x{a,{b,c}d}y', ['xay', 'xbdy', 'xcdy']],
    ['a{b', ['a{b']],
    ['{a}', ['a']],
    ['{,a}b', ['b', 'ab']],
  ])('%s', (pattern, expected) => {
    expect(expandBraces(pattern).toSorted()).toEqual(expected.toSorted())
  })
})
