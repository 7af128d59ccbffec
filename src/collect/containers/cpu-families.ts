import { families, limits, type ContainerFamily } from './family.ts'

const CPU_TIME = families('counter', 'cpu', [
  [
    'container_cpu_user_seconds_total',
    'Cumulative user cpu time consumed in seconds.',
    (r) => r.cpuUserSeconds,
  ],
  [
    'container_cpu_system_seconds_total',
    'Cumulative system cpu time consumed in seconds.',
    (r) => r.cpuSystemSeconds,
  ],
])

const CPU_USAGE: ContainerFamily = {
  name: 'container_cpu_usage_seconds_total',
  help: 'Cumulative cpu time consumed in seconds.',
  type: 'counter',
  group: 'cpu',
  write: ({ reading }, line) => {
    const each = reading.cpuSecondsEach
    if (each.length === 0) line(reading.cpuSeconds, 'cpu="total"')
    for (let i = 0; i < each.length; i++) {
      const value = each[i]
      if (value !== 0) line(value, `cpu="cpu${String(i).padStart(2, '0')}"`)
    }
  },
}

/** The kernel counts periods for a group with a quota only; as in cAdvisor, others have none of these. */
const THROTTLING = families('counter', 'cpu', [
  [
    'container_cpu_cfs_periods_total',
    'Number of elapsed enforcement period intervals.',
    (r) => r.periods,
  ],
  [
    'container_cpu_cfs_throttled_periods_total',
    'Number of throttled period intervals.',
    (r) => r.throttledPeriods,
  ],
  [
    'container_cpu_cfs_throttled_seconds_total',
    'Total time duration the container has been throttled.',
    (r) => r.throttledSeconds,
  ],
  [
    'container_cpu_cfs_burst_periods_total',
    'Number of periods when burst occurs.',
    (r) => r.burstPeriods,
  ],
  [
    'container_cpu_cfs_burst_seconds_total',
    'Total time duration the container has been bursted.',
    (r) => r.burstSeconds,
  ],
]).map((family): ContainerFamily => ({
  name: family.name,
  help: family.help,
  type: family.type,
  group: family.group,
  write: (measured, line) => {
    if (measured.limits.cpuQuota > 0) family.write(measured, line)
  },
}))

const SPEC = limits('cpu', [
  ['container_spec_cpu_period', 'CPU period of the container.', (l) => l.cpuPeriod],
  ['container_spec_cpu_quota', 'CPU quota of the container.', (l) => l.cpuQuota],
  ['container_spec_cpu_shares', 'CPU share of the container.', (l) => l.cpuShares],
])

export const CPU_FAMILIES: readonly ContainerFamily[] = [
  ...CPU_TIME,
  CPU_USAGE,
  ...THROTTLING,
  ...SPEC,
]

export const PRESSURE_FAMILIES = families('counter', 'pressure', [
  [
    'container_pressure_cpu_stalled_seconds_total',
    'Total time duration no tasks in the container could make progress due to CPU congestion.',
    (r) => r.cpuStalledMicros / 1e6,
  ],
  [
    'container_pressure_cpu_waiting_seconds_total',
    'Total time duration tasks in the container have waited due to CPU congestion.',
    (r) => r.cpuWaitingMicros / 1e6,
  ],
  [
    'container_pressure_memory_stalled_seconds_total',
    'Total time duration no tasks in the container could make progress due to memory congestion.',
    (r) => r.memoryStalledMicros / 1e6,
  ],
  [
    'container_pressure_memory_waiting_seconds_total',
    'Total time duration tasks in the container have waited due to memory congestion.',
    (r) => r.memoryWaitingMicros / 1e6,
  ],
  [
    'container_pressure_io_stalled_seconds_total',
    'Total time duration no tasks in the container could make progress due to IO congestion.',
    (r) => r.ioStalledMicros / 1e6,
  ],
  [
    'container_pressure_io_waiting_seconds_total',
    'Total time duration tasks in the container have waited due to IO congestion.',
    (r) => r.ioWaitingMicros / 1e6,
  ],
])
