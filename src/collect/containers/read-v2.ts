import { count, deviceRow, type DeviceNames } from './devices.ts'
import { eachKeyValue, lineEnd, readNumber, valueOf } from './key-values.ts'
import { GroupGone, type GroupFiles } from './kernel-files.ts'
import type { MetricGroups } from './metric-groups.ts'
import type { Limits, Reading } from './reading.ts'
import { readPressure } from './read-pressure.ts'

export interface ReadOptions {
  readonly groups: MetricGroups
  readonly deviceNames: DeviceNames
}

/**
 * Fills a reading from a group of the unified hierarchy, by the kernel's Documentation/admin-guide/cgroup-v2.rst. Throws
 * `GroupGone` when it ended meanwhile.
 */
export function readV2(files: GroupFiles, reading: Reading, options: ReadOptions): void {
  const { groups } = options
  if (groups.has('cpu') || groups.has('percpu')) readCpu(files, reading)
  if (groups.has('memory')) readMemory(files, reading)
  if (groups.has('memory') || groups.has('oom_event')) readEvents(files, reading)
  if (groups.has('diskIO')) readDevices(files, reading, options.deviceNames)
  if (groups.has('pressure')) {
    readPressure(reading, files.read('cpu.pressure'), 'cpuWaitingMicros', 'cpuStalledMicros')
    const memory = files.read('memory.pressure')
    readPressure(reading, memory, 'memoryWaitingMicros', 'memoryStalledMicros')
    readPressure(reading, files.read('io.pressure'), 'ioWaitingMicros', 'ioStalledMicros')
  }
  if (groups.has('process')) reading.threads = readNumber(files.read('pids.current'))
}

/** The bounds of a group of the unified hierarchy, in the terms of the old one as cAdvisor gives them. */
export function readLimitsV2(files: GroupFiles, limits: Limits): void {
  const weight = readNumber(files.read('cpu.weight'))
  limits.cpuShares =
    weight >= 1 && weight <= 10_000 ? 2 + Math.floor(((weight - 1) * 262_142) / 9999) : 0
  const [quota = '', period = ''] = files.read('cpu.max')?.split(' ') ?? []
  limits.cpuQuota = quota === 'max' ? Number.NaN : readNumber(quota)
  limits.cpuPeriod = period === '' ? 0 : readNumber(period)
  limits.memory = orUnlimited(readNumber(files.read('memory.max')))
  const isMemory = !Number.isNaN(limits.memory)
  const swap = orUnlimited(readNumber(files.read('memory.swap.max')))
  limits.memorySwap = isMemory && Number.isNaN(swap) ? 0 : swap
  limits.memoryReservation = orUnlimited(readNumber(files.read('memory.min')))
  limits.threads = orUnlimited(readNumber(files.read('pids.max')))
}

/** cAdvisor writes 0 for what is not bounded. */
export function orUnlimited(value: number): number {
  return value > 2 ** 62 ? 0 : value
}

function readCpu(files: GroupFiles, reading: Reading): void {
  const text = files.read('cpu.stat')
  // Every group has this file as long as it exists.
  if (text === undefined) throw new GroupGone(files.folder)
  eachKeyValue(text, (key, value) => {
    switch (key) {
      case 'usage_usec':
        reading.cpuSeconds = value / 1e6
        break
      case 'user_usec':
        reading.cpuUserSeconds = value / 1e6
        break
      case 'system_usec':
        reading.cpuSystemSeconds = value / 1e6
        break
      case 'nr_periods':
        reading.periods = value
        break
      case 'nr_throttled':
        reading.throttledPeriods = value
        break
      case 'throttled_usec':
        reading.throttledSeconds = value / 1e6
        break
      case 'nr_bursts':
        reading.burstPeriods = value
        break
      case 'burst_usec':
        reading.burstSeconds = value / 1e6
        break
      default:
    }
  })
}

function readMemory(files: GroupFiles, reading: Reading): void {
  reading.memoryUsage = readNumber(files.read('memory.current'))
  reading.memoryMax = readNumber(files.read('memory.peak'))
  reading.memorySwap = readNumber(files.read('memory.swap.current'))
  eachKeyValue(files.read('memory.stat'), (key, value) => {
    switch (key) {
      case 'anon':
        reading.memoryRss = value
        break
      case 'file':
        reading.memoryCache = value
        break
      case 'kernel':
        reading.memoryKernel = value
        break
      case 'file_mapped':
        reading.memoryMapped = value
        break
      case 'file_dirty':
        reading.fileDirty = value
        break
      case 'file_writeback':
        reading.fileWriteback = value
        break
      case 'inactive_file':
        reading.inactiveFile = value
        break
      case 'active_file':
        reading.activeFile = value
        break
      case 'pgfault':
        reading.pageFaults = value
        break
      case 'pgmajfault':
        reading.majorPageFaults = value
        break
      case 'pgscan':
        reading.pagesScanned = value
        break
      case 'pgsteal':
        reading.pagesStolen = value
        break
      case 'workingset_refault_anon':
        reading.refaultsAnon = value
        break
      case 'workingset_refault_file':
        reading.refaultsFile = value
        break
      default:
    }
  })
}

function readEvents(files: GroupFiles, reading: Reading): void {
  eachKeyValue(files.read('memory.events'), (key, value) => {
    if (key === 'high') reading.eventsHigh = value
    else if (key === 'oom_kill') reading.oomKills = value
    else if (key === 'max') {
      reading.eventsMax = value
      // The old hierarchy's failcnt: times that the bound was reached.
      reading.memoryFailures = value
    }
  })
}

function readDevices(files: GroupFiles, reading: Reading, names: DeviceNames): void {
  const text = files.read('io.stat')
  if (text === undefined) return
  for (let at = 0; at < text.length;) {
    const end = lineEnd(text, at)
    const space = text.indexOf(' ', at)
    if (space > at && space < end) {
      const row = deviceRow(reading, text.slice(at, space), names)
      if (row !== undefined) {
        count(row, 'readBytes', valueOf(text, ' rbytes=', space, end))
        count(row, 'writeBytes', valueOf(text, ' wbytes=', space, end))
        count(row, 'reads', valueOf(text, ' rios=', space, end))
        count(row, 'writes', valueOf(text, ' wios=', space, end))
      }
    }
    at = end + 1
  }
}
