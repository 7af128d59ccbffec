import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  isMissing,
  listNames,
  listNamesIfPresent,
  listNumbered,
  readAttribute,
  readDevice,
  readText,
  readTextIfPresent,
} from './files.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vedette-files-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('files of the kernel', () => {
  it('are read whole, however long', () => {
    const text = 'ä'.repeat(200_000)
    writeFileSync(join(root, 'long'), text)
    expect(readText(join(root, 'long'))).toBe(text)
    expect(readText('/proc/self/stat')).toContain(String(process.pid))
  })

  it('that are missing are told from those that fail', () => {
    expect(readTextIfPresent(join(root, 'none'))).toBeUndefined()
    expect(readTextIfPresent(join(root, 'long', 'below'))).toBeUndefined()
    expect(() => readText(join(root, 'none'))).toThrow('ENOENT')
    expect(() => readTextIfPresent(root)).toThrow('EISDIR')
    expect(isMissing(new Error('x'))).toBe(false)
  })

  it('as attributes are trimmed, and undefined when they cannot be read', async () => {
    writeFileSync(join(root, 'speed'), '1000\n')
    expect(readAttribute(join(root, 'speed'))).toBe('1000')
    expect(readAttribute(root)).toBeUndefined()
    expect(await readDevice(join(root, 'speed'))).toBe('1000')
    await expect(readDevice(root)).rejects.toThrow('EISDIR')
    expect(() => readDevice(join(root, 'none'))).toThrow('ENOENT')
  })

  it('are listed in order', () => {
    for (const name of ['cpu10', 'cpu2', 'cpufreq', 'xcpu1', 'cpu']) {
      mkdirSync(join(root, 'cpus', name), { recursive: true })
    }
    expect(listNumbered(join(root, 'cpus'), 'cpu')).toEqual(['cpu10', 'cpu2'])
    expect(listNamesIfPresent(join(root, 'nowhere'))).toEqual([])
    expect(() => listNames(join(root, 'nowhere'))).toThrow('ENOENT')
  })
})
