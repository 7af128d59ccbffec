/** The groups of metrics that cAdvisor's `disable_metrics` and `enable_metrics` name and that are measured here. */
export const METRIC_GROUPS = [
  'cpu',
  'percpu',
  'cpuLoad',
  'memory',
  'disk',
  'diskIO',
  'network',
  'oom_event',
  'pressure',
  'process',
] as const

export type MetricGroup = (typeof METRIC_GROUPS)[number]

export type MetricGroups = ReadonlySet<MetricGroup>

/** Groups of cAdvisor that are not measured here; all but the last two are off there, too, unless asked for. */
export const FOREIGN_GROUPS: readonly string[] = [
  'tcp',
  'udp',
  'advtcp',
  'sched',
  'hugetlb',
  'referenced_memory',
  'cpu_topology',
  'resctrl',
  'cpuset',
  'memory_numa',
  'app',
  'perf_event',
]

/** Those need files of every process: they cost more than all others together, and cAdvisor has to be asked for them, too. */
export const DEFAULT_GROUPS: MetricGroups = new Set(
  METRIC_GROUPS.filter((group) => group !== 'process' && group !== 'cpuLoad'),
)

/** Every file of a process: `tasks_state` of cAdvisor is 0 unless a flag is given, so that nothing is missing without it. */
export function isMetricGroup(name: string): name is MetricGroup {
  const names: readonly string[] = METRIC_GROUPS
  return names.includes(name)
}
