import { gauge, type FamilyCollection } from '../families.ts'
import { splitFields, splitLines, toNumber } from '../fields.ts'
import { readText } from '../files.ts'
import { compileSearch } from '../name-filter.ts'
import type { HostOptions } from '../options.ts'

const INFO = gauge('node_cpu_info', 'CPU information from /proc/cpuinfo.')
const FREQUENCY = gauge('node_cpu_frequency_hertz', 'CPU frequency in hertz from /proc/cpuinfo.')
const FLAG = gauge(
  'node_cpu_flag_info',
  'The `flags` field of CPU information from /proc/cpuinfo taken from the first core.',
)
const BUG = gauge(
  'node_cpu_bug_info',
  'The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.',
)

/** What `--collector.cpu.info` and its filters ask for. */
export interface CpuInfoPlan {
  readonly path: string
  readonly withFrequency: boolean
  readonly flags: ((flag: string) => boolean) | undefined
  readonly bugs: ((bug: string) => boolean) | undefined
}

/** Undefined when cpuinfo is not asked for. */
export function compileCpuInfo(options: HostOptions): CpuInfoPlan | undefined {
  const { info, flagsInclude, bugsInclude } = options.cpu
  if (!info) return undefined
  const compile = (flag: string, pattern: string): ((name: string) => boolean) | undefined =>
    pattern === '' ? undefined : compileSearch(`collector.cpu.info.${flag}`, pattern)
  return {
    path: `${options.paths.procfs}/cpuinfo`,
    withFrequency: options.collectors.has('cpufreq'),
    flags: compile('flags-include', flagsInclude),
    bugs: compile('bugs-include', bugsInclude),
  }
}

/** One processor of /proc/cpuinfo, by the words in front of the colons. */
type Processor = ReadonlyMap<string, string>

/** x86 writes `flags` and `vendor_id`, ARM `Features`; a block begins with `processor`. */
export function parseCpuInfo(text: string): Processor[] {
  const processors: Map<string, string>[] = []
  let open: Map<string, string> | undefined
  for (const line of splitLines(text)) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const key = line.slice(0, colon).trim()
    if (key === 'processor') processors.push((open = new Map<string, string>()))
    open?.set(key, line.slice(colon + 1).trim())
  }
  return processors
}

export function addCpuInfo(out: FamilyCollection, plan: CpuInfoPlan): void {
  const processors = parseCpuInfo(readText(plan.path))
  for (const processor of processors) {
    const get = (key: string): string => processor.get(key) ?? ''
    const core = get('core id')
    const cpu = get('processor')
    const packageId = get('physical id')
    out.add(INFO, 1, [
      ...['cachesize', get('cache size'), 'core', core, 'cpu', cpu, 'family', get('cpu family')],
      ...['microcode', get('microcode'), 'model', get('model'), 'model_name', get('model name')],
      ...['package', packageId, 'stepping', get('stepping')],
      ...['vendor', get('vendor_id') || get('vendor')],
    ])
    const megahertz = toNumber(processor.get('cpu MHz'))
    if (plan.withFrequency && megahertz !== undefined) {
      out.add(FREQUENCY, megahertz * 1e6, ['core', core, 'cpu', cpu, 'package', packageId])
    }
  }
  const first = processors[0]
  for (const flag of splitFields(first?.get('flags') ?? first?.get('Features') ?? '')) {
    if (plan.flags?.(flag)) out.add(FLAG, 1, ['flag', flag])
  }
  for (const bug of splitFields(first?.get('bugs') ?? '')) {
    if (plan.bugs?.(bug)) out.add(BUG, 1, ['bug', bug])
  }
}
