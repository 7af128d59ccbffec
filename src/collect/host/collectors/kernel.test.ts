import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CollectorKind } from '../collector.ts'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { arp } from './arp.ts'
import { conntrack } from './conntrack.ts'
import { entropy } from './entropy.ts'
import { interrupts } from './interrupts.ts'
import { kernelHung } from './kernel-hung.ts'
import { netdev } from './netdev.ts'
import { os } from './os.ts'
import { processes } from './processes.ts'
import { schedstat } from './schedstat.ts'
import { softirqs } from './softirqs.ts'
import { softnet } from './softnet.ts'
import { stat } from './stat.ts'
import { udpQueues } from './udp-queues.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
  13: 00000000:0007 00000000:0000 07 00000015:00000010 00:00000000 00000000     0        0 1 2 0
 104: 00000000:0044 00000000:0000 07 00000001:000000FF 00:00000000 00000000     0        0 1 2 0
`
const taskStat = (pid: number, name: string, state: string, threads: number): string =>
  `${pid} (${name}) ${state} ${Array.from({ length: 16 }, () => '0').join(' ')} ${threads} 0 0\n`

/** What a collector makes of files: each case is a host of its own. */
const CASES: readonly (readonly [CollectorKind, string, Record<string, string>, string[]])[] = [
  [
    arp,
    'counts by device',
    {
      'proc/net/arp':
        'IP address       HW type     Flags       HW address            Mask     Device\n10.0.0.1  0x1 0x2 aa:bb:cc:dd:ee:01 * eth0\n10.0.0.2  0x1 0x2 aa:bb:cc:dd:ee:02 * eth1\n10.0.0.3  0x1 0x0 aa:bb:cc:dd:ee:03 * eth0\n',
    },
    ['node_arp_entries{device=eth0} 2', 'node_arp_entries{device=eth1} 1'],
  ],
  [
    conntrack,
    'adds up the CPUs, in hexadecimal',
    {
      'proc/sys/net/netfilter/nf_conntrack_count': '123\n',
      'proc/sys/net/netfilter/nf_conntrack_max': '65536\n',
      'proc/net/stat/nf_conntrack':
        'entries searched found new invalid ignore delete dl insert if drop ed ie en ec ed sr\n00000021  0 1 0 2 ff 0 0 3 4 5 6 0 0 0 0 7\n00000021  0 a 0 2 01 0 0 3 4 5 6 0 0 0 0 7\n',
    },
    [
      'node_nf_conntrack_entries 123',
      'node_nf_conntrack_entries_limit 65536',
      'node_nf_conntrack_stat_drop 10',
      'node_nf_conntrack_stat_early_drop 12',
      'node_nf_conntrack_stat_found 11',
      'node_nf_conntrack_stat_ignore 256',
      'node_nf_conntrack_stat_insert 6',
      'node_nf_conntrack_stat_insert_failed 8',
      'node_nf_conntrack_stat_invalid 4',
      'node_nf_conntrack_stat_search_restart 14',
    ],
  ],
  [conntrack, 'is no data when not loaded', {}, ['error: connection tracking is not loaded']],
  [
    entropy,
    'in bits',
    {
      'proc/sys/kernel/random/entropy_avail': '256\n',
      'proc/sys/kernel/random/poolsize': '4096\n',
    },
    ['node_entropy_available_bits 256', 'node_entropy_pool_size_bits 4096'],
  ],
  [
    kernelHung,
    'counts hung tasks',
    { 'proc/sys/kernel/hung_task_detect_count': '3\n' },
    ['node_kernel_hung_tasks_total 3'],
  ],
  [kernelHung, 'is no data on older kernels', {}, ['error: this kernel does not count hung tasks']],
  [
    schedstat,
    'reads the last three columns',
    {
      'proc/schedstat':
        'version 15\ntimestamp 1\ncpu0 1 2 3 4 5 6 7000000000 500000000 9\ndomain0 0 1\n',
    },
    [
      'node_schedstat_running_seconds_total{cpu=0} 7',
      'node_schedstat_timeslices_total{cpu=0} 9',
      'node_schedstat_waiting_seconds_total{cpu=0} 0.5',
    ],
  ],
  [
    softirqs,
    'by CPU and type',
    { 'proc/softirqs': '        CPU0 CPU1\n  HI:   1 2\n NET_TX: 3 4\n' },
    [
      'node_softirqs_functions_total{cpu=0,type=HI} 1',
      'node_softirqs_functions_total{cpu=1,type=HI} 2',
      'node_softirqs_functions_total{cpu=0,type=NET_TX} 3',
      'node_softirqs_functions_total{cpu=1,type=NET_TX} 4',
    ],
  ],
  [
    softnet,
    'of a kernel that tells the CPU',
    { 'proc/net/softnet_stat': '0000000a 1 2 0 0 0 0 0 3 4 5 0000000c 00000007\n' },
    [
      'node_softnet_backlog_len{cpu=7} 12',
      'node_softnet_cpu_collision_total{cpu=7} 3',
      'node_softnet_dropped_total{cpu=7} 1',
      'node_softnet_flow_limit_count_total{cpu=7} 5',
      'node_softnet_processed_total{cpu=7} 10',
      'node_softnet_received_rps_total{cpu=7} 4',
      'node_softnet_times_squeezed_total{cpu=7} 2',
    ],
  ],
  [
    softnet,
    'of an old kernel has a line a CPU',
    { 'proc/net/softnet_stat': '1 0 0 0 0 0 0 0 0\n2 0 0 0 0 0 0 0 0\n' },
    [
      ...['backlog_len', 'cpu_collision_total', 'dropped_total', 'flow_limit_count_total'].flatMap(
        (name) => [0, 1].map((cpu) => `node_softnet_${name}{cpu=${cpu}} 0`),
      ),
      ...['node_softnet_processed_total{cpu=0} 1', 'node_softnet_processed_total{cpu=1} 2'],
      ...['received_rps_total', 'times_squeezed_total'].flatMap((name) =>
        [0, 1].map((cpu) => `node_softnet_${name}{cpu=${cpu}} 0`),
      ),
    ],
  ],
  [
    softnet,
    'refuses too few columns',
    { 'proc/net/softnet_stat': '1 2\n' },
    ['error: /proc/net/softnet_stat: 2 columns where 9 are the least'],
  ],
  [
    udpQueues,
    'adds up the sockets',
    { 'proc/net/udp': UDP, 'proc/net/udp6': '  sl  local_address\n' },
    [
      'node_udp_queues{ip=v4,queue=tx} 22',
      'node_udp_queues{ip=v4,queue=rx} 271',
      'node_udp_queues{ip=v6,queue=tx} 0',
      'node_udp_queues{ip=v6,queue=rx} 0',
    ],
  ],
  [udpQueues, 'is no data without UDP', {}, ['error: there is no UDP']],
  [
    interrupts,
    'with what they are for',
    {
      'proc/interrupts':
        '           CPU0       CPU1\n  0:     10    0   IO-APIC   2-edge      timer\nNMI:      1      2   Non-maskable interrupts\nERR:          0\n',
    },
    [
      'node_interrupts_total{cpu=0,devices=2-edge timer,info=IO-APIC,type=0} 10',
      'node_interrupts_total{cpu=1,devices=2-edge timer,info=IO-APIC,type=0} 0',
      'node_interrupts_total{cpu=0,devices=,info=Non-maskable interrupts,type=NMI} 1',
      'node_interrupts_total{cpu=1,devices=,info=Non-maskable interrupts,type=NMI} 2',
    ],
  ],
  [
    processes,
    'by state, whatever their names',
    {
      'proc/1/stat': taskStat(1, 'init) S (x', 'S', 2),
      'proc/1/task/1/stat': taskStat(1, 'init', 'S', 2),
      'proc/1/task/7/stat': taskStat(7, 'worker', 'R', 2),
      'proc/9/stat': taskStat(9, 'zombie', 'Z', 1),
      'proc/self/stat': '',
      'proc/sys/kernel/threads-max': '7801\n',
      'proc/sys/kernel/pid_max': '32768\n',
    },
    [
      'node_processes_max_processes 32768',
      'node_processes_max_threads 7801',
      'node_processes_pids 2',
      'node_processes_state{state=S} 1',
      'node_processes_state{state=Z} 1',
      'node_processes_threads 3',
      'node_processes_threads_state{thread_state=S} 1',
      'node_processes_threads_state{thread_state=R} 1',
    ],
  ],
  [
    os,
    'falls back to /usr/lib, and takes any quotes',
    {
      'root/usr/lib/os-release':
        'ID="x y"\nNAME=\'A $B\'\nVERSION="say \\"hi\\""\nPRETTY_NAME=plain\n',
    },
    [
      'node_os_info{build_id=,id=x y,id_like=,image_id=,image_version=,name=A $B,pretty_name=plain,variant=,variant_id=,version=say "hi",version_codename=,version_id=} 1',
    ],
  ],
  [os, 'is no data without a file', {}, ['error: no os-release file below /root']],
]

describe('a collector of procfs', () => {
  for (const [kind, what, files, lines] of CASES) {
    it(`${kind.name}: ${what}`, async () => {
      host.write(files)
      expect(await host.start(kind)()).toEqual(lines)
    })
  }
})

describe('options', () => {
  it('leave out interrupts by name, and those that never happened', async () => {
    host.write({ 'proc/interrupts': ' CPU0 CPU1\n 0: 1 0 A timer\n 1: 2 3 A disk\n' })
    const read = (flags: [string, string | boolean][]) => host.start(interrupts, new Map(flags))()
    expect(await read([['collector.interrupts.name-exclude', 'timer$']])).toHaveLength(2)
    expect(await read([['no-collector.interrupts.include-zeros', true]])).toHaveLength(3)
  })

  it('report softirqs by vector', async () => {
    host.write({ 'proc/stat': 'softirq 99 1 2 3 4 5 6 7 8 9 10\n' })
    expect(await host.start(stat)()).toEqual([])
    const lines = await host.start(stat, new Map([['collector.stat.softirq', true]]))()
    expect(lines).toHaveLength(10)
    expect(lines[0]).toBe('node_softirqs_total{vector=hi} 1')
    expect(lines[9]).toBe('node_softirqs_total{vector=rcu} 10')
  })

  it('report network errors one by one, from sysfs, with an alias', async () => {
    host.write({
      'sys/class/net/eth0/statistics/rx_crc_errors': '3\n',
      'sys/class/net/eth0/statistics/tx_bytes': '12345678901234\n',
      'sys/class/net/eth0/statistics/multicast': '1\n',
      'sys/class/net/eth0/ifalias': 'uplink\n',
      'sys/class/net/lo/statistics/tx_bytes': '1\n',
    })
    const flags = new Map<string, string | boolean>([
      ['collector.netdev.enable-detailed-metrics', true],
      ['collector.netdev.label-ifalias', true],
      ['collector.netdev.device-exclude', '^lo$'],
    ])
    expect(await host.start(netdev, flags)()).toEqual([
      'node_network_multicast_total{device=eth0,ifalias=uplink} 1',
      'node_network_receive_crc_errors_total{device=eth0,ifalias=uplink} 3',
      'node_network_transmit_bytes_total{device=eth0,ifalias=uplink} 12345678901234',
    ])
  })

  it('report the addresses of this machine', async () => {
    host.write({ 'proc/net/dev': 'a\nb\n' })
    const flags = new Map([['collector.netdev.address-info', true]])
    for (const line of await host.start(netdev, flags)()) {
      expect(line).toMatch(
        /^node_network_address_info\{address=[0-9a-f.:]+,device=.+,netmask=\d+,scope=(?:global|link-local)\} 1$/,
      )
    }
  })
})
