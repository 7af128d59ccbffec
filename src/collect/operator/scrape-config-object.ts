import { objectsOf, textOf, type JsonObject } from '../discovery/json-value.ts'
import { convertObject } from './convert-keys.ts'
import { JOB_NAME_RULE, ownRules, set } from './monitor-relabels.ts'
import { refuseFiles, type JobText, type MonitorOptions } from './monitor-settings.ts'
import type { OperatorObject } from './operator-object.ts'

/** Keys that say nothing to the job itself. */
const NOT_OF_THE_JOB = new Set(['job_name', 'scrape_class', 'relabelings', 'metric_relabelings'])

/** The job of a ScrapeConfig, as prometheus-operator writes it (promcfg.go, generateScrapeConfig). */
export function scrapeConfigJobs(
  { namespace, name, spec }: OperatorObject,
  options: MonitorOptions,
): readonly JobText[] {
  const converted = convertObject(spec, options)
  if (options.deniesFiles) refuseFiles(converted)
  const settings = Object.fromEntries(
    Object.entries(converted)
      .filter(([key, value]) => !NOT_OF_THE_JOB.has(key) && value !== '')
      .map(([key, value]) => [key, key === 'kubernetes_sd_configs' ? withRoles(value) : value]),
  )
  const jobName = textOf(spec['jobName'])
  const scheme = textOf(spec['scheme']).toLowerCase()
  return [
    {
      job_name: `scrapeConfig/${namespace}/${name}`,
      ...settings,
      ...(scheme === '' ? {} : { scheme }),
      relabel_configs: [
        JOB_NAME_RULE,
        ...(jobName === '' ? [] : [set('job', jobName)]),
        ...ownRules(spec['relabelings']),
      ],
      metric_relabel_configs: ownRules(spec['metricRelabelings']),
    },
  ]
}

/** Roles are written in capitals there. */
function withRoles(configs: unknown): unknown {
  return objectsOf(configs).map((config) => {
    const { selectors } = config
    const out = withRole(config)
    if (selectors !== undefined) out['selectors'] = objectsOf(selectors).map(withRole)
    return out
  })
}

function withRole(item: JsonObject): Record<string, unknown> {
  return Object.assign({}, item, { role: textOf(item['role']).toLowerCase() })
}
