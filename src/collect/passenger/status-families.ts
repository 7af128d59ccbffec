import type { MetricFamily } from '../../model/metric-family.ts'
import type { ProcessSlots } from './process-slots.ts'
import type {
  PassengerGroup,
  PassengerProcess,
  PassengerStatus,
  PassengerSupergroup,
} from './read-status.ts'

/** An instance and what it said. */
export interface InstanceStatus {
  /** As `passenger-status` lists it; empty when it was not asked for by name. */
  readonly instance: string
  readonly status: PassengerStatus
}

/** A family and what it shows of a thing. */
type Row<Thing> = readonly [
  name: string,
  help: string,
  read: (thing: Thing) => number,
  type?: 'counter',
]

/** Names of Monitus first, then those of the exporters in Go. */
const OF_INSTANCES: readonly Row<PassengerStatus>[] = [
  ['passenger_process_count', 'Processes of all applications.', (one) => one.processCount],
  ['passenger_capacity_used', 'Processes in use.', (one) => one.capacityUsed],
  ['passenger_get_wait_list_size', 'Requests that wait for a process.', (one) => one.waiting],
  ['passenger_current_processes', 'Current number of processes.', (one) => one.processCount],
  ['passenger_max_processes', 'Configured maximum of processes.', (one) => one.maxProcesses],
  ['passenger_top_level_request_queue', 'Requests in the top-level queue.', (one) => one.waiting],
  ['passenger_app_count', 'Number of apps.', (one) => one.groupCount],
]

const OF_SUPERGROUPS: readonly Row<PassengerSupergroup>[] = [
  ['passenger_supergroup_capacity_used', 'Processes in use.', (one) => one.capacityUsed],
  ['passenger_supergroup_get_wait_list_size', 'Requests that wait.', (one) => one.waiting],
]

const OF_GROUPS: readonly Row<PassengerGroup>[] = [
  ['passenger_app_request_queue', 'Number of requests in the app queue.', (one) => one.waiting],
  ['passenger_app_procs_spawning', 'Number of processes spawning.', (one) => one.spawning],
]

const BY_PID: readonly Row<PassengerProcess>[] = [
  ['passenger_process_cpu', 'Per cent of a core.', (one) => one.cpu],
  ['passenger_process_memory', 'Resident memory in bytes.', (one) => one.rssBytes],
  ['passenger_process_sessions', 'Requests in work.', (one) => one.sessions],
  ['passenger_process_processed', 'Requests served.', (one) => one.processed, 'counter'],
]

const BY_SLOT: readonly Row<PassengerProcess>[] = [
  ['passenger_proc_memory', 'Memory that it does not share, in bytes.', (one) => one.realBytes],
  ['passenger_proc_start_time_seconds', 'When it was started.', (one) => one.startedMs / 1000],
  ['passenger_requests_processed_total', 'Requests served.', (one) => one.processed, 'counter'],
]

/** The names of all families with their help, for the table in the documentation. */
export const PASSENGER_FAMILIES: readonly (readonly [name: string, help: string])[] = [
  ['passenger_version', 'Version of Phusion Passenger.'],
  ...[...OF_INSTANCES, ...OF_SUPERGROUPS, ...OF_GROUPS, ...BY_PID, ...BY_SLOT].map(
    ([name, help]) => [name, help] as const,
  ),
]

/** A thing with the labels of its series. */
interface Labelled<Thing> {
  readonly labels: readonly string[]
  readonly thing: Thing
}

/**
 * Both families that are met in the field: those that count by instance and supergroup, with process ids, as Monitus writes them
 * (its memory is in KiB, here it is in bytes), and those of the exporters in Go, with numbers that processes inherit.
 */
export function statusFamilies(
  instances: readonly InstanceStatus[],
  slots: ProcessSlots,
): MetricFamily[] {
  const all = instances.map(({ instance, status }) => ({
    labels: instance === '' ? [] : ['instance', instance],
    thing: status,
  }))
  const supergroups = all.flatMap(({ labels, thing }) =>
    thing.supergroups.map((one) => ({ labels: [...labels, 'supergroup', one.name], thing: one })),
  )
  const groups = all.flatMap(({ labels, thing }) =>
    thing.supergroups.flatMap((one) =>
      one.groups.map((group) => ({ labels: [...labels, 'name', group.name], thing: group })),
    ),
  )
  const byPid = supergroups.flatMap(({ labels, thing }) =>
    thing.groups.flatMap(({ processes }) =>
      processes.map((one) => ({ labels: [...labels, 'pid', String(one.pid)], thing: one })),
    ),
  )
  const versions = all.map(({ labels, thing }) => ({
    labels: [...labels, 'version', thing.version],
    value: 1,
  }))
  const [name, help] = PASSENGER_FAMILIES[0] ?? ['', '']
  return [
    { name, help, type: 'gauge' as const, metrics: versions },
    ...OF_INSTANCES.map((row) => familyOf(row, all)),
    ...OF_SUPERGROUPS.map((row) => familyOf(row, supergroups)),
    ...OF_GROUPS.map((row) => familyOf(row, groups)),
    ...BY_PID.map((row) => familyOf(row, byPid)),
    ...BY_SLOT.map((row) => familyOf(row, inSlots(groups, slots))),
  ].filter(({ metrics }) => metrics.length > 0)
}

function inSlots(
  groups: readonly Labelled<PassengerGroup>[],
  slots: ProcessSlots,
): Labelled<PassengerProcess>[] {
  return groups.flatMap(({ labels, thing }) => {
    const numbers = slots.slotsOf(
      JSON.stringify(labels),
      thing.processes.map(({ pid }) => pid),
    )
    return thing.processes.map((one, i) => ({
      labels: [...labels, 'id', String(numbers[i] ?? 0)],
      thing: one,
    }))
  })
}

function familyOf<Thing>(
  [name, help, read, type]: Row<Thing>,
  things: readonly Labelled<Thing>[],
): MetricFamily {
  return {
    ...{ name, help },
    type: type ?? 'gauge',
    metrics: things.map(({ labels, thing }) => ({ labels, value: read(thing) })),
  }
}
