import { chmodSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CollectorKind } from '../collector.ts'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { bonding } from './bonding.ts'
import { btrfs } from './btrfs.ts'
import { cpufreq } from './cpufreq.ts'
import { dmi } from './dmi.ts'
import { edac } from './edac.ts'
import { netclass } from './netclass.ts'
import { nvme } from './nvme.ts'
import { powersupplyclass } from './powersupplyclass.ts'
import { rapl } from './rapl.ts'
import { selinux } from './selinux.ts'
import { tapestats } from './tapestats.ts'
import { thermalZone } from './thermal-zone.ts'
import { watchdog } from './watchdog.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

/** Files of one folder, each with a line end. */
const inFolder = (folder: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, `${text}\n`]),
  )

const CASES: readonly (readonly [CollectorKind, string, Record<string, string>, string[]])[] = [
  [
    bonding,
    'counts the slaves that are up',
    {
      'sys/class/net/bonding_masters': 'bond0\n',
      'sys/class/net/bond0/bonding/slaves': 'eth0 eth1\n',
      'sys/class/net/bond0/lower_eth0/bonding_slave/mii_status': 'up\n',
      'sys/class/net/bond0/slave_eth1/bonding_slave/mii_status': 'down\n',
    },
    ['node_bonding_active{master=bond0} 1', 'node_bonding_slaves{master=bond0} 2'],
  ],
  [bonding, 'is no data without the driver', {}, ['error: the bonding driver is not loaded']],
  [
    btrfs,
    'with the space of its block groups',
    {
      'sys/fs/btrfs/features/x': '1\n',
      ...inFolder('sys/fs/btrfs/0abb-1', {
        label: 'big',
        commit_stats: 'commits 7\nlast_commit_ms 1500\nnew_ms 1',
        'allocation/global_rsv_size': '16',
        'allocation/data/bytes_reserved': '1',
        'allocation/data/raid5/used_bytes': '20',
        'allocation/data/raid5/total_bytes': '30',
        'allocation/metadata/bytes_reserved': '2',
        'allocation/system/bytes_reserved': '3',
        'devices/sda/size': '10',
        'devices/sdb/size': '20',
      }),
    },
    [
      'node_btrfs_allocation_ratio{block_group_type=data,mode=raid5,uuid=0abb-1} 2',
      'node_btrfs_commit_seconds_total{uuid=0abb-1} 0',
      'node_btrfs_commits_total{uuid=0abb-1} 7',
      'node_btrfs_device_size_bytes{device=sda,uuid=0abb-1} 5120',
      'node_btrfs_device_size_bytes{device=sdb,uuid=0abb-1} 10240',
      'node_btrfs_global_rsv_size_bytes{uuid=0abb-1} 16',
      'node_btrfs_info{label=big,uuid=0abb-1} 1',
      'node_btrfs_last_commit_seconds{uuid=0abb-1} 1.5',
      'node_btrfs_max_commit_seconds{uuid=0abb-1} 0',
      'node_btrfs_reserved_bytes{block_group_type=data,uuid=0abb-1} 1',
      'node_btrfs_reserved_bytes{block_group_type=metadata,uuid=0abb-1} 2',
      'node_btrfs_reserved_bytes{block_group_type=system,uuid=0abb-1} 3',
      'node_btrfs_size_bytes{block_group_type=data,mode=raid5,uuid=0abb-1} 30',
      'node_btrfs_used_bytes{block_group_type=data,mode=raid5,uuid=0abb-1} 20',
    ],
  ],
  [
    cpufreq,
    'in hertz, with governors',
    inFolder('sys/devices/system/cpu/cpu0/cpufreq', {
      cpuinfo_min_freq: '800000',
      scaling_cur_freq: '1699981',
      scaling_governor: 'powersave',
      scaling_available_governors: 'performance powersave',
    }),
    [
      'node_cpu_frequency_min_hertz{cpu=0} 800000000',
      'node_cpu_scaling_frequency_hertz{cpu=0} 1699981000',
      'node_cpu_scaling_governor{cpu=0,governor=performance} 0',
      'node_cpu_scaling_governor{cpu=0,governor=powersave} 1',
    ],
  ],
  [
    dmi,
    'has what may be read',
    inFolder('sys/class/dmi/id', { bios_vendor: 'SeaBIOS', sys_vendor: 'QEMU', chassis_type: '1' }),
    ['node_dmi_info{bios_vendor=SeaBIOS,system_vendor=QEMU} 1'],
  ],
  [dmi, 'is no data without it', {}, ['error: this machine has no DMI']],
  [
    edac,
    'by controller, row and channel',
    {
      ...inFolder('sys/devices/system/edac/mc/mc0', {
        ce_count: '1',
        ce_noinfo_count: '2',
        ue_count: '3',
        ue_noinfo_count: '4',
      }),
      ...inFolder('sys/devices/system/edac/mc/mc0/csrow1', {
        ce_count: '5',
        ue_count: '6',
        ch0_ce_count: '7',
        ch0_dimm_label: 'CPU_SrcID#0_csrow#1channel#0',
        ch1_ce_count: '8',
        ch1_ue_count: '9',
      }),
    },
    [
      'node_edac_channel_correctable_errors_total{channel=0,controller=0,csrow=1,dimm_label=CPU_SrcID0__csrow1_channel0} 7',
      'node_edac_channel_correctable_errors_total{channel=1,controller=0,csrow=1,dimm_label=unknown} 8',
      'node_edac_channel_uncorrectable_errors_total{channel=1,controller=0,csrow=1,dimm_label=unknown} 9',
      'node_edac_correctable_errors_total{controller=0} 1',
      'node_edac_csrow_correctable_errors_total{controller=0,csrow=unknown} 2',
      'node_edac_csrow_correctable_errors_total{controller=0,csrow=1} 5',
      'node_edac_csrow_uncorrectable_errors_total{controller=0,csrow=unknown} 4',
      'node_edac_csrow_uncorrectable_errors_total{controller=0,csrow=1} 6',
      'node_edac_uncorrectable_errors_total{controller=0} 3',
    ],
  ],
  [
    netclass,
    'reads decimal and hexadecimal, and leaves out what is not there',
    {
      'sys/class/net/bonding_masters': '',
      ...inFolder('sys/class/net/eth0', {
        address: '01:02:03:04:05:06',
        operstate: 'up',
        flags: '0x1003',
        dev_id: '0x20',
        mtu: '1500',
        carrier: '1',
        carrier_changes: '4',
        speed: '1000',
        duplex: 'full',
        ifalias: '',
        type: '1',
      }),
      // Asked through the slow way, as there is hardware below.
      'sys/class/net/eth0/device/vendor': '0x1af4\n',
      ...inFolder('sys/class/net/veth1', { operstate: 'down', flags: '0x1002', speed: '-1' }),
    },
    [
      'node_network_carrier{device=eth0} 1',
      'node_network_carrier_changes_total{device=eth0} 4',
      'node_network_device_id{device=eth0} 32',
      'node_network_flags{device=eth0} 4099',
      'node_network_flags{device=veth1} 4098',
      'node_network_info{address=01:02:03:04:05:06,adminstate=up,broadcast=,device=eth0,duplex=full,ifalias=,operstate=up} 1',
      'node_network_info{address=,adminstate=down,broadcast=,device=veth1,duplex=,ifalias=,operstate=down} 1',
      'node_network_mtu_bytes{device=eth0} 1500',
      'node_network_protocol_type{device=eth0} 1',
      'node_network_speed_bytes{device=eth0} 125000000',
      'node_network_speed_bytes{device=veth1} -125000',
      'node_network_up{device=eth0} 1',
      'node_network_up{device=veth1} 0',
    ],
  ],
  [
    nvme,
    'drives and their namespaces',
    {
      ...inFolder('sys/class/nvme/nvme0', {
        cntlid: '1',
        firmware_rev: 'F1',
        model: 'Fast SSD',
        serial: 'S1',
        state: 'live',
      }),
      ...inFolder('sys/class/nvme/nvme0/nvme0c0n2', {
        nuse: '10',
        size: '100',
        'queue/logical_block_size': '4096',
        ana_state: 'optimized',
      }),
    },
    [
      'node_nvme_info{cntlid=1,device=nvme0,firmware_revision=F1,model=Fast SSD,serial=S1,state=live} 1',
      'node_nvme_namespace_capacity_bytes{device=nvme0,nsid=2} 409600',
      'node_nvme_namespace_info{ana_state=optimized,device=nvme0,nsid=2} 1',
      'node_nvme_namespace_logical_block_size_bytes{device=nvme0,nsid=2} 4096',
      'node_nvme_namespace_size_bytes{device=nvme0,nsid=2} 409600',
      'node_nvme_namespace_used_bytes{device=nvme0,nsid=2} 40960',
    ],
  ],
  [nvme, 'is no data without a drive', {}, ['error: there is no NVMe drive']],
  [
    powersupplyclass,
    'in volts, watts and degrees',
    inFolder('sys/class/power_supply/BAT0', {
      capacity: '98',
      cycle_count: '12',
      voltage_now: '12229000',
      temp: '305',
      status: 'Discharging',
      manufacturer: 'LGC',
      uevent: 'X=1',
    }),
    [
      'node_power_supply_capacity{power_supply=BAT0} 98',
      'node_power_supply_cyclecount{power_supply=BAT0} 12',
      'node_power_supply_info{manufacturer=LGC,power_supply=BAT0,status=Discharging} 1',
      'node_power_supply_temp_celsius{power_supply=BAT0} 30.5',
      'node_power_supply_voltage_volt{power_supply=BAT0} 12.229',
    ],
  ],
  [
    rapl,
    'zones with and without a number in their names',
    {
      ...inFolder('sys/class/powercap/a:0', { name: 'package-1', energy_uj: '2500000' }),
      ...inFolder('sys/class/powercap/a:1', { name: 'dram', energy_uj: '1000000' }),
      ...inFolder('sys/class/powercap/a:2', { name: 'dram', energy_uj: '3000000' }),
      ...inFolder('sys/class/powercap/a', { enabled: '1' }),
    },
    [
      'node_rapl_dram_joules_total{index=0,path=/sys/class/powercap/a:1} 1',
      'node_rapl_dram_joules_total{index=1,path=/sys/class/powercap/a:2} 3',
      'node_rapl_package_joules_total{index=1,path=/sys/class/powercap/a:0} 2.5',
    ],
  ],
  [rapl, 'is no data without powercap', {}, ['error: powercap cannot be read']],
  [
    selinux,
    'says what is configured and what holds now',
    {
      'sys/fs/selinux/enforce': '1',
      'root/etc/selinux/config': '# x\nSELINUX=permissive\nSELINUXTYPE=targeted\n',
    },
    ['node_selinux_config_mode 0', 'node_selinux_current_mode 1', 'node_selinux_enabled 1'],
  ],
  [selinux, 'says that it is off', {}, ['node_selinux_enabled 0']],
  [
    tapestats,
    'once a drive',
    {
      ...inFolder('sys/class/scsi_tape/st0/stats', { in_flight: '1', read_ns: '3500000000' }),
      ...inFolder('sys/class/scsi_tape/nst0/stats', { in_flight: '1' }),
    },
    ['node_tape_io_now{device=st0} 1', 'node_tape_read_time_seconds_total{device=st0} 3.5'],
  ],
  [
    thermalZone,
    'leaves out a zone without a temperature',
    {
      ...inFolder('sys/class/thermal/thermal_zone0', { temp: '49925', type: 'cpu-thermal' }),
      ...inFolder('sys/class/thermal/thermal_zone1', { type: 'off' }),
      ...inFolder('sys/class/thermal/cooling_device0', {
        cur_state: '-1',
        max_state: '50',
        type: 'intel_powerclamp',
      }),
    },
    [
      'node_cooling_device_cur_state{name=0,type=intel_powerclamp} -1',
      'node_cooling_device_max_state{name=0,type=intel_powerclamp} 50',
      'node_thermal_zone_temp{type=cpu-thermal,zone=0} 49.925',
    ],
  ],
  [
    watchdog,
    'has what the driver tells',
    inFolder('sys/class/watchdog/watchdog0', { timeout: '60', state: 'active', identity: 'Dog' }),
    [
      'node_watchdog_info{identity=Dog,name=watchdog0,options=,pretimeout_governor=,state=active,status=} 1',
      'node_watchdog_timeout_seconds{name=watchdog0} 60',
    ],
  ],
]

describe('a collector of sysfs', () => {
  for (const [kind, what, files, lines] of CASES) {
    it(`${kind.name}: ${what}`, async () => {
      host.write(files)
      expect(await host.start(kind)()).toEqual(lines)
    })
  }
})

describe('options', () => {
  it('name the zone of energy in a label', async () => {
    host.write(inFolder('sys/class/powercap/a:0', { name: 'package-0', energy_uj: '1000000' }))
    const flags = new Map([['collector.rapl.enable-zone-label', true]])
    expect(await host.start(rapl, flags)()).toEqual([
      'node_rapl_joules_total{index=0,path=/sys/class/powercap/a:0,rapl_zone=package} 1',
    ])
  })

  it('leave out devices and speeds', async () => {
    host.write({
      ...inFolder('sys/class/net/eth0', { speed: '-1' }),
      ...inFolder('sys/class/net/veth0', { speed: '10000' }),
    })
    const flags = new Map<string, string | boolean>([
      ['collector.netclass.ignored-devices', '^veth'],
      ['collector.netclass.ignore-invalid-speed', true],
    ])
    const lines = await host.start(netclass, flags)()
    expect(lines.map((line) => line.split('{')[0])).toEqual([
      'node_network_info',
      'node_network_up',
    ])
  })

  it('of network devices are read again for another device of the same name', async () => {
    host.write(inFolder('sys/class/net/veth0', { ifindex: '7', type: '1', mtu: '1500' }))
    const collect = host.start(netclass)
    expect(await collect()).toContain('node_network_protocol_type{device=veth0} 1')
    host.write(inFolder('sys/class/net/veth0', { type: '772', mtu: '1400' }))
    const lines = await collect()
    expect(lines).toContain('node_network_protocol_type{device=veth0} 1')
    expect(lines).toContain('node_network_mtu_bytes{device=veth0} 1400')
    host.write(inFolder('sys/class/net/veth0', { ifindex: '8' }))
    expect(await collect()).toContain('node_network_protocol_type{device=veth0} 772')
  })

  it('leave out power supplies', async () => {
    host.write(inFolder('sys/class/power_supply/BAT0', { capacity: '98' }))
    const flags = new Map([['collector.powersupply.ignored-supplies', '^BAT']])
    expect(await host.start(powersupplyclass, flags)()).toEqual([])
  })
})

describe('the energy of the CPU', () => {
  it.skipIf(process.getuid?.() === 0)('is no data for those who may not read it', async () => {
    host.write(inFolder('sys/class/powercap/a:0', { name: 'package-0', energy_uj: '1' }))
    chmodSync(`${host.root}/sys/class/powercap/a:0/energy_uj`, 0)
    expect(await host.start(rapl)()).toEqual(['error: powercap cannot be read'])
  })
})
