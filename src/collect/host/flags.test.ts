import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { COLLECTORS, NOT_AVAILABLE } from './collectors.ts'
import type { FlagArguments } from './flag-reader.ts'
import { defaultHostOptions, describeHostFlags, readHostFlags } from './flags.ts'

const read = (...flags: [string, string | boolean | string[]][]) => readHostFlags(new Map(flags))
const enabled = (...flags: [string, string | boolean][]) => read(...flags).options.collectors

describe('the collectors that run', () => {
  it('are the defaults of node_exporter', () => {
    const defaults = COLLECTORS.filter((kind) => kind.enabledByDefault).map((kind) => kind.name)
    expect([...enabled()]).toEqual(defaults)
    expect(defaults).toContain('filesystem')
    expect(defaults).not.toContain('processes')
  })

  it('can be switched on and off by name', () => {
    expect(enabled(['collector.processes', true]).has('processes')).toBe(true)
    expect(enabled(['collector.processes', 'true']).has('processes')).toBe(true)
    expect(enabled(['no-collector.arp', true]).has('arp')).toBe(false)
    expect(enabled(['collector.arp', false]).has('arp')).toBe(false)
  })

  it('are only those named when the defaults are off', () => {
    const names = enabled(
      ['collector.disable-defaults', true],
      ['collector.cpu', true],
      ['collector.processes', true],
    )
    expect([...names]).toEqual(['cpu', 'processes'])
  })

  it('have names that nothing else has', () => {
    const names = [...COLLECTORS.map((kind) => kind.name), ...NOT_AVAILABLE]
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('a flag that cannot be', () => {
  it.each<[string, string | boolean, string]>([
    ['collector.nosuch', true, 'there is no collector "nosuch"; there are arp, '],
    ['no-collector.nosuch', true, 'there is no collector "nosuch"'],
    ['collector.netdev.devices', 'x', '--collector.netdev.device-exclude'],
    ['collector.loadavg.x', 'x', 'the loadavg collector has no flags of its own'],
    ['path.proc', '/proc', 'there are --path.procfs, '],
    ['collector.vmstat.fields', true, '--collector.vmstat.fields needs a value'],
    ['collector.stat.softirq', 'maybe', 'takes no value other than true or false'],
    ['collector.filesystem.mount-timeout', '5 seconds', 'is not a duration such as 5s'],
  ])('--%s %s: %s', (name, value, message) => {
    const reading = () => read([name, value])
    expect(reading).toThrow(Problem)
    expect(reading).toThrow(message)
  })

  it('is left alone when it is not of the host', () => {
    expect(read(['web.listen-address', ':9100'], ['data', '/tmp']).warnings).toEqual([])
  })

  it('is a warning when only node_exporter has the collector', () => {
    expect(read(['collector.systemd', true]).warnings).toEqual([
      '--collector.systemd: node_exporter\'s collector "systemd" is not available here',
    ])
    expect(read(['collector.systemd.unit-include', 'x']).warnings).toHaveLength(1)
    expect(read(['no-collector.zfs', true], ['no-collector.ipvs', true]).warnings).toEqual([])
  })

  it('is taken without effect when it chooses another way to read the same', () => {
    expect(read(['no-collector.netdev.netlink', true]).warnings).toEqual([])
  })
})

describe('exclude and include', () => {
  const devices = (...flags: [string, string][]) => read(...flags).options.diskstats.devices

  it('has a default exclude, which an include replaces', () => {
    expect(devices().exclude).toContain('loop')
    expect(devices(['collector.diskstats.device-include', '^sd'])).toEqual({
      exclude: '',
      include: '^sd',
    })
  })

  it('refuses both', () => {
    expect(() =>
      devices(
        ['collector.diskstats.device-exclude', '^a'],
        ['collector.diskstats.device-include', '^b'],
      ),
    ).toThrow('exclude each other')
  })

  it('knows the older names', () => {
    const { options } = read(['collector.filesystem.ignored-mount-points', '^/sys'])
    expect(options.filesystem.mountPoints.exclude).toBe('^/sys')
    expect(() =>
      devices(
        ['collector.diskstats.ignored-devices', '^a'],
        ['collector.diskstats.device-exclude', '^b'],
      ),
    ).toThrow('old name of --collector.diskstats.device-exclude')
  })
})

describe('values', () => {
  it('are taken', () => {
    const args: FlagArguments = new Map<string, string | boolean | string[]>([
      ['path.procfs', '/host/proc'],
      ['collector.textfile.directory', ['/a', '/b/*']],
      ['collector.filesystem.mount-timeout', '500ms'],
      ['no-collector.cpu.guest', true],
      ['collector.cpu.info.flags-include', '^aes$'],
    ])
    const { options } = readHostFlags(args, '1.2.3')
    expect(options.version).toBe('1.2.3')
    expect(options.paths.procfs).toBe('/host/proc')
    expect(options.paths.sysfs).toBe('/sys')
    expect(options.textfile.directories).toEqual(['/a', '/b/*'])
    expect(options.filesystem.mountTimeoutMs).toBe(500)
    expect(options.cpu).toEqual({
      guest: false,
      info: true,
      flagsInclude: '^aes$',
      bugsInclude: '',
    })
  })

  it('have the defaults of node_exporter', () => {
    const options = defaultHostOptions()
    expect(options.paths.udevData).toBe('/run/udev/data')
    expect(options.netclass.ignoredDevices).toBe('^$')
    expect(options.textfile.directories).toEqual([])
    expect(options.filesystem.mountTimeoutMs).toBe(5000)
  })

  it('are described for --help', () => {
    const flags = describeHostFlags()
    const names = flags.map((flag) => flag.name)
    expect(names).toEqual([...names].sort())
    expect(flags.find((flag) => flag.name === 'collector.arp')?.defaultValue).toBe('enabled')
    for (const flag of flags) expect(flag.help).toMatch(/\.$/)
  })
})
