import type { NamePatterns } from './name-filter.ts'

/** Where the kernel's file systems are mounted; in a container usually below `/host`. */
export interface HostPaths {
  readonly procfs: string
  readonly sysfs: string
  /** What is taken off the front of mount points, and put in front of paths such as `/etc/os-release`. */
  readonly rootfs: string
  readonly udevData: string
}

/** Everything that node_exporter's flags say, in one typed object. Patterns are RE2, not anchored; '' filters nothing. */
export interface HostOptions {
  /** The version that `node_exporter_build_info` tells. */
  readonly version: string
  readonly paths: HostPaths
  /** The names of the collectors that run. */
  readonly collectors: ReadonlySet<string>
  readonly arp: { readonly devices: NamePatterns }
  readonly cpu: {
    readonly guest: boolean
    readonly info: boolean
    readonly flagsInclude: string
    readonly bugsInclude: string
  }
  readonly diskstats: { readonly devices: NamePatterns }
  readonly filesystem: {
    readonly mountPoints: NamePatterns
    readonly fsTypes: NamePatterns
    /** How long a mount may take to answer before it is reported as dead. */
    readonly mountTimeoutMs: number
  }
  readonly hwmon: { readonly chips: NamePatterns; readonly sensors: NamePatterns }
  readonly interrupts: { readonly names: NamePatterns; readonly includeZeros: boolean }
  readonly netclass: { readonly ignoredDevices: string; readonly ignoreInvalidSpeed: boolean }
  readonly netdev: {
    readonly devices: NamePatterns
    readonly addressInfo: boolean
    readonly detailedMetrics: boolean
    readonly labelIfAlias: boolean
  }
  readonly netstat: { readonly fields: string }
  readonly powersupply: { readonly ignoredSupplies: string }
  readonly rapl: { readonly zoneLabel: boolean }
  readonly stat: { readonly softirq: boolean }
  readonly tapestats: { readonly ignoredDevices: string }
  /** Folders, or globs of folders, whose `*.prom` files are read. */
  readonly textfile: { readonly directories: readonly string[] }
  readonly vmstat: { readonly fields: string }
}
