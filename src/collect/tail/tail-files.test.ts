import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync, spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hostLogs } from './config/host-logs.ts'
import { FileEvents } from './files/file-events.ts'
import { fileJob, SOON, TailKit } from './testing/tail-kit.ts'

let kit: TailKit
beforeEach(() => {
  kit = new TailKit()
})
afterEach(() => kit.end())

const write = (name: string, text: string | Buffer): void => writeFileSync(kit.at(name), text)
const append = (name: string, text: string): void => appendFileSync(kit.at(name), text)
const awaitTexts = (texts: readonly string[]): Promise<void> =>
  expect.poll(() => kit.store.texts, SOON).toEqual(texts)

describe('log files', () => {
  it('are read from their start, and followed, with the labels of the target', async () => {
    write('a.log', 'one\ntwo\n')
    await kit.start(
      `clients: [{url: 'http://loki:3100/loki/api/v1/push', external_labels: {dc: here, job: other}}]${fileJob()}`,
    )
    await awaitTexts(['one', 'two'])
    append('a.log', 'three\n')
    await awaitTexts(['one', 'two', 'three'])
    expect(kit.store.lines.map(({ labels }) => labels)).toEqual(
      Array.from({ length: 3 }, () => ({ job: 'test', dc: 'here', filename: kit.at('a.log') })),
    )
    const times = kit.store.lines.map(({ timestampNs }) => timestampNs)
    expect(new Set(times).size).toBe(3)
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)))
  })

  it('that appear later are read, also in folders that appear', async () => {
    await kit.start(fileJob('', 'FOLDER/{x,y}/**/*.log'))
    mkdirSync(kit.at('y/deep'), { recursive: true })
    write('y/deep/a.log', 'hello\n')
    await awaitTexts(['hello'])
    mkdirSync(kit.at('z'))
    write('z/no.log', 'no\n')
    write('y/deep/b.txt', 'no\n')
    write('y/b.log', 'yes\n')
    await awaitTexts(['hello', 'yes'])
  })

  it('are left out by __path_exclude__', async () => {
    write('a.log', 'a\n')
    write('b.log', 'b\n')
    await kit.start(`
scrape_configs:
  - job_name: t
    static_configs: [{labels: {job: t, __path__: 'FOLDER/*.log', __path_exclude__: 'FOLDER/{b,c}.log'}}]`)
    await awaitTexts(['a'])
  })

  it('have identical lines as many times as they were written', async () => {
    write('a.log', 'same\n'.repeat(1000))
    await kit.start(fileJob())
    await expect.poll(() => kit.store.distinct.length, SOON).toBe(1000)
  })

  it('without a line break at their end wait for it', async () => {
    write('a.log', 'whole\npart')
    await kit.start(fileJob())
    await awaitTexts(['whole'])
    append('a.log', 'ial\nnext\n')
    await awaitTexts(['whole', 'partial', 'next'])
  })

  it('may have line breaks of Windows, empty lines, and bytes that are not UTF-8', async () => {
    write(
      'a.log',
      Buffer.concat([Buffer.from('a\r\n\nb'), Buffer.from([0xff]), Buffer.from('c\n')]),
    )
    await kit.start(fileJob())
    await awaitTexts(['a', '', 'b\ufffdc'])
  })

  it('may be in another encoding', async () => {
    write('a.log', Buffer.from('\ufeffgrün\r\nĊ line\n', 'utf16le'))
    await kit.start(fileJob('    encoding: utf-16le'))
    await awaitTexts(['grün', 'Ċ line'])
    append('a.log', '')
    appendFileSync(kit.at('a.log'), Buffer.from('more\n', 'utf16le'))
    await awaitTexts(['grün', 'Ċ line', 'more'])
  })

  it('may have lines of megabytes, which come in pieces; longer ones are cut', async () => {
    const long = 'x'.repeat(1_500_000)
    write('a.log', `before\n${long.slice(0, 700_000)}`)
    await kit.start(fileJob())
    await awaitTexts(['before'])
    append('a.log', `${long.slice(700_000)}\nafter\n${'y'.repeat(9_000_000)}\nend\n`)
    await expect
      .poll(() => kit.store.texts.map((text) => text.length), SOON)
      .toEqual([6, 1_500_000, 5, 4 * 1024 * 1024, 3])
  })

  it('that are compressed are read once where decompression is enabled', async () => {
    write('a.log.gz', gzipSync('one\ntwo\nlast'))
    const config = fileJob('    decompression: {enabled: true, format: gz}', 'FOLDER/*.gz')
    const manager = await kit.start(config)
    await awaitTexts(['one', 'two', 'last'])
    await manager.stop()
    write('b.log.gz', gzipSync('other\n'))
    await kit.start(config)
    await awaitTexts(['one', 'two', 'last', 'other'])
  })
})

const bzip2 = spawnSync('bzip2', ['-c'], { input: 'one\ntwo\n' })
if (bzip2.status !== 0) console.log('skipped: there is no bzip2')

describe.skipIf(bzip2.status !== 0)('files of bzip2', () => {
  it('are read where decompression is enabled', async () => {
    write('a.log.bz2', bzip2.stdout)
    write('broken.log.bz2', bzip2.stdout.subarray(0, 30))
    await kit.start(fileJob('    decompression: {enabled: true, format: bz2}', 'FOLDER/*.bz2'))
    await awaitTexts(['one', 'two'])
    await expect.poll(() => kit.said.join(''), SOON).toContain('broken.log.bz2')
  })
})

describe('what is no log file', () => {
  it('is said once and stops no other', async () => {
    write('a.log', 'a\n')
    mkdirSync(kit.at('folder.log'))
    execFileSync('mkfifo', [kit.at('pipe.log')])
    write('b.log.gz', gzipSync('x'))
    write('z.log', 'z\n')
    await kit.start(fileJob('', 'FOLDER/*.log*'))
    await awaitTexts(['a', 'z'])
    await expect
      .poll(() => kit.said.filter((line) => line.includes('/pipe.log')).length, SOON)
      .toBe(1)
    expect(kit.said.filter((line) => line.includes('decompression')).length).toBe(1)
    expect(kit.said.filter((line) => line.includes('/folder.log'))).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('may be unreadable until it is not', async () => {
    write('a.log', 'a\n')
    write('b.log', 'b\n')
    chmodSync(kit.at('a.log'), 0)
    await kit.start(`target_config: {sync_period: 250ms}${fileJob()}`)
    await awaitTexts(['b'])
    chmodSync(kit.at('a.log'), 0o644)
    await awaitTexts(['b', 'a'])
  })
})

describe('a file that is rotated', () => {
  it('by renaming is read to its end, before the new one', async () => {
    write('a.log', '1\n')
    await kit.start(fileJob())
    await awaitTexts(['1'])
    append('a.log', '2\n3')
    renameSync(kit.at('a.log'), kit.at('a.log.1'))
    write('a.log', '4\n')
    await awaitTexts(['1', '2', '4', '3'])
    append('a.log', '5\n')
    await awaitTexts(['1', '2', '4', '3', '5'])
    expect(new Set(kit.store.lines.map(({ labels }) => labels['filename'])).size).toBe(1)
  })

  it('by renaming to a name that matches too is not read a second time', async () => {
    write('a.log', '1\n2\n')
    const config = `target_config: {sync_period: 250ms}${fileJob('', 'FOLDER/a.log*')}`
    const manager = await kit.start(config)
    await awaitTexts(['1', '2'])
    renameSync(kit.at('a.log'), kit.at('a.log.1'))
    write('a.log', '3\n')
    await awaitTexts(['1', '2', '3'])
    await manager.stop()
    await kit.start(config)
    append('a.log', '4\n')
    await awaitTexts(['1', '2', '3', '4'])
  })

  it('by copying and truncating is read from its new start', async () => {
    write('a.log', 'first\nsecond\n')
    await kit.start(fileJob())
    await awaitTexts(['first', 'second'])
    copyFileSync(kit.at('a.log'), kit.at('a.log.1'))
    truncateSync(kit.at('a.log'))
    append('a.log', 'third\n')
    await awaitTexts(['first', 'second', 'third'])
  })

  it('by truncating is noticed when it has grown beyond what it was', async () => {
    write('a.log', 'first\n')
    await kit.start(fileJob())
    await awaitTexts(['first'])
    write('a.log', 'another first line\n')
    await awaitTexts(['first', 'another first line'])
  })

  it('may vanish and come back, while others go on', async () => {
    write('a.log', 'a\n')
    write('b.log', 'b\n')
    await kit.start(fileJob())
    await expect.poll(() => kit.store.texts.toSorted(), SOON).toEqual(['a', 'b'])
    rmSync(kit.at('a.log'))
    append('b.log', 'bb\n')
    await expect.poll(() => kit.store.texts.toSorted(), SOON).toEqual(['a', 'b', 'bb'])
    write('a.log', 'aa\n')
    await expect.poll(() => kit.store.texts.toSorted(), SOON).toEqual(['a', 'aa', 'b', 'bb'])
  })
})

describe('events that never come', () => {
  it('are made up for by looking at all files from time to time', async () => {
    const follow = vi.spyOn(FileEvents.prototype, 'follow')
    follow.mockReturnValue({ isWhole: true, hasNew: false })
    try {
      write('a.log', '1\n')
      await kit.start(`target_config: {sync_period: 250ms}${fileJob()}`)
      await awaitTexts(['1'])
      append('a.log', '2\n')
      await awaitTexts(['1', '2'])
      append('a.log', '3\n')
      renameSync(kit.at('a.log'), kit.at('a.log.1'))
      write('a.log', '4\n')
      await awaitTexts(['1', '2', '3', '4'])
      write('b.log', '5\n')
      await awaitTexts(['1', '2', '3', '4', '5'])
      write('b.log', '6 is longer\n')
      await awaitTexts(['1', '2', '3', '4', '5', '6 is longer'])
    } finally {
      follow.mockRestore()
    }
  })

  it('of a folder that another one has replaced are those of the new one', async () => {
    mkdirSync(kit.at('logs'))
    write('logs/a.log', '1\n')
    await kit.start(`target_config: {sync_period: 1h}${fileJob('', 'FOLDER/logs/*.log')}`)
    await awaitTexts(['1'])
    rmSync(kit.at('logs'), { recursive: true })
    mkdirSync(kit.at('logs'))
    write('logs/b.log', '2\n')
    await awaitTexts(['1', '2'])
    write('logs/c.log', '3\n')
    await awaitTexts(['1', '2', '3'])
  })
})

describe('stages', () => {
  it('drop what they drop, set labels, and join lines', async () => {
    write('a.log', 'GET /health 200\nSTART one\n  at two\nSTART three\n')
    await kit.start(
      fileJob(`    pipeline_stages:
      - drop: {expression: '/health'}
      - multiline: {firstline: '^START', max_wait_time: 500ms}
      - regex: {expression: '^(?P<word>[A-Z]+)'}
      - labels: {word: }`),
    )
    await awaitTexts(['START one\n  at two', 'START three'])
    expect(kit.store.lines[0]?.labels['word']).toBe('START')
  })
})

describe('the logs of this host', () => {
  it('are its text files: of those that are there the end, of those that come everything', async () => {
    const filler = 'an old line that nobody wants to see any more\n'.repeat(10_000)
    write('big.log', `${filler}the last\n`)
    write('binary.log', Buffer.from([1, 2, 0, 3, 10]))
    const config = hostLogs('UTC')
      .replaceAll('/var/log', 'FOLDER')
      .replace(/ {2}- job_name: journal[^]*?(?= {2}- job_name)/, '')
    await kit.start(`target_config: {sync_period: 250ms}${config}`, { isHost: true })
    await expect.poll(() => kit.store.texts.at(-1), SOON).toBe('the last')
    expect(kit.store.texts.length).toBeLessThan(6000)
    write('new.log', `${filler}${new Date().toISOString()} ERROR new\n`)
    await expect.poll(() => kit.store.texts.at(-1), SOON).toContain('ERROR new')
    expect(kit.store.texts.length).toBeGreaterThan(10_000)
    expect(kit.store.lines.at(-1)?.labels).toEqual({
      ...{ job: 'varlogs', filename: kit.at('new.log'), level: 'error' },
    })
    expect(kit.said.filter((line) => line.includes('binary'))).toEqual([])
  })
})

describe('metrics', () => {
  it('have the names of promtail', async () => {
    write('a.log', 'one\ntwo\n')
    const manager = await kit.start(fileJob())
    await awaitTexts(['one', 'two'])
    await expect.poll(() => kit.metric('promtail_sent_entries_total'), SOON).toBe(2)
    expect(kit.metric('promtail_read_lines_total')).toBe(2)
    expect(kit.metric('promtail_read_bytes_total')).toBe(8)
    expect(kit.metric('promtail_file_bytes_total')).toBe(8)
    expect(kit.metric('promtail_files_active_total')).toBe(1)
    expect(kit.metric('promtail_targets_active_total')).toBe(1)
    await manager.stop()
    expect(kit.metric('promtail_files_active_total')).toBe(0)
    expect(kit.metric('promtail_targets_active_total')).toBe(0)
  })
})
