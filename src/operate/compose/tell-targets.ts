import type { PrometheusConfig } from '../../collect/config/prometheus-config.ts'
import type { Draft } from './draft.ts'
import { findOriginal } from './originals.ts'
import type { ComposeService } from './compose-service.ts'
import type { ComposeFile } from './read-compose.ts'

/**
 * Targets of the prometheus.yml that are services which go on in compose: their names mean nothing on the host, so a published
 * port is where they are reached. What is not published is told.
 */
export function takeTargets(draft: Draft, file: ComposeFile, prometheus: PrometheusConfig): void {
  const staying = file.services.filter(({ image, name }) => findOriginal(image, name) === undefined)
  const told = new Set<string>()
  for (const { jobName, discovery, scheme } of prometheus.scrapeConfigs) {
    for (const address of discovery.static.flatMap(({ targets }) => targets)) {
      const [, host = '', written] = /^([\w.-]+?)(?::(\d+))?$/.exec(address) ?? []
      const service = staying.find(({ hostNames }) => hostNames.includes(host))
      if (service === undefined || told.has(address)) continue
      told.add(address)
      const port = Number(written ?? (scheme === 'https' ? 443 : 80))
      tellTarget(draft, service, { host, port, jobName })
    }
  }
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
