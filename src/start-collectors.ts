import type { BuiltInPart } from './collect/aliases.ts'
import { createPassengerCollector } from './collect/passenger/collect.ts'
import type { PartSource } from './collect/scrape/alias-source.ts'
import type { CollectCore } from './core.ts'
import { encodeForAccept } from './formats/prometheus-text/negotiate.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { createContainers } from './start-containers.ts'
import { createStatePage } from './start-kubernetes.ts'
import { createPostgres } from './start-postgres.ts'
import { createProber } from './start-probes.ts'

/** The collectors of what is around this host, as pages that the scraper reads in the process. */
export function createCollectors(core: CollectCore): ReadonlyMap<BuiltInPart, PartSource> {
  const { log } = core
  const passenger = createPassengerCollector(
    () => core.config().collectors.passenger,
    (reason) => {
      if (reason === '') log.info('passenger answers again')
      else log.warn('passenger cannot be asked', { reason })
    },
  )
  const prober = createProber(core)
  const postgres = createPostgres(core)
  return new Map<BuiltInPart, PartSource>([
    [
      'blackbox',
      async (signal, params, waitMs) => {
        // Its page of metrics is asked for without them; what it tells of itself is what the process tells.
        if (!params.has('target') && !params.has('module'))
          return toPage(core.registry.families().filter(isOfProcess))
        return toPage((await prober.answer({ signal, params, waitMs })).families)
      },
    ],
    [
      'postgres',
      async (signal, _params, waitMs, accept) => toPage(await postgres(signal, waitMs), accept),
    ],
    ['passenger', async (signal) => toPage(await passenger.collect(signal))],
    ['cadvisor', createContainers(core)],
    ['kube-state', createStatePage(core)],
  ])
}

function isOfProcess({ name }: MetricFamily): boolean {
  return name.startsWith('process_')
}

const encoder = new TextEncoder()

/** Families as the page that an exporter would answer, in the format that who asks likes best: text when nobody says. */
export function toPage(
  families: readonly MetricFamily[],
  accept?: string,
): { bytes: Uint8Array; contentType: string } {
  const { body, contentType } = encodeForAccept(families, accept)
  return { bytes: encoder.encode(body), contentType }
}
