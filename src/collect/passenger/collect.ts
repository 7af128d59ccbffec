import type { MetricFamily } from '../../model/metric-family.ts'
import { messageOf } from '../../model/problem.ts'
import type { PassengerSettings } from './passenger-section.ts'
import { ProcessSlots } from './process-slots.ts'
import { readStatus } from './read-status.ts'
import { runStatus, SeveralInstances } from './run-status.ts'
import { statusFamilies, type InstanceStatus } from './status-families.ts'

/** The status of Passenger on this host. */
export interface PassengerCollector {
  /** Never rejects but when the signal is aborted: what could not be read is told by `passenger_up` and `passenger_scrape_errors_total`. */
  collect(signal: AbortSignal): Promise<MetricFamily[]>
}

/** Makes a collector; `onFault` is told of a fault when it begins or changes, and of its end with an empty reason. */
export function createPassengerCollector(
  settings: () => PassengerSettings,
  onFault: (reason: string) => void,
): PassengerCollector {
  const slots = new ProcessSlots()
  let errors = 0
  let lastFault = ''
  return {
    async collect(signal) {
      const { instances, faults } = await askAll(settings(), signal)
      signal.throwIfAborted()
      errors += faults.length
      const fault = faults.join('; ')
      if (fault !== lastFault) onFault(fault)
      lastFault = fault
      return [
        gauge('passenger_up', 'Whether Passenger could be asked.', faults.length === 0 ? 1 : 0),
        {
          ...gauge('passenger_scrape_errors_total', 'Times it could not be asked.', errors),
          type: 'counter',
        },
        // Exporters count in KiB; rules tell from this which of them they have before them.
        gauge('passenger_memory_unit_bytes', 'Bytes that a unit of memory has here.', 1),
        ...statusFamilies(instances, slots),
      ]
    },
  }
}

interface Asked {
  readonly instances: readonly InstanceStatus[]
  readonly faults: readonly string[]
}

async function askAll(settings: PassengerSettings, signal: AbortSignal): Promise<Asked> {
  const { instances } = settings
  if (instances.length > 0) return askEach(settings, instances, signal)
  try {
    return { instances: [await ask(settings, '', signal)], faults: [] }
  } catch (thrown) {
    if (thrown instanceof SeveralInstances) return askEach(settings, thrown.instances, signal)
    return { instances: [], faults: [messageOf(thrown)] }
  }
}

async function askEach(
  settings: PassengerSettings,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Asked> {
  const answers = await Promise.allSettled(names.map((name) => ask(settings, name, signal)))
  return {
    instances: answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    faults: answers.flatMap((each, i) =>
      each.status === 'rejected' ? [`${names[i] ?? ''}: ${messageOf(each.reason)}`] : [],
    ),
  }
}

async function ask(
  { command }: PassengerSettings,
  instance: string,
  signal: AbortSignal,
): Promise<InstanceStatus> {
  return { instance, status: readStatus(await runStatus(command, instance, signal)) }
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: 'gauge', metrics: [{ labels: [], value }] }
}
