import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileDiscovery } from './file.ts'
import type { Discovery, TargetGroup } from './target-group.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
const SOON = { timeout: 15_000 }

let folder = ''
const running: Discovery[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'file-sd-'))
})

afterEach(() => {
  for (const discovery of running.splice(0)) discovery.stop()
  rmSync(folder, { recursive: true })
})

const at = (name: string): string => path.join(folder, name)

interface Found {
  groups: readonly TargetGroup[]
  updates: number
  readonly faults: string[]
}

function discover(patterns: string[], refreshIntervalMs = 3_600_000): Found {
  const found: Found = { groups: [], updates: 0, faults: [] }
  const discovery = fileDiscovery({
    patterns: patterns.map(at),
    refreshIntervalMs,
    onFault: (_, message) => found.faults.push(message.replaceAll(folder, '')),
  })
  running.push(discovery)
  discovery.start((groups) => {
    found.groups = groups
    found.updates++
  })
  return found
}

const addresses = ({ groups }: Found): string[] =>
  groups.flatMap((group) => group.targets.map((target) => target.get('__address__')))

const target = (...names: string[]): string => `- targets: ${JSON.stringify(names)}\n`

describe('files of targets', () => {
  it('are read at once, JSON and YAML, with the labels of the group and the name of the file', () => {
    writeFileSync(
      at('a.json'),
      '[\n\t{"targets": ["h1:1", "h2:2"],\n\t "labels": {"env": "x", "n": "1"}}\n]\n',
    )
    writeFileSync(at('b.yml'), `${target('h3:3')}${target('h4:4')}`)
    writeFileSync(at('c.txt'), 'not this one')
    const found = discover(['*.json', 'b.yml'])
    expect(found.faults).toEqual([])
    expect(addresses(found)).toEqual(['h1:1', 'h2:2', 'h3:3', 'h4:4'])
    expect(found.groups.map((group) => path.relative(folder, group.source))).toEqual([
      'a.json:0',
      'b.yml:0',
      'b.yml:1',
    ])
    expect(found.groups[0]?.targets[0]?.toObject()).toEqual({
      __address__: 'h1:1',
      __meta_filepath: at('a.json'),
      env: 'x',
      n: '1',
    })
  })

  it('are read once when two patterns name them', () => {
    writeFileSync(at('a.yml'), target('h1:1'))
    expect(addresses(discover(['*.yml', 'a.yml']))).toEqual(['h1:1'])
  })

  it('may be empty, or not there yet', async () => {
    writeFileSync(at('a.yml'), '')
    const found = discover(['a.yml', 'later.yml'])
    expect(found).toMatchObject({ groups: [], faults: [], updates: 1 })
    writeFileSync(at('later.yml'), target('h1:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h1:1'])
  })

  it.each([
    [
      'a.yml',
      '- targets: [h1:1]\n  lables: {}\n',
      '/a.yml:2:3: lables: unknown key; did you mean labels?',
    ],
    ['a.yml', 'targets: {', '/a.yml:1:'],
    ['a.yml', '- targets: [h1:1]\n-\n', '/a.yml:2:2: [1]: an empty target group'],
    ['a.json', '[{"targets": ["h1:1"], "labels": {"a": {}}}]', '/a.json:1:'],
    ['a.json', '{"targets": ["h1:1"]}', '/a.json:1:1: must be a list'],
  ])('that are wrong are reported with their place: %s %j', (name, text, message) => {
    writeFileSync(at(name), text)
    const found = discover([name])
    expect(found.faults[0]).toContain(message)
    expect(found.groups).toEqual([])
  })
})

describe('changes of files', () => {
  it('are followed, however they are made', async () => {
    writeFileSync(at('t.yml'), target('h1:1'))
    const found = discover(['t.yml'])
    writeFileSync(at('t.yml'), target('h2:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h2:1'])
    writeFileSync(at('new'), target('h3:1'))
    renameSync(at('new'), at('t.yml'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h3:1'])
    rmSync(at('t.yml'))
    await expect.poll(() => addresses(found), SOON).toEqual([])
  })

  it('are followed through the links of a Kubernetes volume', async () => {
    for (const [i, version] of ['v1', 'v2'].entries()) {
      mkdirSync(at(version))
      writeFileSync(at(`${version}/t.json`), JSON.stringify([{ targets: [`h${i}:1`] }]))
    }
    symlinkSync('v1', at('..data'))
    symlinkSync('..data/t.json', at('t.json'))
    const found = discover(['*.json'])
    expect(addresses(found)).toEqual(['h0:1'])
    symlinkSync('v2', at('..new'))
    renameSync(at('..new'), at('..data'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h1:1'])
  })

  it('that make a file unreadable leave its targets, and the next good one is taken', async () => {
    writeFileSync(at('a.yml'), target('h1:1'))
    writeFileSync(at('b.yml'), target('h2:1'))
    const found = discover(['*.yml'])
    writeFileSync(at('a.yml'), 'targets: {')
    writeFileSync(at('b.yml'), target('h3:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h1:1', 'h3:1'])
    expect(found.faults.length).toBeGreaterThan(0)
    writeFileSync(at('a.yml'), target('h4:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h4:1', 'h3:1'])
  })

  it('of other files in the folder change nothing', async () => {
    writeFileSync(at('t.yml'), target('h1:1'))
    const found = discover(['t.yml'])
    writeFileSync(at('other'), 'x')
    writeFileSync(at('t.yml'), target('h2:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h2:1'])
    const { updates } = found
    writeFileSync(at('other'), 'y')
    writeFileSync(at('t.yml'), target('h3:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h3:1'])
    expect(found.updates).toBe(updates + 1)
  })

  it('are seen at the interval where they were missed', async () => {
    const found = discover(['sub/t.yml'], 20)
    expect(found.faults).toHaveLength(1)
    expect(found.faults[0]).toContain('ENOENT')
    mkdirSync(at('sub'))
    writeFileSync(at('sub/t.yml'), target('h1:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h1:1'])
    renameSync(at('sub'), at('old'))
    await expect.poll(() => addresses(found), SOON).toEqual([])
    mkdirSync(at('sub'))
    writeFileSync(at('sub/t.yml'), target('h2:1'))
    await expect.poll(() => addresses(found), SOON).toEqual(['h2:1'])
  })

  it('are no longer followed after the stop', async () => {
    writeFileSync(at('t.yml'), target('h1:1'))
    const stopped = discover(['t.yml'], 20)
    const other = discover(['t.yml'], 20)
    running[0]?.stop()
    const { updates } = stopped
    writeFileSync(at('t.yml'), target('h2:1'))
    await expect.poll(() => addresses(other), SOON).toEqual(['h2:1'])
    expect(stopped.updates).toBe(updates)
  })
})
