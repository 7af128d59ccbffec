import { Problem } from '../../model/problem.ts'
import { COLLECTORS, NOT_AVAILABLE } from './collectors.ts'
import { FlagReader, type FlagArguments, type FlagHelp } from './flag-reader.ts'
import type { HostOptions } from './options.ts'

const DISKS_EXCLUDED = String.raw`^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`
const MOUNT_POINTS_EXCLUDED =
  '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)'
const FS_TYPES_EXCLUDED =
  '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$'
const NETSTAT_FIELDS =
  '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$'
const VMSTAT_FIELDS = '^(oom_kill|pgpg|pswp|pg.*fault).*'

/** Switches of node_exporter that choose another way to read the same numbers; accepted, without effect. */
const NO_EFFECT: readonly string[] = [
  'collector.arp.netlink',
  'collector.netclass.netlink',
  'collector.netclass_rtnl.with-stats',
  'collector.netdev.netlink',
]

const STAT_WORKERS = 'collector.filesystem.stat-workers'

/** The options, and what of the flags has no effect here, to be shown at start. */
export interface HostFlags {
  readonly options: HostOptions
  readonly warnings: readonly string[]
}

/**
 * Reads node_exporter's `collector.*` and `path.*` flags (names without the leading dashes; other names are left to others).
 * Throws a `Problem` of code `bad_data` for a collector or flag that node_exporter does not know, and for a wrong value; one
 * that node_exporter knows and this program does not is a warning.
 */
export function readHostFlags(args: FlagArguments, version = ''): HostFlags {
  const flags = new FlagReader(args)
  const options = { version, ...readAll(flags) }
  return { options, warnings: judgeUnknown(flags.unknown) }
}

/** node_exporter's defaults. */
export function defaultHostOptions(version = ''): HostOptions {
  return readHostFlags(new Map(), version).options
}

/** Every flag with its default, for `--help`. */
export function describeHostFlags(): FlagHelp[] {
  const flags = new FlagReader(new Map())
  readAll(flags)
  return flags.declared
}

function readAll(flags: FlagReader): Omit<HostOptions, 'version'> {
  const collectors = readEnabled(flags)
  for (const name of NO_EFFECT) flags.accept(name)
  flags.text(STAT_WORKERS, '4', 'Taken for compatibility; does nothing here.')
  return { collectors, ...readSections(flags) }
}

function readEnabled(flags: FlagReader): ReadonlySet<string> {
  const noDefaults = flags.boolean(
    'collector.disable-defaults',
    false,
    'Run only the collectors that are switched on by name.',
  )
  const enabled = new Set<string>()
  for (const { name, enabledByDefault } of COLLECTORS) {
    const state = enabledByDefault ? 'enabled' : 'disabled'
    const wanted = flags.optionalBoolean(`collector.${name}`, `The ${name} collector.`, state)
    if (wanted ?? (enabledByDefault && !noDefaults)) enabled.add(name)
  }
  return enabled
}

type Sections = Omit<HostOptions, 'version' | 'collectors'>

function readSections(flags: FlagReader): Sections {
  return {
    ...readPlaces(flags),
    ...readDevices(flags),
    ...readNetwork(flags),
    ...readFields(flags),
  }
}

function readPlaces(flags: FlagReader): Pick<Sections, 'paths' | 'filesystem' | 'textfile'> {
  return {
    paths: {
      procfs: flags.text('path.procfs', '/proc', 'Where procfs is mounted.'),
      sysfs: flags.text('path.sysfs', '/sys', 'Where sysfs is mounted.'),
      rootfs: flags.text('path.rootfs', '/', 'Where the root file system is mounted.'),
      udevData: flags.text('path.udev.data', '/run/udev/data', "Where udev's data is."),
    },
    filesystem: {
      mountPoints: flags.patterns(
        'collector.filesystem.mount-points',
        MOUNT_POINTS_EXCLUDED,
        'mount points',
      ),
      fsTypes: flags.patterns(
        'collector.filesystem.fs-types',
        FS_TYPES_EXCLUDED,
        'file system types',
      ),
      mountTimeoutMs: flags.durationMs(
        'collector.filesystem.mount-timeout',
        '5s',
        'How long a mount may take to answer before it is reported as dead.',
      ),
    },
    textfile: {
      directories: flags.list(
        'collector.textfile.directory',
        'A folder, or a glob of folders, whose *.prom files are read. May be repeated.',
      ),
    },
  }
}

function readDevices(
  flags: FlagReader,
): Pick<Sections, 'arp' | 'diskstats' | 'hwmon' | 'interrupts' | 'powersupply' | 'tapestats'> {
  return {
    arp: { devices: flags.patterns('collector.arp.device', '', 'ARP devices') },
    diskstats: {
      devices: flags.patterns('collector.diskstats.device', DISKS_EXCLUDED, 'block devices'),
    },
    hwmon: {
      chips: flags.patterns('collector.hwmon.chip', '', 'hwmon chips'),
      sensors: flags.patterns('collector.hwmon.sensor', '', 'sensors, written chip;sensor,'),
    },
    interrupts: {
      names: flags.patterns(
        'collector.interrupts.name',
        '',
        'interrupts, written name;info;devices,',
      ),
      includeZeros: flags.boolean(
        'collector.interrupts.include-zeros',
        true,
        'Also report interrupts that never happened.',
      ),
    },
    powersupply: {
      ignoredSupplies: flags.text(
        'collector.powersupply.ignored-supplies',
        '^$',
        'Regexp of power supplies to leave out.',
      ),
    },
    tapestats: {
      ignoredDevices: flags.text(
        'collector.tapestats.ignored-devices',
        '^$',
        'Regexp of tape drives to leave out.',
      ),
    },
  }
}

function readNetwork(flags: FlagReader): Pick<Sections, 'netclass' | 'netdev'> {
  return {
    netclass: {
      ignoredDevices: flags.text(
        'collector.netclass.ignored-devices',
        '^$',
        'Regexp of network devices to leave out.',
      ),
      ignoreInvalidSpeed: flags.boolean(
        'collector.netclass.ignore-invalid-speed',
        false,
        'Leave out a speed that the kernel reports as unknown (-1).',
      ),
    },
    netdev: {
      devices: flags.patterns('collector.netdev.device', '', 'network devices'),
      addressInfo: flags.boolean(
        'collector.netdev.address-info',
        false,
        'Report the addresses of each device.',
      ),
      detailedMetrics: flags.boolean(
        'collector.netdev.enable-detailed-metrics',
        false,
        'Report each kind of error under its own (different) name.',
      ),
      labelIfAlias: flags.boolean(
        'collector.netdev.label-ifalias',
        false,
        'Add the label ifalias.',
      ),
    },
  }
}

function readFields(
  flags: FlagReader,
): Pick<Sections, 'cpu' | 'netstat' | 'rapl' | 'stat' | 'vmstat'> {
  const info = flags.boolean('collector.cpu.info', false, 'Report node_cpu_info.')
  const flagsInclude = flags.text(
    'collector.cpu.info.flags-include',
    '',
    'Regexp of CPU flags to report (switches collector.cpu.info on).',
  )
  const bugsInclude = flags.text(
    'collector.cpu.info.bugs-include',
    '',
    'Regexp of CPU bugs to report (switches collector.cpu.info on).',
  )
  return {
    cpu: {
      guest: flags.boolean('collector.cpu.guest', true, 'Report node_cpu_guest_seconds_total.'),
      info: info || flagsInclude !== '' || bugsInclude !== '',
      flagsInclude,
      bugsInclude,
    },
    netstat: {
      fields: flags.text('collector.netstat.fields', NETSTAT_FIELDS, 'Regexp of fields to report.'),
    },
    rapl: {
      zoneLabel: flags.boolean(
        'collector.rapl.enable-zone-label',
        false,
        'One metric for all zones, with the zone in a label.',
      ),
    },
    stat: {
      softirq: flags.boolean('collector.stat.softirq', false, 'Report softirqs by vector.'),
    },
    vmstat: {
      fields: flags.text('collector.vmstat.fields', VMSTAT_FIELDS, 'Regexp of fields to report.'),
    },
  }
}

function judgeUnknown(names: readonly string[]): string[] {
  const warnings: string[] = []
  for (const name of names) {
    const collector = /^(?:no-)?collector\.([^.]+)/.exec(name)?.[1]
    const known = COLLECTORS.some((kind) => kind.name === collector)
    if (collector !== undefined && NOT_AVAILABLE.includes(collector)) {
      const off = name === `no-collector.${collector}`
      if (!off) {
        warnings.push(`--${name}: node_exporter's collector "${collector}" is not available here`)
      }
    } else if (
      collector !== undefined &&
      !known &&
      !name.slice(name.indexOf('.') + 1).includes('.')
    ) {
      const all = COLLECTORS.map((kind) => kind.name).join(', ')
      throw new Problem(
        'bad_data',
        `--${name}: there is no collector "${collector}"; there are ${all}`,
      )
    } else {
      throw new Problem('bad_data', `--${name}: unknown flag${suggest(collector, known)}`)
    }
  }
  return warnings
}

function suggest(collector: string | undefined, known: boolean): string {
  const prefix = collector === undefined ? 'path.' : `collector.${collector}.`
  if (collector !== undefined && !known) return ''
  const near = describeHostFlags()
    .map((flag) => flag.name)
    .filter((name) => name.startsWith(prefix))
  if (near.length === 0) return `; the ${collector} collector has no flags of its own`
  return `; there are ${near.map((name) => `--${name}`).join(', ')}`
}
