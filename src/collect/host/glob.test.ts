import { describe, expect, it } from 'vitest'
import { expandGlob } from './glob.ts'

const TREE: Readonly<Record<string, readonly string[]>> = {
  '/': ['srv', 'var'],
  '/srv': ['a.b', 'axb', 'app1', 'app2', 'appx'],
  '/srv/app1': ['metrics'],
  '/srv/app2': ['metrics', 'metrics2'],
  '.': ['local'],
}

const list = (folder: string): Promise<readonly string[]> => {
  const names = TREE[folder.length > 1 ? folder.replace(/\/$/, '') : folder]
  return names ? Promise.resolve(names) : Promise.reject(new Error('no such folder'))
}

describe('a pattern of paths', () => {
  it.each([
    ['/plain/path', ['/plain/path']],
    ['/srv/app*', ['/srv/app1', '/srv/app2', '/srv/appx']],
    ['/srv/app[0-9]', ['/srv/app1', '/srv/app2']],
    ['/srv/app?/metrics', ['/srv/app1/metrics', '/srv/app2/metrics', '/srv/appx/metrics']],
    ['/srv/*/metrics*', ['/srv/app1/metrics', '/srv/app2/metrics', '/srv/app2/metrics2']],
    ['/srv/a.?', ['/srv/a.b']],
    ['/*/none', ['/srv/none', '/var/none']],
    ['/gone/*', []],
    ['l*', ['local']],
  ])('%s', async (pattern, paths) => expect(await expandGlob(pattern, list)).toEqual(paths))
})
