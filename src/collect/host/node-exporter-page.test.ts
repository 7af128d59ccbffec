import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricFamily } from '../../model/metric-family.ts'
import { createHostCollector } from './collect.ts'
import { readHostFlags } from './flags.ts'

const DATA = resolve('../shared/data/node_exporter-fixtures')

/** The flags of node_exporter's own end-to-end test that concern collectors which exist here (see the data's README). */
const FLAGS: readonly (readonly [string, string | boolean])[] = [
  ['path.rootfs', DATA],
  ['collector.cpu.info', true],
  ['collector.cpu.info.bugs-include', '^(cpu_meltdown|spectre_.*|mds)$'],
  ['collector.cpu.info.flags-include', '^(aes|avx.?|constant_tsc)$'],
  ['collector.arp.device-exclude', 'nope'],
  ['collector.hwmon.chip-include', '(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)'],
  ['collector.netclass.ignore-invalid-speed', true],
  ['collector.netclass.ignored-devices', '(dmz|int|^lo$)'],
  ['collector.netdev.device-include', 'lo'],
  ['collector.stat.softirq', true],
  ['collector.textfile.directory', join(DATA, 'textfile/two_metric_files')],
  ['no-collector.arp.netlink', true],
  ['no-collector.filesystem', true],
  ['no-collector.selinux', true],
  ['no-collector.timex', true],
  ['no-collector.uname', true],
]

/** Off by default in node_exporter, and on in its test. */
const SWITCHED_ON: readonly string[] = ['interrupts', 'processes', 'softirqs']

/** Upstream does not compare these either: they differ from run to run. */
const VOLATILE =
  /^(?:go_|node_exporter_build_info|node_scrape_collector_duration_seconds|process_|promhttp_|node_textfile_mtime_seconds|node_time_(?:zone|seconds)|node_network_(?:receive|transmit)_(?:bytes|packets)_total)/

/** Which collector a line is from; the first that matches counts. */
const OWNERS: readonly (readonly [string, RegExp])[] = [
  ['scrape', /^node_scrape_collector_/],
  [
    'cpu',
    /^node_cpu_(?:seconds|guest|info|flag|bug|core_t|package_t|isolated|online|frequency_hertz)/,
  ],
  ['diskstats', /^node_disk_/],
  ['filefd', /^node_filefd_/],
  ['loadavg', /^node_load\d/],
  ['meminfo', /^node_memory_(?!numa)/],
  ['netdev', /^node_network_(?:receive|transmit)_/],
  ['netstat', /^node_netstat_/],
  ['os', /^node_os_/],
  ['pressure', /^node_pressure_/],
  ['sockstat', /^node_sockstat_/],
  ['stat', /^node_(?:intr|context_switches|forks|boot_time|procs|softirqs)_(?!functions)/],
  ['textfile', /^(?:node_textfile_|testmetric)/],
  ['time', /^node_time_/],
  ['vmstat', /^node_vmstat_/],
  ['arp', /^node_arp_/],
  ['bonding', /^node_bonding_/],
  ['btrfs', /^node_btrfs_/],
  ['conntrack', /^node_nf_conntrack_/],
  ['cpufreq', /^node_cpu_(?:frequency|scaling)_/],
  ['dmi', /^node_dmi_/],
  ['edac', /^node_edac_/],
  ['entropy', /^node_entropy_/],
  ['hwmon', /^node_hwmon_/],
  ['interrupts', /^node_interrupts_/],
  ['kernel_hung', /^node_kernel_hung_/],
  ['mdadm', /^node_md_/],
  ['netclass', /^node_network_/],
  ['nvme', /^node_nvme_(?!subsystem)/],
  ['powersupplyclass', /^node_power_supply_/],
  ['processes', /^node_processes_/],
  ['rapl', /^node_rapl_/],
  ['schedstat', /^node_schedstat_/],
  ['softirqs', /^node_softirqs_functions_/],
  ['softnet', /^node_softnet_/],
  ['tapestats', /^node_tape_/],
  ['thermal_zone', /^node_(?:thermal_zone|cooling_device)_/],
  ['udp_queues', /^node_udp_/],
  ['watchdog', /^node_watchdog_/],
]

/** Of these at least 99 % of the lines must agree. */
const REQUIRED = new Set([
  ...['cpu', 'diskstats', 'filefd', 'loadavg', 'meminfo', 'netdev', 'netstat', 'os', 'pressure'],
  ...['sockstat', 'stat', 'textfile', 'time', 'vmstat'],
])

const ownerOf = (name: string): string | undefined =>
  OWNERS.find(([, pattern]) => pattern.test(name))?.[0]

/** `name{a="b",c="d"}` with labels in order of name, and `# TYPE`, `# HELP` lines as they are: what is compared. */
function parsePage(text: string): Map<string, string> {
  const out = new Map<string, string>()
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line)
    const sample = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (comment) out.set(`# ${comment[1]} ${comment[2]}`, comment[3] as string)
    else if (sample) out.set(keyOf(sample[1] as string, sample[2] ?? ''), sample[3] as string)
  }
  return out
}

function keyOf(name: string, labels: string): string {
  const pairs = [...labels.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)",?/g)]
  return `${name}{${pairs.map((pair) => `${pair[1]}=${pair[2]}`).join(',')}}`
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** `places` are folders that are written otherwise in the page expected. */
function pageOf(
  families: readonly MetricFamily[],
  places: readonly (readonly [string, string])[],
): Map<string, string> {
  const out = new Map<string, string>()
  const moved = (text: string): string =>
    places.reduce((all, [from, to]) => all.replaceAll(from, to), text)
  for (const family of families) {
    const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    out.set(`# HELP ${family.name}`, moved(help))
    out.set(`# TYPE ${family.name}`, family.type === 'unknown' ? 'untyped' : family.type)
    for (const { labels, value, suffix } of family.metrics) {
      const shown: string[] = []
      for (let i = 0; i < labels.length; i += 2) {
        shown.push(`${labels[i]}="${escapeLabel(moved(labels[i + 1] as string))}"`)
      }
      out.set(keyOf(family.name + (suffix ?? ''), shown.join(',')), String(value))
    }
  }
  return out
}

function same(key: string, expected: string, got: string | undefined): boolean {
  if (key.startsWith('#') || got === undefined) return expected === got
  return Number(expected.replace('Inf', 'Infinity')) === Number(got)
}

describe.runIf(existsSync(DATA))('the page of node_exporter, from its own test data', () => {
  let root = ''
  let expected = new Map<string, string>()
  let got = new Map<string, string>()
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'vedette-host-'))
    execFileSync('tar', ['xzf', join(DATA, 'sys-udev.tar.gz'), '-C', root])
    execFileSync('cp', ['-r', join(DATA, 'proc'), root])
    execFileSync('chmod', ['-R', 'u+w', root])
    // Upstream's page has the loopback device of the machine that made it, asked over netlink, without errors.
    writeFileSync(
      join(root, 'proc/net/dev'),
      `a\nb\n lo: 9 9${' 0'.repeat(6)} 9 9${' 0'.repeat(6)}\n`,
    )
    const statistics = join(root, 'sys/class/net/lo/statistics')
    mkdirSync(statistics, { recursive: true })
    writeFileSync(join(statistics, 'rx_nohandler'), '0\n')
    const flags = new Map<string, string | boolean>([
      ...FLAGS,
      ...SWITCHED_ON.map((name) => [`collector.${name}`, true] as const),
      ['path.procfs', join(root, 'proc')],
      ['path.sysfs', join(root, 'sys')],
      ['path.udev.data', join(root, 'udev/data')],
    ])
    const collector = createHostCollector(readHostFlags(flags).options)
    got = pageOf(await collector.collect(), [
      [`${DATA}/`, 'collector/fixtures/'],
      [`${root}/`, 'collector/fixtures/'],
    ])
    expected = parsePage(readFileSync(join(DATA, 'e2e-output.txt'), 'utf8'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  /** Lines of one collector that agree, that differ or are missing, and that are ours only. */
  function compare(owner: string): { equal: number; wrong: string[]; extra: string[] } {
    const named = (key: string): boolean => {
      const name = key.replace(/^# (?:HELP|TYPE) /, '').replace(/\{.*/s, '')
      return !VOLATILE.test(name) && ownerOf(name) === owner
    }
    const running = new Set<string>()
    for (const key of got.keys()) {
      const success = /^node_scrape_collector_success\{collector=(.*)\}$/.exec(key)?.[1]
      if (success !== undefined) running.add(success)
    }
    const isOurs = (key: string): boolean => {
      const collector = /^node_scrape_collector_success\{collector=(.*)\}$/.exec(key)?.[1]
      return collector === undefined || running.has(collector)
    }
    const wrong: string[] = []
    let equal = 0
    for (const [key, value] of expected) {
      if (!named(key) || !isOurs(key)) continue
      const ours = got.get(key)
      if (same(key, value, ours)) equal++
      else wrong.push(`${key}: expected ${value}, got ${ours ?? 'nothing'}`)
    }
    const extra = [...got.keys()].filter((key) => named(key) && !expected.has(key))
    return { equal, wrong, extra }
  }

  it.each(OWNERS.map(([name]) => name))('%s', (owner) => {
    const { equal, wrong, extra } = compare(owner)
    const percent = (100 * equal) / Math.max(1, equal + wrong.length)
    console.log(
      `${owner}: ${equal} of ${equal + wrong.length} lines equal (${percent.toFixed(1)} %), ${extra.length} more`,
    )
    if (wrong.length > 0) console.log(wrong.slice(0, 12).join('\n'))
    if (extra.length > 0) console.log(`only here: ${extra.slice(0, 12).join('\n')}`)
    expect(equal).toBeGreaterThan(0)
    expect(percent).toBeGreaterThanOrEqual(REQUIRED.has(owner) ? 99 : 95)
  })
})

if (!existsSync(DATA)) {
  console.log(`skipped: node_exporter's test data is not at ${DATA}`)
}
