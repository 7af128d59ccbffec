import { formatDurationMs } from '../../model/duration.ts'
import { printHttp } from '../../outbound/print-http-client.ts'
import { pick } from '../../yaml/plain.ts'
import type { PlainValue } from '../../yaml/section.ts'
import type { DiscoveryConfigs } from './discovery.ts'

/** The `…_configs` of discoveries. */
export function printDiscovery(discovery: DiscoveryConfigs): Record<string, PlainValue> {
  const out: Record<string, PlainValue[]> = {}
  for (const { key, settings, http } of discovery.others) {
    const list = (out[key] ??= [])
    list.push({ ...(http ? printHttp(http) : {}), ...settings })
  }
  return {
    static_configs: discovery.static.map((group) => ({
      targets: group.targets,
      ...pick({ labels: group.labels }),
    })),
    file_sd_configs: discovery.file.map((item) => ({
      files: item.files,
      refresh_interval: formatDurationMs(item.refreshIntervalMs),
    })),
    ...out,
  }
}
