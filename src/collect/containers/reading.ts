/** A device as the labels of a page write it. */
export interface DeviceLabels {
  /** `device="…"`; empty where it has no name. */
  readonly named: string
  /** The same with major and minor. */
  readonly numbered: string
}

/** What a group did to one block device. A number that its hierarchy does not count is NaN. */
export interface DeviceRow {
  readonly labels: DeviceLabels
  readBytes: number
  writeBytes: number
  reads: number
  writes: number
}

/** One network interface of the namespace of a group. */
export interface InterfaceRow {
  readonly labels: string
  /** Bytes, packets, errors and drops received, then the same sent. */
  readonly counts: Float64Array
}

/** A file system, of the machine or of the writable layer of a container. */
export interface FilesystemRow {
  readonly labels: string
  readonly limitBytes: number
  readonly usageBytes: number
  readonly inodes: number
  readonly inodesFree: number
  /** The counters of /proc/diskstats from `reads completed` on; undefined where they are not of this group alone. */
  readonly disk?: readonly number[]
}

const absent = Number.NaN

/** Everything that is read of one control group in one scrape. NaN is a value that is not there. */
export class Reading {
  cpuUserSeconds = absent
  cpuSystemSeconds = absent
  cpuSeconds = absent
  /** Of each processor, where the kernel tells. */
  cpuSecondsEach: readonly number[] = []
  periods = absent
  throttledPeriods = absent
  throttledSeconds = absent
  burstPeriods = absent
  burstSeconds = absent

  memoryUsage = absent
  memoryMax = absent
  memoryCache = absent
  memoryRss = absent
  memorySwap = absent
  memoryMapped = absent
  memoryKernel = absent
  memoryFailures = absent
  activeFile = absent
  inactiveFile = absent
  pageFaults = absent
  majorPageFaults = absent
  eventsHigh = absent
  eventsMax = absent
  fileDirty = absent
  fileWriteback = absent
  pagesScanned = absent
  pagesStolen = absent
  refaultsFile = absent
  refaultsAnon = absent
  oomKills = absent

  cpuWaitingMicros = absent
  cpuStalledMicros = absent
  memoryWaitingMicros = absent
  memoryStalledMicros = absent
  ioWaitingMicros = absent
  ioStalledMicros = absent

  threads = absent
  processes = absent
  fileDescriptors = absent
  sockets = absent
  openFilesLimit = absent
  /** Tasks that sleep, run, are stopped, wait uninterruptibly, wait for input or output. */
  tasks: readonly number[] = []

  readonly devices = new Map<string, DeviceRow>()
  interfaces: readonly InterfaceRow[] = []
  filesystems: readonly FilesystemRow[] = []

  /** Memory in use without what the kernel can drop at once, as kubelet and cAdvisor count it. */
  get workingSet(): number {
    const inactive = Number.isNaN(this.inactiveFile) ? 0 : this.inactiveFile
    return Math.max(0, this.memoryUsage - inactive)
  }
}

/** The bounds of a group, read now and then: they change when somebody changes them. */
export class Limits {
  cpuPeriod = absent
  /** Microseconds a period; NaN is no bound. */
  cpuQuota = absent
  cpuShares = absent
  /** 0 is no bound. */
  memory = absent
  memorySwap = absent
  memoryReservation = absent
  /** 0 is no bound. */
  threads = absent
}
