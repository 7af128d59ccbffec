import type { FaultList } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import type { GlobalConfig } from '../config/global.ts'
import { readScrapeConfig, type ScrapeConfig } from '../config/scrape-config.ts'
import type { ClusterReach } from '../kube-state/kubernetes-section.ts'
import type { JobText } from './monitor-settings.ts'

export interface ReadJobsOptions {
  /** The name that faults show. */
  readonly file: string
  readonly faults: FaultList
  /** What jobs that say nothing take over. */
  readonly global: GlobalConfig
  readonly reach: ClusterReach
}

/** Reads generated jobs as those of a prometheus.yml; their discovery asks the cluster that the section names. */
export function readJobs(jobs: readonly JobText[], options: ReadJobsOptions): ScrapeConfig[] {
  const { file, faults, global, reach } = options
  const list = parseYaml(JSON.stringify(jobs), { file, faults })?.asList() ?? []
  const context = { folder: '/', warnsUnsupported: true }
  return list.flatMap((node) => {
    const job = readScrapeConfig(node, global, context)
    if (job === undefined) return []
    const others = job.discovery.others.map((item) => withReach(item, reach))
    return [{ ...job, discovery: { ...job.discovery, others } }]
  })
}

/** An item that says itself where its API server is goes on as it is. */
function withReach(item: OtherDiscovery, reach: ClusterReach): OtherDiscovery {
  const { key, settings } = item
  const isOwn = settings['api_server'] !== undefined || settings['kubeconfig_file'] !== undefined
  if (key !== 'kubernetes_sd_configs' || isOwn) return item
  const { apiServer, kubeconfigFile, http } = reach
  return {
    ...item,
    http,
    settings: {
      ...settings,
      ...(apiServer === undefined ? {} : { api_server: apiServer }),
      ...(kubeconfigFile === undefined ? {} : { kubeconfig_file: kubeconfigFile }),
    },
  }
}
