import {
  appendFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileJob, SOON, TailKit } from './testing/tail-kit.ts'

let kit: TailKit
beforeEach(() => {
  kit = new TailKit()
})
afterEach(() => kit.end())

const write = (name: string, text: string): void => writeFileSync(kit.at(name), text)
const append = (name: string, text: string): void => appendFileSync(kit.at(name), text)
const awaitTexts = (texts: readonly string[]): Promise<void> =>
  expect.poll(() => kit.store.texts, SOON).toEqual(texts)
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

describe('positions', () => {
  it('are gone on from after a clean end, with what came meanwhile', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one'])
    await manager.stop()
    append('a.log', 'two\n')
    await kit.start(fileJob())
    await awaitTexts(['one', 'two'])
  })

  it('do not move on before the store has answered, and lines that are read again have the same times', async () => {
    write('a.log', textOf(numbered(0, 500)))
    const manager = await kit.start(fileJob())
    await expect.poll(() => kit.store.lines.length, SOON).toBe(500)
    kit.store.mood = 'silent'
    append('a.log', textOf(numbered(500, 1000)))
    await expect.poll(() => kit.store.lines.length, SOON).toBe(1000)
    // What a crash leaves on the disk while lines are under way.
    cpSync(kit.at('state'), kit.at('crashed'), { recursive: true })
    await manager.stop()
    rmSync(kit.at('state'), { recursive: true })
    renameSync(kit.at('crashed'), kit.at('state'))
    kit.store.mood = 'good'
    append('a.log', textOf(numbered(1000, 1200)))
    await kit.start(fileJob())
    await expect.poll(() => kit.store.distinct.length, SOON).toBe(1200)
    await expect.poll(() => kit.store.lines.length, SOON).toBe(1700)
    expect(kit.store.distinct).toEqual(numbered(0, 1200))
  })

  it('wait while the store is away, and reading waits too', async () => {
    kit.store.mood = 'away'
    const line = 'x'.repeat(999)
    write('a.log', textOf(Array.from({ length: 30_000 }, () => line)))
    await kit.start(fileJob())
    await expect.poll(() => kit.store.pushes, SOON).toBeGreaterThan(2)
    const linesRead = kit.metric('promtail_read_lines_total')
    expect(linesRead).toBeLessThan(20_000)
    kit.store.mood = 'good'
    await expect.poll(() => kit.store.lines.length, SOON).toBe(30_000)
    expect(kit.store.distinct.length).toBe(30_000)
  })

  it('find a file that was renamed while the program was down, and read its rest first', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one'])
    await manager.stop()
    append('a.log', 'two\n')
    renameSync(kit.at('a.log'), kit.at('a.log.1'))
    write('a.log', 'three\n')
    await kit.start(fileJob())
    await awaitTexts(['one', 'two', 'three'])
    expect(new Set(kit.store.lines.map(({ labels }) => labels['filename']))).toEqual(
      new Set([kit.at('a.log')]),
    )
  })

  it('are of all files that are there at the start before one of them is read, which takes long', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `${String(i).padStart(2, '0')}.log`)
    for (const name of names) write(name, textOf(numbered(0, 100)))
    const known = new Set<number>()
    const inodes = names.map((name) => statSync(kit.at(name)).ino)
    const push = vi.spyOn(kit.store, 'push').mockImplementation((batch) => {
      const text = ['positions.json', 'positions.log']
        .map((name) => readFileSync(path.join(kit.at('state'), name), 'utf8'))
        .join('')
      for (const inode of inodes) if (text.includes(`"inode":"${inode}"`)) known.add(inode)
      return Promise.resolve({ kind: 'stored', lines: batch.ends.length })
    })
    await kit.start(fileJob())
    await expect.poll(() => push.mock.calls.length, SOON).toBeGreaterThan(0)
    push.mockRestore()
    expect(known.size).toBe(names.length)
  })

  it('are of several files that were rotated while reading waited, and they are read in their order', async () => {
    const texts = numbered(0, 40_000).map((line) => `${line} ${'x'.repeat(990)}`)
    write('a.log', 'first\n')
    await kit.start(fileJob())
    await awaitTexts(['first'])
    kit.store.mood = 'away'
    for (const [i, from] of [0, 15_000, 30_000].entries()) {
      append('a.log', textOf(texts.slice(from, [15_000, 30_000, 40_000][i])))
      // Waits until the file is met, as every rotation leaves time for.
      await expect.poll(() => kit.metric('promtail_files_active_total'), SOON).toBe(i + 1)
      if (i < 2) renameSync(kit.at('a.log'), kit.at(`a.log.${i}`))
    }
    expect(kit.store.texts).toEqual(['first'])
    kit.store.mood = 'good'
    await expect.poll(() => kit.store.lines.length, { timeout: 60_000 }).toBe(40_001)
    expect(kit.store.texts).toEqual(['first', ...texts])
    const times = kit.store.lines.map(({ timestampNs }) => timestampNs)
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('are not taken for those of another file with the same inode', async () => {
    write('a.log', 'one\ntwo\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one', 'two'])
    await manager.stop()
    // Written in place: the inode stays.
    write('a.log', 'three is longer than both\n')
    await kit.start(fileJob())
    await awaitTexts(['one', 'two', 'three is longer than both'])
  })

  it('of lines that a stage holds back stay before them', async () => {
    const stages = `    pipeline_stages:
      - multiline: {firstline: '^START', max_wait_time: 1h}`
    write('a.log', 'START one\nmore\nSTART two\n')
    const manager = await kit.start(fileJob(stages))
    await awaitTexts(['START one\nmore'])
    await manager.stop()
    append('a.log', 'two more\nSTART three\n')
    await kit.start(fileJob(stages))
    await awaitTexts(['START one\nmore', 'START two\ntwo more'])
  })

  it('survive a torn end of the journal', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(
      `positions: {sync_period: 1h}${fileJob().replace(/positions.*/, '')}`,
    )
    await awaitTexts(['one'])
    await expect.poll(() => journal(), SOON).toContain('"kind":"offset"')
    const [json, log] = [read('positions.json'), journal()]
    await manager.stop()
    writeFileSync(kit.at('state/positions.json'), json)
    writeFileSync(kit.at('state/positions.log'), `${log}{"kind":"offset","id":1,"off`)
    append('a.log', 'two\n')
    await kit.start(fileJob())
    await awaitTexts(['one', 'two'])
  })

  it('that are not readable are said, and files are read from their start', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one'])
    await manager.stop()
    writeFileSync(kit.at('state/positions.json'), '{"gen')
    await kit.start(fileJob())
    await awaitTexts(['one', 'one'])
    expect(kit.said.join('')).toContain('not readable')
  })

  it('of promtail are taken over at the first start', async () => {
    write('a.log', 'sent by promtail\nnew\n')
    write('b.log', 'not met by promtail\n')
    write('positions.yaml', `positions:\n  ${kit.at('a.log')}: "17"\n  cursor-j: "s=1;i=2"\n`)
    const manager = await kit.start(fileJob())
    await expect
      .poll(() => kit.store.texts.toSorted(), SOON)
      .toEqual(['new', 'not met by promtail'])
    await manager.stop()
    expect(read('positions.json')).toContain('s=1;i=2')
  })

  it('of promtail are those of the files that it read, not of what comes to their places', async () => {
    write('a.log', 'sent by promtail\nnew\n')
    write('positions.yaml', `positions:\n  ${kit.at('a.log')}: "17"\n`)
    await kit.start(fileJob())
    await awaitTexts(['new'])
    write('next', 'the first line of the next file\nits second\n')
    renameSync(kit.at('next'), kit.at('a.log'))
    await awaitTexts(['new', 'the first line of the next file', 'its second'])
  })

  it('are not those of another file that has the inode of one that is gone', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one'])
    await manager.stop()
    renameSync(kit.at('a.log'), kit.at('other.txt'))
    write('other.txt', 'this is no line of the log\n')
    write('a.log', 'two\n')
    await kit.start(fileJob())
    await awaitTexts(['one', 'two'])
  })

  it('of a renamed file are there before it is read on under its new name', async () => {
    write('a.log', 'one\n')
    await kit.start(`target_config: {sync_period: 250ms}${fileJob('', 'FOLDER/a.log*')}`)
    await awaitTexts(['one'])
    kit.store.mood = 'away'
    append('a.log', 'two\n')
    renameSync(kit.at('a.log'), kit.at('a.log.1'))
    write('a.log', 'three\n')
    // By then the file that was renamed is left.
    await expect.poll(() => kit.store.pushes, { timeout: 30_000 }).toBeGreaterThan(7)
    kit.store.mood = 'good'
    await awaitTexts(['one', 'two', 'three'])
    append('a.log.1', 'four\n')
    await awaitTexts(['one', 'two', 'three', 'four'])
  })

  it('hold for several jobs that read the same file', async () => {
    write('a.log', 'one\n')
    const config = `
scrape_configs:
  - job_name: t
    static_configs:
      - labels: {job: x, __path__: 'FOLDER/*.log'}
      - labels: {job: y, __path__: 'FOLDER/a.*'}
  - job_name: u
    static_configs: [{labels: {job: z, __path__: 'FOLDER/a.log'}}]`
    const jobs = (): string[] =>
      kit.store.lines.map(({ labels, line }) => `${labels['job']} ${line}`).toSorted()
    const manager = await kit.start(config)
    await expect.poll(jobs, SOON).toEqual(['x one', 'y one', 'z one'])
    await manager.stop()
    append('a.log', 'two\n')
    await kit.start(config)
    await expect.poll(jobs, SOON).toEqual(['x one', 'x two', 'y one', 'y two', 'z one', 'z two'])
  })
})

describe('a reload', () => {
  it('takes other files and labels, and reads nothing twice', async () => {
    write('a.log', 'one\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one'])
    await manager.apply(kit.part(fileJob()))
    append('a.log', 'two\n')
    write('b.txt', 'three\n')
    await manager.apply(
      kit.part(fileJob('', 'FOLDER/*.{log,txt}').replace('job: test', 'job: other')),
    )
    await expect.poll(() => kit.store.texts.toSorted(), SOON).toEqual(['one', 'three', 'two'])
    expect(kit.store.lines.find(({ line }) => line === 'three')?.labels['job']).toBe('other')
    await manager.apply(undefined)
    append('a.log', 'four\n')
    await manager.apply(kit.part(fileJob()))
    await expect
      .poll(() => kit.store.texts.toSorted(), SOON)
      .toEqual(['four', 'one', 'three', 'two'])
  })

  it('follows the files of discovery', async () => {
    const target = (name: string): string =>
      JSON.stringify([
        { targets: ['localhost'], labels: { job: name, __path__: kit.at(`${name}.log`) } },
      ])
    write('a.log', 'a\n')
    write('b.log', 'b\n')
    write('targets.json', target('a'))
    await kit.start(`
scrape_configs:
  - job_name: t
    file_sd_configs: [{files: [FOLDER/targets.json]}]
    relabel_configs:
      - {source_labels: [job], target_label: app, replacement: 'app-$1'}`)
    await awaitTexts(['a'])
    writeFileSync(kit.at('targets.json'), target('b'))
    await awaitTexts(['a', 'b'])
    expect(kit.store.lines.map(({ labels }) => labels['app'])).toEqual(['app-a', 'app-b'])
    append('a.log', 'no more\n')
    append('b.log', 'more\n')
    await awaitTexts(['a', 'b', 'more'])
  })
})

function read(name: string): string {
  return readFileSync(path.join(kit.at('state'), name), 'utf8')
}

function journal(): string {
  return read('positions.log')
}
