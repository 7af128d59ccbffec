import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection } from '../families.ts'
import { isDigits, parseCount, splitFields, splitLines } from '../fields.ts'
import { listNumbered, readAttribute, readText, readTextIfPresent } from '../files.ts'
import { addCpuInfo, compileCpuInfo } from './cpu-info.ts'
import { countThrottles } from './cpu-throttles.ts'

const SECONDS = counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.')
const GUEST = counter(
  'node_cpu_guest_seconds_total',
  'Seconds the CPUs spent in guests (VMs) for each mode.',
)
const ISOLATED = gauge(
  'node_cpu_isolated',
  'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
)
const ONLINE = gauge('node_cpu_online', 'CPUs that are online and being scheduled.')

/** The columns of a `cpuN` line of /proc/stat (proc_stat(5)), in ticks of which a second has 100 (USER_HZ). */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal']
const COLUMNS = 10
const IDLE = 3
const GUEST_USER = 8
const GUEST_NICE = 9
const TICKS_PER_SECOND = 100

/** Idle time that goes back this far means that the CPU was taken out and put back: its counters start again. */
const JUMP_BACK_SECONDS = 3

/**
 * The highest value seen of each counter, by CPU. The kernel's idle and iowait times can go back a little, which would look
 * like a counter reset.
 */
type HighWater = Map<string, Float64Array>

function raise(seen: HighWater, id: string, fields: readonly string[], path: string): Float64Array {
  const now = new Float64Array(COLUMNS)
  for (let i = 0; i < COLUMNS; i++) {
    // Kernels before 2.6.33 have fewer columns.
    const field = fields[i + 1]
    if (field !== undefined) now[i] = parseCount(field, `${path}: cpu${id}`) / TICKS_PER_SECOND
  }
  const before = seen.get(id)
  if (before && (before[IDLE] as number) - (now[IDLE] as number) < JUMP_BACK_SECONDS) {
    for (let i = 0; i < COLUMNS; i++) {
      now[i] = Math.max(now[i] as number, before[i] as number)
    }
  }
  seen.set(id, now)
  return now
}

function addTimes(out: FamilyCollection, path: string, seen: HighWater, guest: boolean): void {
  const present = new Set<string>()
  for (const line of splitLines(readText(path))) {
    if (!line.startsWith('cpu')) break
    const fields = splitFields(line)
    const id = (fields[0] ?? '').slice('cpu'.length)
    if (!isDigits(id)) continue
    present.add(id)
    const seconds = raise(seen, id, fields, path)
    for (let i = 0; i < MODES.length; i++) {
      out.add(SECONDS, seconds[i] as number, ['cpu', id, 'mode', MODES[i] as string])
    }
    if (!guest) continue
    out.add(GUEST, seconds[GUEST_USER] as number, ['cpu', id, 'mode', 'user'])
    out.add(GUEST, seconds[GUEST_NICE] as number, ['cpu', id, 'mode', 'nice'])
  }
  for (const id of seen.keys()) if (!present.has(id)) seen.delete(id)
}

/** The CPUs of a list such as `1,3-5` (cpuset(7), list format). */
export function parseCpuList(text: string): number[] {
  const out: number[] = []
  for (const part of text.trim().split(',')) {
    if (part === '') continue
    const [from, to] = part.split('-')
    const first = parseCount(from, 'CPU list')
    const last = to === undefined ? first : parseCount(to, 'CPU list')
    for (let id = first; id <= Math.min(last, first + 65_535); id++) out.push(id)
  }
  return out
}

function addOnline(out: FamilyCollection, folder: string, cpus: readonly string[]): void {
  // Where CPUs cannot be taken out, the first has no such file, and nothing is reported.
  const first = cpus[0]
  if (first === undefined || readAttribute(`${folder}/${first}/online`) === undefined) return
  for (const name of cpus) {
    const online = readAttribute(`${folder}/${name}/online`) === '1'
    out.add(ONLINE, online ? 1 : 0, ['cpu', name.slice('cpu'.length)])
  }
}

export const cpu: CollectorKind = {
  name: 'cpu',
  enabledByDefault: true,
  create: ({ options }) => {
    const statPath = `${options.paths.procfs}/stat`
    const folder = `${options.paths.sysfs}/devices/system/cpu`
    const seen: HighWater = new Map()
    const info = compileCpuInfo(options)
    const addThrottles = countThrottles(folder)
    return (out) => {
      if (info) addCpuInfo(out, info)
      addTimes(out, statPath, seen, options.cpu.guest)
      for (const number of parseCpuList(readTextIfPresent(`${folder}/isolated`) ?? '')) {
        out.add(ISOLATED, 1, ['cpu', String(number)])
      }
      const cpus = listNumbered(folder, 'cpu')
      addThrottles(out, cpus)
      addOnline(out, folder, cpus)
    }
  },
}
