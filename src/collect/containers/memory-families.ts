import { families, limits, type ContainerFamily } from './family.ts'

const GAUGES = families('gauge', 'memory', [
  ['container_memory_cache', 'Number of bytes of page cache memory.', (r) => r.memoryCache],
  ['container_memory_rss', 'Size of RSS in bytes.', (r) => r.memoryRss],
  [
    'container_memory_kernel_usage',
    'Size of kernel memory allocated in bytes.',
    (r) => r.memoryKernel,
  ],
  ['container_memory_mapped_file', 'Size of memory mapped files in bytes.', (r) => r.memoryMapped],
  ['container_memory_swap', 'Container swap usage in bytes.', (r) => r.memorySwap],
  [
    'container_memory_usage_bytes',
    'Current memory usage in bytes, including all memory regardless of when it was accessed',
    (r) => r.memoryUsage,
  ],
  [
    'container_memory_max_usage_bytes',
    'Maximum memory usage recorded in bytes',
    (r) => r.memoryMax,
  ],
  ['container_memory_working_set_bytes', 'Current working set in bytes.', (r) => r.workingSet],
  [
    'container_memory_total_active_file_bytes',
    'Current total active file in bytes.',
    (r) => r.activeFile,
  ],
  [
    'container_memory_total_inactive_file_bytes',
    'Current total inactive file in bytes.',
    (r) => r.inactiveFile,
  ],
  [
    'container_memory_file_dirty_bytes',
    'Number of bytes of file cache that has been modified but not yet written back to disk.',
    (r) => r.fileDirty,
  ],
  [
    'container_memory_file_writeback_bytes',
    'Number of bytes of file cache that is currently being written back to disk.',
    (r) => r.fileWriteback,
  ],
])

const COUNTERS = families('counter', 'memory', [
  ['container_memory_failcnt', 'Number of memory usage hits limits', (r) => r.memoryFailures],
  [
    'container_memory_events_high_total',
    'Cumulative count of memory.high throttle events for the container',
    (r) => r.eventsHigh,
  ],
  [
    'container_memory_events_max_total',
    'Cumulative count of memory.max limit hit events for the container',
    (r) => r.eventsMax,
  ],
  [
    'container_memory_pgscan_total',
    'Cumulative number of pages scanned by the page reclaim algorithm.',
    (r) => r.pagesScanned,
  ],
  [
    'container_memory_pgsteal_total',
    'Cumulative number of pages reclaimed by the page reclaim algorithm.',
    (r) => r.pagesStolen,
  ],
  [
    'container_memory_workingset_refault_file_total',
    'Cumulative number of refaults of previously evicted file pages.',
    (r) => r.refaultsFile,
  ],
  [
    'container_memory_workingset_refault_anon_total',
    'Cumulative number of refaults of previously evicted anonymous pages.',
    (r) => r.refaultsAnon,
  ],
])

const FAULTS: ContainerFamily = {
  name: 'container_memory_failures_total',
  help: 'Cumulative count of memory allocation failures.',
  type: 'counter',
  group: 'memory',
  // As in cAdvisor, both scopes have the same number: what is below a group counts for it.
  write: ({ reading }, line) => {
    for (const scope of ['container', 'hierarchy']) {
      line(reading.pageFaults, `failure_type="pgfault",scope="${scope}"`)
      line(reading.majorPageFaults, `failure_type="pgmajfault",scope="${scope}"`)
    }
  },
}

const SPEC = limits('memory', [
  ['container_spec_memory_limit_bytes', 'Memory limit for the container.', (l) => l.memory],
  [
    'container_spec_memory_swap_limit_bytes',
    'Memory swap limit for the container.',
    (l) => l.memorySwap,
  ],
  [
    'container_spec_memory_reservation_limit_bytes',
    'Memory reservation limit for the container.',
    (l) => l.memoryReservation,
  ],
])

const OOM = families('counter', 'oom_event', [
  [
    'container_oom_events_total',
    'Count of out of memory events observed for the container',
    (r) => r.oomKills,
  ],
])

export const MEMORY_FAMILIES: readonly ContainerFamily[] = [
  ...GAUGES,
  ...COUNTERS,
  FAULTS,
  ...SPEC,
  ...OOM,
]
