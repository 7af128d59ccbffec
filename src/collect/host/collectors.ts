import type { CollectorKind } from './collector.ts'
import { arp } from './collectors/arp.ts'
import { bonding } from './collectors/bonding.ts'
import { btrfs } from './collectors/btrfs.ts'
import { conntrack } from './collectors/conntrack.ts'
import { cpu } from './collectors/cpu.ts'
import { cpufreq } from './collectors/cpufreq.ts'
import { diskstats } from './collectors/diskstats.ts'
import { dmi } from './collectors/dmi.ts'
import { edac } from './collectors/edac.ts'
import { entropy } from './collectors/entropy.ts'
import { filefd } from './collectors/filefd.ts'
import { filesystem } from './collectors/filesystem.ts'
import { hwmon } from './collectors/hwmon.ts'
import { interrupts } from './collectors/interrupts.ts'
import { kernelHung } from './collectors/kernel-hung.ts'
import { loadavg } from './collectors/loadavg.ts'
import { mdadm } from './collectors/mdadm.ts'
import { meminfo } from './collectors/meminfo.ts'
import { netclass } from './collectors/netclass.ts'
import { netdev } from './collectors/netdev.ts'
import { netstat } from './collectors/netstat.ts'
import { nvme } from './collectors/nvme.ts'
import { os } from './collectors/os.ts'
import { powersupplyclass } from './collectors/powersupplyclass.ts'
import { pressure } from './collectors/pressure.ts'
import { processes } from './collectors/processes.ts'
import { rapl } from './collectors/rapl.ts'
import { schedstat } from './collectors/schedstat.ts'
import { selinux } from './collectors/selinux.ts'
import { sockstat } from './collectors/sockstat.ts'
import { softirqs } from './collectors/softirqs.ts'
import { softnet } from './collectors/softnet.ts'
import { stat } from './collectors/stat.ts'
import { tapestats } from './collectors/tapestats.ts'
import { textfile } from './collectors/textfile.ts'
import { thermalZone } from './collectors/thermal-zone.ts'
import { time } from './collectors/time.ts'
import { timex } from './collectors/timex.ts'
import { udpQueues } from './collectors/udp-queues.ts'
import { uname } from './collectors/uname.ts'
import { vmstat } from './collectors/vmstat.ts'
import { watchdog } from './collectors/watchdog.ts'

/**
 * Every collector there is, once, in the order in which they start. Those that wait for devices come last, so that the time
 * they wait is not that of the others.
 */
export const COLLECTORS: readonly CollectorKind[] = [
  arp,
  bonding,
  btrfs,
  conntrack,
  cpu,
  diskstats,
  dmi,
  edac,
  entropy,
  filefd,
  interrupts,
  kernelHung,
  loadavg,
  mdadm,
  meminfo,
  netdev,
  netstat,
  nvme,
  os,
  pressure,
  processes,
  rapl,
  schedstat,
  selinux,
  sockstat,
  softirqs,
  softnet,
  stat,
  tapestats,
  time,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  cpufreq,
  filesystem,
  hwmon,
  netclass,
  powersupplyclass,
  textfile,
  thermalZone,
  timex,
]

/** Collectors that node_exporter has on Linux and this program has not. */
export const NOT_AVAILABLE: readonly string[] = [
  ...['bcache', 'bcachefs', 'buddyinfo', 'cgroups', 'cpu_vulnerabilities', 'dmmultipath'],
  ...['drbd', 'drm', 'ethtool', 'fibrechannel', 'infiniband', 'ipvs', 'ksmd', 'lnstat', 'logind'],
  ...['meminfo_numa', 'mountstats', 'network_route', 'nfs', 'nfsd', 'ntp', 'nvmesubsystem'],
  ...['pcidevice', 'perf', 'qdisc', 'runit', 'slabinfo', 'supervisord', 'swap', 'sysctl'],
  ...['systemd', 'tcpstat', 'wifi', 'xfrm', 'xfs', 'zfs', 'zoneinfo'],
]
