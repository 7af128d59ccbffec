import path from 'node:path'
import { readPrometheusConfig, type PrometheusConfig } from './collect/config/prometheus-config.ts'
import type { ScrapeConfig } from './collect/config/scrape-config.ts'
import type { VedetteConfig } from './config.ts'
import { isLoopbackHost } from './http/authenticate-network.ts'
import { FaultList } from './yaml/fault.ts'
import { parseYaml } from './yaml/parse.ts'

/** What the jobs and queues of an agent are given of its 120 MB; a server has more. */
const BUDGET_BYTES = 128 * 1024 * 1024
/** The job of an agent's own metrics, and its address: nothing can listen on port 0, so it means this process. */
const OWN_JOB = 'vedette-agent'
const OWN_ADDRESS = 'localhost:0'

/** What a server would do by this configuration, as an agent does it: it watches itself under another name, in less memory. */
export function toAgentConfig(config: VedetteConfig, hostname: string): VedetteConfig {
  const isDefault = config.files.length === 0
  return {
    ...config,
    memoryBudgetBytes: BUDGET_BYTES,
    prometheus: withOwnJob(config.prometheus, hostname, isDefault),
  }
}

function withOwnJob(
  config: PrometheusConfig,
  hostname: string,
  isDefault: boolean,
): PrometheusConfig {
  // By default a server watches itself in a job of this name.
  const jobs = config.scrapeConfigs.filter(
    ({ jobName }) => !(isDefault && jobName === 'prometheus'),
  )
  if (jobs.some(({ jobName }) => jobName === OWN_JOB)) return { ...config, scrapeConfigs: jobs }
  const { intervalMs, timeoutMs } = config.global
  return { ...config, scrapeConfigs: [...jobs, { ...ownJob(hostname), intervalMs, timeoutMs }] }
}

function ownJob(hostname: string): ScrapeConfig {
  const faults = new FaultList()
  const labels = JSON.stringify({ instance: hostname })
  const text = `scrape_configs: [{job_name: ${OWN_JOB}, static_configs: [{targets: ['${OWN_ADDRESS}'], labels: ${labels}}]}]`
  const node = parseYaml(text, { faults, file: 'built-in defaults' })
  const folder = path.resolve('.')
  const [job] =
    node === undefined ? [] : readPrometheusConfig(node, { faults, env: {}, folder }).scrapeConfigs
  if (job === undefined) throw new Error('the job of an agent is not YAML')
  return job
}

/** `localhost:9100` is another one on each host: the name of the host stands for it. Other addresses stay. */
export function nameInstance(hostname: string): (address: string) => string {
  return (address) => {
    const [, host = '', port = ''] = /^\[?(.*?)\]?(:[0-9]+)?$/.exec(address) ?? []
    return isLoopbackHost(host) ? `${hostname}${port}` : address
  }
}
