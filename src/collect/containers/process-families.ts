import { families, limits, type ContainerFamily } from './family.ts'

const COUNTS = families('gauge', 'process', [
  ['container_processes', 'Number of processes running inside the container.', (r) => r.processes],
  [
    'container_file_descriptors',
    'Number of open file descriptors for the container.',
    (r) => r.fileDescriptors,
  ],
  ['container_sockets', 'Number of open sockets for the container.', (r) => r.sockets],
  ['container_threads', 'Number of threads running inside the container', (r) => r.threads],
])

const BOUNDS = limits('process', [
  [
    'container_threads_max',
    'Maximum number of threads allowed inside the container, infinity if value is zero',
    (l) => l.threads,
  ],
])

const ULIMITS: ContainerFamily = {
  name: 'container_ulimits_soft',
  help: 'Soft ulimit values for the container root process. Unlimited if -1, except priority and nice',
  type: 'gauge',
  group: 'process',
  write: ({ reading }, line) => line(reading.openFilesLimit, 'ulimit="max_open_files"'),
}

/** In the order of `Reading.tasks`. */
const STATES = ['sleeping', 'running', 'stopped', 'uninterruptible', 'iowaiting']

const TASKS: ContainerFamily = {
  name: 'container_tasks_state',
  help: 'Number of tasks in given state',
  type: 'gauge',
  group: 'cpuLoad',
  write: ({ reading }, line) => {
    for (let i = 0; i < reading.tasks.length; i++) line(reading.tasks[i], `state="${STATES[i]}"`)
  },
}

export const PROCESS_FAMILIES: readonly ContainerFamily[] = [...COUNTS, ...BOUNDS, ULIMITS, TASKS]
