import { buildAliases } from '../../collect/aliases.ts'
import type { PrometheusConfig } from '../../collect/config/prometheus-config.ts'
import type { Draft } from './draft.ts'
import { findOriginal } from './originals.ts'
import type { ComposeService } from './compose-service.ts'
import type { ComposeFile } from './read-compose.ts'

/**
 * Targets of the prometheus.yml that are services which go on in compose: their names mean nothing on the host, so a published
 * port is where they are reached. What is not published is told, and what is a service of another file; `place` is the prometheus.yml.
 */
export function takeTargets(
  draft: Draft,
  file: ComposeFile,
  prometheus: PrometheusConfig,
  place: string,
): void {
  const staying = file.services.filter(({ image, name }) => findOriginal(image, name) === undefined)
  const told = new Set<string>()
  for (const { jobName, discovery, scheme } of prometheus.scrapeConfigs) {
    for (const address of discovery.static.flatMap(({ targets }) => targets)) {
      const [, host = '', written] = /^([\w.-]+?)(?::(\d+))?$/.exec(address) ?? []
      if (told.has(address)) continue
      told.add(address)
      const service = staying.find(({ hostNames }) => hostNames.includes(host))
      if (service === undefined) {
        if (isForeign(host, file.services, address)) tellForeign(draft, place, { address, jobName })
        continue
      }
      const port = Number(written ?? (scheme === 'https' ? 443 : 80))
      tellTarget(draft, service, { host, port, jobName })
    }
  }
}

/** A name without a dot that no service of these files has, and that no part here answers to: another compose file has it. */
function isForeign(host: string, services: readonly ComposeService[], address: string): boolean {
  if (host === '' || host === 'localhost' || host.includes('.')) return false
  if (services.some(({ hostNames }) => hostNames.includes(host))) return false
  return buildAliases().find(address) === undefined
}

function tellForeign(
  draft: Draft,
  place: string,
  { address, jobName }: { readonly address: string; readonly jobName: string },
): void {
  draft.note(
    { name: 'prometheus', place },
    'to do',
    `the job ${jobName} scrapes ${address}, which is a service of another compose file: publish its port on 127.0.0.1, and add addresses: {${address}: 127.0.0.1:PORT}`,
  )
}

function tellTarget(
  draft: Draft,
  service: ComposeService,
  target: { readonly host: string; readonly port: number; readonly jobName: string },
): void {
  const address = `${target.host}:${target.port}`
  const published = service.ports.find(({ container }) => container === target.port)
  if (published === undefined) {
    const line = `'127.0.0.1:${target.port}:${target.port}'`
    draft.note(
      service,
      'to do',
      `the job ${target.jobName} scrapes ${address}, which is not published: add ${line} to its ports, and addresses: {${address}: 127.0.0.1:${target.port}}`,
    )
    return
  }
  const host =
    published.hostIp === '' || published.hostIp === '0.0.0.0' ? '127.0.0.1' : published.hostIp
  draft.set(['addresses', address], `${host}:${published.host}`)
  draft.note(
    { name: service.name, place: published.place },
    'changed',
    `the job ${target.jobName} scrapes ${address} at ${host}:${published.host}, with its labels as they were`,
  )
}
