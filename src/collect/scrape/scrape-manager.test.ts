import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { Page } from './page-source.ts'
import { Discoveries } from '../discovery/discoveries.ts'
import { BodyRoom } from './body-room.ts'
import { ScrapeManager } from './scrape-manager.ts'
import { ScrapeMetrics } from './scrape-metrics.ts'
import type { ScrapePool } from './scrape-pool.ts'
import { readJobs, RecordingSink, TEXT } from './test-scrape.ts'
import { serve } from './test-server.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
const SOON = { timeout: 15_000 }
const FAST = 'scrape_interval: 50ms, scrape_timeout: 50ms'
/** Scrapes that a test holds up. */
const PATIENT = 'scrape_interval: 2s, scrape_timeout: 2s'

let folder = ''
let sink = new RecordingSink()
let lines: string[] = []
let registry = createRegistry()
let manager: ScrapeManager
/** What targets answer, by address; those that are missing fail. */
let pages = new Map<string, string>()
/** Scrapes under way, and what lets them go on where a test holds them. */
let scrapes = 0
let hold: Promise<void> = Promise.resolve()

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'scrape-manager-'))
  sink = new RecordingSink()
  lines = []
  pages = new Map()
  scrapes = 0
  hold = Promise.resolve()
  registry = createRegistry()
  manager = new ScrapeManager({
    sink,
    aliasOf: (target, fetch) => {
      if (target.address.startsWith('127.0.0.1')) return fetch
      return async (): Promise<Page> => {
        scrapes++
        await hold
        const text = pages.get(target.address)
        if (text === undefined) throw new Error('no page')
        return { bytes: new TextEncoder().encode(text), contentType: TEXT }
      }
    },
    discoveries: new Discoveries({ registry }),
    log: createLog({ write: (line) => lines.push(line) }),
    nowMs: Date.now,
    metrics: new ScrapeMetrics(registry),
    room: new BodyRoom(1e8),
  })
})

afterEach(async () => {
  await manager.stop()
  rmSync(folder, { recursive: true })
})

/** Applies the jobs of a configuration; `FAST` scrapes unless it says otherwise. */
async function apply(...jobs: string[]): Promise<void> {
  const items = jobs.map((job) => `{${job}}`).join(', ')
  await manager.apply(readJobs(`{global: {${FAST}}, scrape_configs: [${items}]}`, folder))
}

function pool(name = 'a'): ScrapePool {
  const found = manager.pools.get(name)
  if (found === undefined) throw new Error(`no pool ${name}`)
  return found
}

const targets = (name = 'a'): string[] =>
  Array.from(pool(name).loops, ({ target }) => target.address).toSorted()
const states = (name = 'a'): string[] =>
  Array.from(pool(name).loops, ({ state }) => `${state.health} ${state.lastError}`.trim())
const seriesOf = (line: string): string => line.slice(0, line.indexOf('}') + 1)
const written = (text: string): string[] =>
  [...new Set(sink.lines.filter((line) => line.includes(text)).map(seriesOf))].toSorted()
const ended = (): string[] =>
  sink.lines
    .filter((line) => line.includes(' stale @'))
    .map(seriesOf)
    .toSorted()

async function untilScraped(name = 'a'): Promise<void> {
  sink.lines = []
  await expect
    .poll(() => sink.lines.filter((line) => line.startsWith('up{')).length, SOON)
    .toBeGreaterThan([...pool(name).loops].length)
}

function write(file: string, text: string): void {
  writeFileSync(path.join(folder, `${file}.new`), text)
  renameSync(path.join(folder, `${file}.new`), path.join(folder, file))
}

function metric(name: string): Record<string, number> {
  const family = registry.families().find((one) => one.name === name)
  return Object.fromEntries(
    (family?.metrics ?? []).map(({ labels, value, suffix = '' }) => [
      labels.filter((_, i) => i % 2 === 1).join(',') + suffix,
      value,
    ]),
  )
}

describe('a job', () => {
  it('scrapes its targets over the network', async () => {
    const server = await serve((_, response) => {
      response
        .setHeader('content-type', TEXT)
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync('a 1\n'))
    })
    await apply(`job_name: a, static_configs: [{targets: ['${server.address}']}]`)
    await expect.poll(() => states(), SOON).toEqual(['up'])
    expect(written('a{')).toContain(`a{instance="${server.address}", job="a"}`)
    await server.close()
  })

  it('scrapes targets that are alike once', async () => {
    await apply(
      "job_name: a, static_configs: [{targets: ['x:1', 'x:1']}, {targets: ['x:1'], labels: {}}]",
    )
    expect(targets()).toEqual(['x:1'])
    expect(pool().foundCount).toBe(3)
  })

  it('shows what is dropped, as much as it says', async () => {
    const drop = "relabel_configs: [{action: drop, source_labels: [__address__], regex: 'x.*'}]"
    const found = "static_configs: [{targets: ['x1:1', 'x2:1', 'y:1', 'x3:1']}]"
    await apply(
      `job_name: a, ${found}, ${drop}`,
      `job_name: b, ${found}, ${drop}, keep_dropped_targets: 2`,
    )
    expect(targets()).toEqual(['y:1'])
    expect(pool().dropped).toHaveLength(3)
    expect([pool('b').dropped.length, pool('b').droppedCount]).toEqual([2, 3])
    expect(pool('b').dropped[0]?.get('__address__')).toBe('x1:1')
  })

  it('does not scrape a target that cannot be one, and says so', async () => {
    await apply(
      "job_name: a, relabel_configs: [{regex: '.*', target_label: __address__, replacement: ''}], static_configs: [{targets: ['x:1']}]",
    )
    expect(targets()).toEqual([])
    expect(lines.join('')).toContain(
      'msg="a target cannot be scraped" pool=a target=x:1 reason="no address"',
    )
  })

  it('scrapes none of too many targets, each saying why, until they are fewer', async () => {
    write('t.json', '[{"targets":["x:1","y:1","z:1"]}]')
    for (const address of ['x:1', 'y:1', 'z:1']) pages.set(address, 'a 1\n')
    await apply('job_name: a, target_limit: 2, file_sd_configs: [{files: [t.json]}]')
    await untilScraped()
    const fault = 'down target_limit exceeded (number of targets: 3, limit: 2)'
    expect(states()).toEqual([fault, fault, fault])
    expect(scrapes).toBe(0)
    write('t.json', '[{"targets":["x:1","y:1"]}]')
    await expect.poll(() => states(), SOON).toEqual(['up', 'up'])
    expect(metric('prometheus_target_scrape_pool_exceeded_target_limit_total')).toEqual({ '': 1 })
  })

  it('says once that samples are lost', async () => {
    pages.set('x:1', 'a 1\na 2\n')
    await apply("job_name: a, static_configs: [{targets: ['x:1']}]")
    await untilScraped()
    await untilScraped()
    expect(lines.filter((line) => line.includes('samples of a target are dropped'))).toHaveLength(1)
    pages.set('x:1', 'a 1\n')
    await untilScraped()
    pages.set('x:1', 'a 1\na 2\n')
    await expect
      .poll(() => lines.filter((line) => line.includes('are dropped')).length, SOON)
      .toBe(2)
    expect(lines[0]).toContain('reason="samples with different value but same timestamp"')
  })
})

describe('files of targets', () => {
  it('are followed: new targets are scraped, series of those that are gone end', async () => {
    write('t.yml', "- targets: ['x:1', 'y:1']\n  labels: {env: prod}\n")
    for (const address of ['x:1', 'y:1', 'z:1']) pages.set(address, 'a 1\n')
    await apply('job_name: a, file_sd_configs: [{files: [t.yml]}]')
    await untilScraped()
    write('t.yml', "- targets: ['y:1', 'z:1']\n  labels: {env: prod}\n")
    await expect.poll(() => targets(), SOON).toEqual(['y:1', 'z:1'])
    await expect.poll(() => ended(), SOON).toContain('a{env="prod", instance="x:1", job="a"}')
    expect(ended()).not.toContain('a{env="prod", instance="y:1", job="a"}')
    await expect
      .poll(() => written('instance="z:1"'), SOON)
      .toContain('a{env="prod", instance="z:1", job="a"}')
  })

  it('may change what is only shown of a target', async () => {
    write('t.yml', "- targets: ['x:1']\n  labels: {__meta_zone: north}\n")
    await apply('job_name: a, file_sd_configs: [{files: [t.yml]}]')
    const [loop] = pool().loops
    expect(loop?.target.discovered.get('__meta_zone')).toBe('north')
    write('t.yml', "- targets: ['x:1']\n  labels: {__meta_zone: south}\n")
    await expect.poll(() => loop?.target.discovered.get('__meta_zone'), SOON).toBe('south')
    expect([...pool().loops]).toEqual([loop])
  })

  it('may move a target: its series go on', async () => {
    const groups = (port: number): string => `[{"targets":["x:${port}"],"labels":{"instance":"x"}}]`
    write('t.json', groups(1))
    pages.set('x:1', 'a 1\nold 1\n').set('x:2', 'a 2\n')
    await apply('job_name: a, file_sd_configs: [{files: [t.json]}]')
    await untilScraped()
    write('t.json', groups(2))
    await expect.poll(() => ended(), SOON).toEqual(['old{instance="x", job="a"}'])
    expect(states()).toEqual(['up'])
  })
})

describe('a new configuration', () => {
  const job = (more: string, names = "'x:1', 'y:1'"): string =>
    `job_name: a, static_configs: [{targets: [${names}]}], ${more}`

  it('leaves jobs that are the same as they are', async () => {
    await apply(job('sample_limit: 5'), 'job_name: b')
    const [a, b] = [pool('a'), pool('b')]
    await apply(job('sample_limit: 5'), 'job_name: b, sample_limit: 6', 'job_name: c')
    expect(pool('a')).toBe(a)
    expect(pool('b')).not.toBe(b)
    expect([...manager.pools.keys()]).toEqual(['a', 'b', 'c'])
    expect(metric('prometheus_target_scrape_pools_total')).toEqual({ '': 4 })
    expect(metric('prometheus_target_scrape_pool_reloads_total')).toEqual({ '': 1 })
  })

  it('takes over the targets of a job that changed without a gap', async () => {
    pages.set('x:1', 'a 1\nb 1\n').set('y:1', 'a 1\n')
    await apply(job('sample_limit: 5'))
    await untilScraped()
    sink.lines = []
    await apply(job('sample_limit: 9'))
    // At once, as the targets API shows it.
    expect(states()).toEqual(['up', 'up'])
    await expect.poll(() => written('a{'), SOON).toHaveLength(2)
    await untilScraped()
    expect(ended()).toEqual([])
  })

  it('ends the series that it drops, and those of targets that are gone', async () => {
    pages.set('x:1', 'a 1\nb 1\n').set('y:1', 'a 1\n')
    await apply(job('sample_limit: 5'))
    await untilScraped()
    sink.lines = []
    await apply(
      job('metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: b}]', "'x:1'"),
    )
    await expect
      .poll(() => ended().filter((series) => !series.startsWith('scrape_')), SOON)
      .toEqual([
        'a{instance="y:1", job="a"}',
        'b{instance="x:1", job="a"}',
        'up{instance="y:1", job="a"}',
      ])
  })

  it('ends the series of a job that is gone, and what was counted of it', async () => {
    pages.set('x:1', 'a 1\n')
    await apply(job('', "'x:1'"))
    await untilScraped()
    await apply()
    expect(ended()).toContain('up{instance="x:1", job="a"}')
    expect(manager.pools.size).toBe(0)
    expect(metric('vedette_scrapes_total')).toEqual({})
    expect(metric('prometheus_target_scrape_pool_targets')).toEqual({})
  })

  it('that cannot be used changes nothing', async () => {
    await apply(job(''), 'job_name: b')
    const before = [...manager.pools]
    await expect(
      apply(
        'job_name: c',
        job('tls_config: {ca_file: missing.pem}'),
        'job_name: b, sample_limit: 3',
      ),
    ).rejects.toThrow(/^scrape job "a": unable to read CA cert .*missing\.pem/)
    expect([...manager.pools]).toEqual(before)
    expect(metric('prometheus_target_scrape_pools_failed_total')).toEqual({ '': 1 })
    expect(metric('prometheus_target_scrape_pool_reloads_failed_total')).toEqual({ '': 1 })
    pages.set('x:1', 'a 1\n').set('y:1', 'a 1\n')
    await expect.poll(() => states(), SOON).toEqual(['up', 'up'])
  })

  it('waits for the one before', async () => {
    await Promise.all([
      apply(job('sample_limit: 1')),
      apply(job('sample_limit: 2')),
      apply(job('sample_limit: 3')),
    ])
    expect(pool().config.sampleLimit).toBe(3)
    expect([...manager.pools.keys()]).toEqual(['a'])
  })

  it('lets the scrape under way end', async () => {
    pages.set('x:1', 'a 1\n')
    let release = (): void => undefined
    hold = new Promise((resolve) => (release = resolve))
    const config = (limit: number): string =>
      `job_name: a, ${PATIENT}, sample_limit: ${limit}, static_configs: [{targets: ['x:1']}]`
    await apply(config(1))
    await expect.poll(() => scrapes, SOON).toBe(1)
    const applied = apply(config(2))
    release()
    await applied
    expect(sink.lines.some((line) => line.startsWith('a{'))).toBe(true)
  })
})

describe('the end', () => {
  it('comes at once, twice as well, and leaves the series as they are', async () => {
    pages.set('x:1', 'a 1\n')
    await apply("job_name: a, static_configs: [{targets: ['x:1']}]")
    await untilScraped()
    hold = new Promise(() => undefined)
    const before = scrapes
    await expect.poll(() => scrapes, SOON).toBeGreaterThan(before)
    await Promise.all([manager.stop(), manager.stop()])
    await manager.stop()
    expect(ended()).toEqual([])
    expect(manager.pools.size).toBe(0)
  })

  it('is final', async () => {
    await manager.stop()
    await apply("job_name: a, static_configs: [{targets: ['x:1']}]")
    expect(manager.pools.size).toBe(0)
  })

  it('does not wait for a configuration that waits for a scrape', async () => {
    hold = new Promise(() => undefined)
    const config = (limit: number): string =>
      `job_name: a, ${PATIENT}, sample_limit: ${limit}, static_configs: [{targets: ['x:1']}]`
    await apply(config(1))
    await expect.poll(() => scrapes, SOON).toBe(1)
    const applied = apply(config(2))
    await manager.stop()
    await applied
    expect(manager.pools.size).toBe(0)
  })
})

describe('its metrics', () => {
  it('have the names that rules know', async () => {
    pages.set('x:1', '# TYPE a counter\n# HELP a Help.\na 1\n')
    await apply("job_name: a, target_limit: 7, static_configs: [{targets: ['x:1', 'y:1']}]")
    await untilScraped()
    expect(metric('prometheus_target_scrape_pool_targets')).toEqual({ a: 2 })
    expect(metric('prometheus_target_scrape_pool_target_limit')).toEqual({ a: 7 })
    expect(metric('prometheus_sd_discovered_targets')).toEqual({ 'a,scrape': 2 })
    expect(metric('prometheus_target_metadata_cache_entries')).toEqual({ a: 1 })
    expect(metric('prometheus_target_metadata_cache_bytes')).toEqual({
      a: 'counter'.length + 'Help.'.length,
    })
    expect(metric('prometheus_target_scrape_pool_sync_total')).toEqual({ a: 1 })
    expect(metric('prometheus_target_sync_length_seconds')['a_count']).toBe(1)
    const intervals = metric('prometheus_target_interval_length_seconds')
    expect(intervals['50ms,0.5']).toBeGreaterThan(0)
    expect(intervals['50ms_count']).toBeGreaterThan(0)
    expect(metric('vedette_scrapes_failed_total')['a']).toBeGreaterThan(0)
  })

  it('count what limits refuse', async () => {
    pages.set('x:1', 'a{l="1"} 1\nb 1\n')
    await apply(
      "job_name: a, sample_limit: 1, static_configs: [{targets: ['x:1']}]",
      "job_name: b, label_limit: 3, static_configs: [{targets: ['x:1']}]",
    )
    await expect
      .poll(() => metric('prometheus_target_scrapes_exceeded_sample_limit_total')[''], SOON)
      .toBeGreaterThan(0)
    await expect
      .poll(() => metric('prometheus_target_scrape_pool_exceeded_label_limits_total')[''], SOON)
      .toBeGreaterThan(0)
  })
})
