import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import type { MetricFamily } from '../../model/metric-family.ts'
import { createHostCollector, type HostCollector } from './collect.ts'
import { readHostFlags } from './flags.ts'
import { pageSizeBytes } from './page-size.ts'
import { collectSelected } from './select-collectors.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures/small-vps')

/** What of a collection differs from run to run, or from machine to machine. */
const VOLATILE =
  /^node_(?:time_(?:seconds|zone)|uname|scrape_collector_duration|sockstat_\w+_mem_bytes)/

const COLLECTORS = [
  ...['cpu', 'diskstats', 'filefd', 'filesystem', 'loadavg', 'meminfo', 'netdev', 'netstat', 'os'],
  ...['pressure', 'sockstat', 'stat', 'time', 'uname', 'vmstat'],
]

let root = ''
let reports: string[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vedette-host-'))
  cpSync(FIXTURES, root, { recursive: true })
  reports = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function start(...flags: [string, string | boolean][]): HostCollector {
  const args = new Map<string, string | boolean>([
    ['path.procfs', join(root, 'proc')],
    ['path.sysfs', join(root, 'sys')],
    ['path.rootfs', join(root, 'root')],
    ['path.udev.data', join(root, 'udev')],
    ['collector.disable-defaults', true],
    ...COLLECTORS.map((name) => [`collector.${name}`, true] as const),
    ...flags,
  ])
  const { options } = readHostFlags(args, '9.9.9')
  return createHostCollector(options, (name, message) => reports.push(`${name}: ${message}`))
}

/** The lines of a page, labels as `name=value`. */
function linesOf(families: readonly MetricFamily[]): string[] {
  return families.flatMap(({ name, metrics }) =>
    metrics.map(({ labels, value }) => {
      const pairs: string[] = []
      for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i]}=${labels[i + 1]}`)
      return pairs.length === 0 ? `${name} ${value}` : `${name}{${pairs.join(',')}} ${value}`
    }),
  )
}

const stable = (families: readonly MetricFamily[]): string =>
  linesOf(families)
    .filter(
      (line) => !VOLATILE.test(line) && !/node_filesystem_(?!device_error|readonly)/.test(line),
    )
    .map((line) => line.replace(/goarch=\w+/, 'goarch=ARCH'))
    .join('\n')

describe('a collection', () => {
  it('is the page of node_exporter', async () => {
    const families = await start().collect()
    await expect(stable(families)).toMatchFileSnapshot('fixtures/small-vps.page')
    expect(families.map((family) => family.name)).toEqual(
      families.map((family) => family.name).sort(),
    )
    expect(reports).toEqual([])
  })

  it('has types and help', async () => {
    const families = new Map((await start().collect()).map((family) => [family.name, family]))
    expect(families.get('node_cpu_seconds_total')).toMatchObject({
      type: 'counter',
      help: 'Seconds the CPUs spent in each mode.',
    })
    expect(families.get('node_memory_MemTotal_bytes')?.type).toBe('gauge')
    expect(families.get('node_netstat_Tcp_CurrEstab')?.type).toBe('unknown')
    expect(families.get('node_vmstat_oom_kill')?.type).toBe('unknown')
  })

  it('has labels in order of their names, in every family', async () => {
    for (const { name, metrics } of await start().collect()) {
      for (const { labels } of metrics) {
        const names = labels.filter((_, i) => i % 2 === 0)
        expect(`${name} ${names.join()}`).toBe(`${name} ${[...names].sort().join()}`)
      }
    }
  })

  it('asks mounts that exist for their sizes', async () => {
    const lines = linesOf(await start().collect())
    const size = 'node_filesystem_size_bytes{device=tmpfs,device_error=,fstype=tmpfs'
    expect(lines.find((line) => line.startsWith(size))).toMatch(
      /mountpoint=\/srv\/my files\} [1-9]/,
    )
  })

  it('counts the memory of sockets in bytes too', async () => {
    const lines = linesOf(await start().collect())
    expect(lines).toContain(`node_sockstat_TCP_mem_bytes ${3 * pageSizeBytes()}`)
  })

  it('is shared by those who ask at the same time', async () => {
    const collector = start()
    const [a, b] = await Promise.all([collector.collect(), collector.collect()])
    expect(a).toBe(b)
    expect(await collector.collect()).not.toBe(a)
  })

  it('ends for a caller who goes away', async () => {
    const stop = new AbortController()
    const collector = start()
    const waiting = collector.collect(stop.signal)
    stop.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await expect(collector.collect(AbortSignal.abort())).rejects.toThrow('aborted')
    expect(await collector.collect()).not.toHaveLength(0)
  })

  it.each([
    ['collect[]=loadavg&collect[]=filefd', ['filefd', 'loadavg']],
    [
      COLLECTORS.filter((name) => name !== 'os')
        .map((name) => `exclude[]=${name}`)
        .join('&'),
      ['os'],
    ],
    ['exclude[]=nosuch', COLLECTORS],
    ['a=b', COLLECTORS],
  ])('is what a request selects with %s', async (query, expected) => {
    const families = await collectSelected(start(), new URLSearchParams(query))
    const success = families.find(({ name }) => name === 'node_scrape_collector_success')
    expect(success?.metrics.map(({ labels }) => labels[1]).sort()).toEqual([...expected].sort())
  })

  it.each([
    ['collect[]=cpu&exclude[]=os', 'Combined collect and exclude queries are not allowed.'],
    [
      'collect[]=nosuch',
      "Couldn't create filtered metrics handler: couldn't create collector: missing collector: nosuch",
    ],
    [
      'collect[]=os&collect[]=arp',
      "Couldn't create filtered metrics handler: couldn't create collector: disabled collector: arp",
    ],
  ])('is refused for %s', async (query, message) => {
    const asking = collectSelected(start(), new URLSearchParams(query))
    await expect(asking).rejects.toThrow(new Problem('bad_data', message))
  })

  it('can be of some collectors only', async () => {
    const collector = start(['no-collector.os', true])
    const families = await collector.collect(undefined, ['loadavg', 'filefd'])
    expect(families.map((family) => family.name).filter((name) => !/scrape/.test(name))).toEqual([
      ...['node_exporter_build_info', 'node_filefd_allocated', 'node_filefd_maximum'],
      ...['node_load1', 'node_load15', 'node_load5'],
    ])
    const asking = (name: string) => async () => await collector.collect(undefined, [name])
    await expect(asking('nosuch')).rejects.toThrow('missing collector: nosuch')
    await expect(asking('os')).rejects.toThrow(new Problem('bad_data', 'disabled collector: os'))
  })
})

describe('a collector that fails', () => {
  const success = async (collector: HostCollector, name: string): Promise<number | undefined> => {
    const families = await collector.collect()
    const family = families.find((each) => each.name === 'node_scrape_collector_success')
    return family?.metrics.find(({ labels }) => labels[1] === name)?.value
  }

  it('has success 0, is reported once, and leaves the others alone', async () => {
    const collector = start()
    writeFileSync(join(root, 'proc/loadavg'), 'what?')
    expect(await success(collector, 'loadavg')).toBe(0)
    expect(await success(collector, 'loadavg')).toBe(0)
    expect(await success(collector, 'cpu')).toBe(1)
    expect(reports).toEqual([`loadavg: ${root}/proc/loadavg: "what?" is not a number`])
    cpSync(join(FIXTURES, 'proc/loadavg'), join(root, 'proc/loadavg'))
    expect(await success(collector, 'loadavg')).toBe(1)
    writeFileSync(join(root, 'proc/loadavg'), 'what?')
    expect(await success(collector, 'loadavg')).toBe(0)
    expect(reports).toHaveLength(2)
  })

  it('is not reported when the host has nothing of its kind', async () => {
    rmSync(join(root, 'proc/pressure'), { recursive: true })
    expect(await success(start(), 'pressure')).toBe(0)
    expect(reports).toEqual([])
  })

  it.each([
    ['proc/stat', 'cpu  1\ncpu0 a b c'],
    ['proc/meminfo', 'MemTotal: lots kB'],
    ['proc/diskstats', '8 0 sda 1 2 3 4 5 6 7 8 9 10 x'],
    ['proc/net/dev', 'a\nb\neth0: 1 2 3'],
    ['proc/net/snmp', 'Tcp: a b\nTcp: 1'],
    ['proc/net/sockstat', 'TCP: inuse many'],
    ['proc/1/mountinfo', 'nonsense'],
    ['proc/pressure/io', 'some avg10=0 total=x'],
    ['proc/vmstat', 'pgfault ?'],
  ])('says where: %s', async (file, text) => {
    writeFileSync(join(root, file), text)
    await start().collect()
    expect(reports.length).toBeGreaterThan(0)
    for (const report of reports) expect(report).toMatch(/^(?:cpu|\w+): .*(?:\/|mountinfo)/)
  })

  it('cannot be made of a pattern that is none', () => {
    expect(() => start(['collector.vmstat.fields', '('])).toThrow('--collector.vmstat.fields: ')
  })
})
