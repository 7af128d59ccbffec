import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DEFAULT_CONTAINERS, type ContainersSettings } from './containers-section.ts'

/** Text of a file, or where a link points to. */
type Entry = string | { readonly link: string }

/** A machine for tests: folders in the place of /sys/fs/cgroup, /proc and /. */
export interface FakeMachine {
  readonly root: string
  /** Settings that look at this machine and ask no socket but those that are named. */
  readonly settings: ContainersSettings
  /** By path below the root, e.g. `cgroup/docker/ID/cpu.stat`. */
  write(files: Readonly<Record<string, Entry>>): void
  remove(path: string): void
  dispose(): void
}

export function makeFakeMachine(): FakeMachine {
  const root = mkdtempSync(join(tmpdir(), 'vedette-fake-machine-'))
  let removed = 0
  const machine: FakeMachine = {
    root,
    settings: {
      ...DEFAULT_CONTAINERS,
      ...{ cgroupRoot: join(root, 'cgroup'), procRoot: join(root, 'proc'), rootfs: root },
      ...{ docker: undefined, podman: undefined, containerd: undefined },
    },
    write(files) {
      for (const [name, entry] of Object.entries(files)) {
        const path = join(root, name)
        mkdirSync(dirname(path), { recursive: true })
        if (typeof entry === 'string') writeFileSync(path, entry)
        else symlinkSync(entry.link, path)
      }
    },
    remove(path) {
      // Moved away, so that what is made in its place is another file for certain.
      mkdirSync(join(root, 'gone'), { recursive: true })
      renameSync(join(root, path), join(root, 'gone', String(removed++)))
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  }
  machine.write(PROC)
  return machine
}

/** What the kernel tells of a machine with two processors, 2 GiB and one disk. */
const PROC: Readonly<Record<string, string>> = {
  'proc/cpuinfo': [0, 1]
    .map((n) => `processor\t: ${n}\nphysical id\t: 0\ncore id\t\t: ${n}\n\n`)
    .join(''),
  'proc/meminfo':
    'MemTotal:        2097152 kB\nMemFree: 1000 kB\nSwapTotal: 1048576 kB\nSwapFree: 1048000 kB\n',
  'proc/stat': 'cpu  1 2 3 4\nbtime 1700000000\n',
  'proc/partitions':
    'major minor  #blocks  name\n\n 254        0   20971520 vda\n 254        1   20970496 vda1\n',
  'proc/diskstats':
    ' 254       0 vda 10 1 100 5 20 2 200 6 0 7 8 0 0 0 0 0 0\n 254       1 vda1 9 1 90 4 19 2 190 5 3 6 7 0 0 0 0 0 0\n',
  'proc/sys/kernel/osrelease': '6.1.0-test\n',
  'proc/sys/kernel/random/boot_id': 'b00tb00t-0000-4000-8000-000000000001\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/os-release': 'NAME="Test OS"\nPRETTY_NAME="Test OS 12"\n',
  'proc/1/net/dev': netDev([
    ['lo', 5, 6],
    ['eth0', 1000, 2000],
    ['docker0', 7, 8],
    ['veth12ab', 9, 10],
  ]),
  'proc/pressure/cpu': pressure(5_000_000, 0),
  'proc/pressure/memory': pressure(10, 20),
  'proc/pressure/io': pressure(30, 40),
}

export function netDev(
  interfaces: readonly (readonly [name: string, received: number, sent: number])[],
): string {
  const lines = interfaces.map(
    ([name, received, sent]) =>
      `${name.padStart(6)}: ${received}    ${received / 10} 1 2 0 0 0 0 ${sent} ${sent / 10} 3 4 0 0 0 0`,
  )
  return `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
${lines.join('\n')}\n`
}

export function pressure(someMicros: number, fullMicros: number): string {
  return `some avg10=0.00 avg60=0.00 avg300=0.00 total=${someMicros}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${fullMicros}\n`
}

/** A process in a network namespace of its own, or that of another process. */
export function processFiles(
  pid: number,
  network: string,
  netDevText: string,
): Record<string, Entry> {
  return {
    [`proc/${pid}/net/dev`]: netDevText,
    [`proc/${pid}/ns/net`]: { link: `net:[${network}]` },
    [`proc/${pid}/limits`]:
      'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n',
    [`proc/${pid}/stat`]: `${pid} (a (b) c) S 1 1 1 0 -1 4194560\n`,
    [`proc/${pid}/fd/0`]: { link: '/dev/null' },
    [`proc/${pid}/fd/1`]: { link: 'socket:[4711]' },
  }
}

/** How much a group of the unified hierarchy has used; each number differs from all others. */
export interface V2Use {
  readonly cpuMicros?: number
  readonly memoryBytes?: number
  readonly memoryMax?: string
  readonly cpuMax?: string
  readonly pids?: readonly number[]
  readonly oomKills?: number
  /** Periods of its bound of processor time; every fortieth held it back. */
  readonly periods?: number
}

/** The files of a group of the unified hierarchy, as Linux 6.1 writes them. */
export function v2Files(group: string, use: V2Use = {}): Record<string, string> {
  const { cpuMicros = 12_345_678, memoryBytes = 104_857_600, pids = [] } = use
  const files: Record<string, string> = {
    'cgroup.procs': pids.map((pid) => `${pid}\n`).join(''),
    'cgroup.threads': pids.map((pid) => `${pid}\n`).join(''),
    'cgroup.events': 'populated 1\nfrozen 0\n',
    'cpu.stat': `usage_usec ${cpuMicros}\nuser_usec ${cpuMicros - 2_000_000}\nsystem_usec 2000000\ncore_sched.force_idle_usec 0\nnr_periods ${use.periods ?? 723}\nnr_throttled ${Math.floor((use.periods ?? 723) / 40)}\nthrottled_usec 1724314\nnr_bursts 25\nburst_usec 500000\n`,
    'cpu.max': `${use.cpuMax ?? 'max 100000'}\n`,
    'cpu.weight': '100\n',
    'cpu.pressure': pressure(1_500_000, 500_000),
    'memory.current': `${memoryBytes}\n`,
    'memory.peak': `${memoryBytes + 4096}\n`,
    'memory.max': `${use.memoryMax ?? 'max'}\n`,
    'memory.min': '0\n',
    'memory.swap.current': '8192\n',
    'memory.swap.max': 'max\n',
    'memory.events': `low 0\nhigh 42\nmax 5\noom 2\noom_kill ${use.oomKills ?? 1}\noom_group_kill 0\n`,
    'memory.stat': `anon 60000000\nfile 40000000\nkernel 3000000\nkernel_stack 16384\npagetables 65536\npercpu 1280\nsock 4096\nvmalloc 0\nshmem 0\nfile_mapped 12000000\nfile_dirty 19\nfile_writeback 20\nswapcached 0\nanon_thp 0\ninactive_anon 1\nactive_anon 2\ninactive_file 4857600\nactive_file 7000000\nunevictable 0\nslab 300\nworkingset_refault_anon 24\nworkingset_refault_file 23\nworkingset_activate_anon 0\npgscan 21\npgsteal 22\npgfault 2222\npgmajfault 33\n`,
    'memory.pressure': pressure(2_500_000, 600_000),
    'io.stat':
      '254:0 rbytes=1000 wbytes=2000 rios=10 wios=20 dbytes=0 dios=0\n7:0 \n253:9 rbytes=5 wbytes=6 rios=1 wios=2 dbytes=0 dios=0\n',
    'io.pressure': pressure(3_500_000, 700_000),
    'pids.current': '7\n',
    'pids.max': '100\n',
  }
  return prefixed(join('cgroup', group), files)
}

/** The top of the unified hierarchy has fewer files. */
export function v2Root(): Record<string, string> {
  const {
    'cgroup/cpu.stat': cpu = '',
    'cgroup/memory.stat': memory = '',
    'cgroup/io.stat': io = '',
  } = v2Files('')
  return prefixed('cgroup', {
    ...{ 'cgroup.controllers': 'cpuset cpu io memory pids\n', 'cgroup.procs': '1\n' },
    ...{ 'cpu.stat': cpu.split('\n').slice(0, 3).join('\n'), 'memory.stat': memory, 'io.stat': io },
  })
}

/** The files of a group in each of the old hierarchies. */
export function v1Files(group: string, pids: readonly number[] = []): Record<string, string> {
  const common = {
    'cgroup.procs': pids.map((pid) => `${pid}\n`).join(''),
    tasks: pids.map((pid) => `${pid}\n`).join(''),
    'cgroup.clone_children': '0\n',
  }
  const of = (controller: string, files: Record<string, string>): Record<string, string> =>
    prefixed(join('cgroup', controller, group), { ...common, ...files })
  return {
    ...of('cpu,cpuacct', {
      'cpuacct.usage': '12345678000\n',
      'cpuacct.usage_percpu': '12000000000 345678000 0 \n',
      'cpuacct.stat': 'user 1034\nsystem 200\n',
      'cpu.stat': 'nr_periods 723\nnr_throttled 18\nthrottled_time 1724314000\n',
      'cpu.shares': '1024\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.cfs_quota_us': '50000\n',
    }),
    ...of('memory', {
      'memory.usage_in_bytes': '104857600\n',
      'memory.max_usage_in_bytes': '104861696\n',
      'memory.limit_in_bytes': '268435456\n',
      'memory.memsw.limit_in_bytes': '9223372036854771712\n',
      'memory.soft_limit_in_bytes': '9223372036854771712\n',
      'memory.failcnt': '5\n',
      'memory.kmem.usage_in_bytes': '3000000\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      'memory.stat':
        'cache 1\nrss 2\nmapped_file 3\npgfault 4\ntotal_cache 40000000\ntotal_rss 60000000\ntotal_mapped_file 12000000\ntotal_dirty 19\ntotal_writeback 20\ntotal_swap 8192\ntotal_pgfault 2222\ntotal_pgmajfault 33\ntotal_inactive_file 4857600\ntotal_active_file 7000000\n',
    }),
    ...of('blkio', {
      'blkio.throttle.io_service_bytes_recursive':
        '254:0 Read 1000\n254:0 Write 2000\n254:0 Sync 3000\n254:0 Async 0\n254:0 Discard 0\n254:0 Total 3000\nTotal 3000\n',
      'blkio.throttle.io_serviced_recursive': '254:0 Read 10\n254:0 Write 20\nTotal 30\n',
    }),
    ...of('pids', { 'pids.current': '7\n', 'pids.max': 'max\n' }),
  }
}

function prefixed(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [join(folder, name), text]))
}
