import { release } from 'node:os'
import { readAttribute, readTextIfPresent } from '../host/files.ts'
import { VERSION } from '../../self/version.ts'
import { quoteLabel } from './quote-label.ts'

/** A family of the machine as a whole: name, help, value. */
export type MachineFamily = readonly [name: string, help: string, value: (of: Machine) => number]

/** What cAdvisor tells of the machine (lib/metrics/prometheus_machine.go), besides its topology. */
export const MACHINE_FAMILIES: readonly MachineFamily[] = [
  ['machine_cpu_physical_cores', 'Number of physical CPU cores.', (m) => m.physicalCores],
  ['machine_cpu_cores', 'Number of logical CPU cores.', (m) => m.cores],
  ['machine_cpu_sockets', 'Number of CPU sockets.', (m) => m.sockets],
  ['machine_memory_bytes', 'Amount of memory installed on the machine.', (m) => m.memoryBytes],
  ['machine_swap_bytes', 'Amount of swap memory available on the machine.', (m) => m.swapBytes],
]

export const VERSION_FAMILY = [
  'cadvisor_version_info',
  "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
] as const

export interface Machine {
  readonly cores: number
  readonly physicalCores: number
  readonly sockets: number
  readonly memoryBytes: number
  readonly swapBytes: number
  /** `boot_id`, `machine_id` and `system_uuid`, as a page writes them. */
  readonly labels: string
  /** Those of cadvisor_version_info. */
  readonly versionLabels: string
}

/** Reads what does not change while a machine runs, but for memory that is plugged in: callers keep it for a minute. */
export function readMachine(procRoot: string, rootfs: string): Machine {
  const cpu = readTextIfPresent(`${procRoot}/cpuinfo`) ?? ''
  const memory = readTextIfPresent(`${procRoot}/meminfo`) ?? ''
  const cores = countOf(cpu, /^processor\s*:/gm)
  const at = rootfs === '/' ? '' : rootfs
  const os = readTextIfPresent(`${at}/etc/os-release`) ?? ''
  return {
    cores,
    // As cAdvisor does it; in a virtual machine each socket may have a core 0.
    physicalCores: distinct(cpu, /^core id\s*:\s*(\d+)$/gm) || cores,
    sockets: distinct(cpu, /^physical id\s*:\s*(\d+)$/gm) || 1,
    memoryBytes: kibibytesOf(memory, 'MemTotal'),
    swapBytes: kibibytesOf(memory, 'SwapTotal'),
    labels: labelsOf([
      ['boot_id', readAttribute(`${procRoot}/sys/kernel/random/boot_id`)],
      ['machine_id', readAttribute(`${at}/etc/machine-id`)],
      ['system_uuid', readAttribute(`${at}/sys/class/dmi/id/product_uuid`)],
    ]),
    versionLabels: labelsOf([
      ['kernelVersion', readAttribute(`${procRoot}/sys/kernel/osrelease`) ?? release()],
      ['osVersion', /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(os)?.[1]],
      ['cadvisorVersion', `vedette ${VERSION}`],
    ]),
  }
}

/** A value of meminfo in bytes; NaN when it is not there. */
export function kibibytesOf(meminfo: string, name: string): number {
  const at = meminfo.startsWith(`${name}:`) ? 0 : meminfo.indexOf(`\n${name}:`)
  const found = at < 0 ? undefined : /:\s*(\d+) kB/.exec(meminfo.slice(at, at + 80))?.[1]
  return found === undefined ? Number.NaN : Number(found) * 1024
}

function countOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length
}

function distinct(text: string, pattern: RegExp): number {
  return new Set([...text.matchAll(pattern)].map((found) => found[1])).size
}

function labelsOf(pairs: readonly (readonly [string, string | undefined])[]): string {
  return pairs
    .flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [`${name}="${quoteLabel(value)}"`],
    )
    .join(',')
}
