import type { CollectorKind } from './collector.ts'
import { cpu } from './collectors/cpu.ts'
import { diskstats } from './collectors/diskstats.ts'
import { filefd } from './collectors/filefd.ts'
import { filesystem } from './collectors/filesystem.ts'
import { loadavg } from './collectors/loadavg.ts'
import { meminfo } from './collectors/meminfo.ts'
import { netdev } from './collectors/netdev.ts'
import { netstat } from './collectors/netstat.ts'
import { os } from './collectors/os.ts'
import { pressure } from './collectors/pressure.ts'
import { sockstat } from './collectors/sockstat.ts'
import { stat } from './collectors/stat.ts'
import { time } from './collectors/time.ts'
import { timex } from './collectors/timex.ts'
import { uname } from './collectors/uname.ts'
import { vmstat } from './collectors/vmstat.ts'

/** Every collector there is, once, in the order in which they run. */
export const COLLECTORS: readonly CollectorKind[] = [
  cpu,
  diskstats,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  netstat,
  os,
  pressure,
  sockstat,
  stat,
  time,
  timex,
  uname,
  vmstat,
]

/** Collectors that node_exporter has on Linux and this program has not. */
export const NOT_AVAILABLE: readonly string[] = []
