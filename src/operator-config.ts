import { isDeepStrictEqual } from 'node:util'
import type { AlertmanagerConfig } from './alert/config/alertmanager-config.ts'
import { readAlertmanagerConfig } from './alert/config/alertmanager-config.ts'
import { packWhenAsked, type PacksPart } from './alert/rules/packs-part.ts'
import { readRuleText } from './alert/rules/read-rule-file.ts'
import type { RuleGroupConfig } from './alert/rules/rule-config.ts'
import type { ScrapeConfig } from './collect/config/scrape-config.ts'
import { replacedJobs } from './collect/operator/cluster-jobs.ts'
import type { OperatorItem } from './collect/operator/follow-operator.ts'
import { ROOT_RECEIVER } from './collect/operator/alertmanager-object.ts'
import { nameOf } from './collect/operator/operator-object.ts'
import { readJobs } from './collect/operator/read-jobs.ts'
import type { VedetteConfig } from './config.ts'
import { messageOf } from './model/problem.ts'
import { readClientSettings } from './outbound/client-settings.ts'
import { hideSecrets } from './outbound/hide-secrets.ts'
import { FaultList } from './yaml/fault.ts'
import { parseYaml } from './yaml/parse.ts'

/** What the custom resources of a cluster add to the configuration. */
export interface OperatorPart {
  readonly jobs: readonly ScrapeConfig[]
  readonly groups: readonly RuleGroupConfig[]
  readonly alerting: readonly AlertmanagerConfig[]
  /** Jobs of the section `kubernetes` that the cluster's own monitors make needless. */
  readonly replaced: ReadonlySet<string>
  readonly refused: readonly RefusedObject[]
}

/** An object that is not used; it names no secret. */
export interface RefusedObject {
  /** `ServiceMonitor shop/web`. */
  readonly name: string
  readonly reason: string
}

export const NO_OPERATOR_PART: OperatorPart = {
  ...{ jobs: [], groups: [], alerting: [], refused: [] },
  replaced: new Set(),
}

/**
 * Reads what objects have become, each by itself, so that one with faults keeps no other away. `secrets` are taken out of what is said
 * of faults.
 */
export async function readOperatorPart(
  items: readonly OperatorItem[],
  config: VedetteConfig,
  secrets: readonly string[],
): Promise<OperatorPart> {
  const jobs: ScrapeConfig[] = []
  const groups: RuleGroupConfig[] = []
  const alerting: AlertmanagerConfig[] = []
  const refused: RefusedObject[] = []
  for (const item of items) {
    const name = nameOf(item.object)
    const read = await readItem(item, name, config)
    if ('reason' in read) refused.push({ name, reason: hideSecrets(read.reason, secrets) })
    else {
      jobs.push(...read.jobs)
      groups.push(...read.groups)
      alerting.push(...read.alerting)
    }
  }
  const { kubernetes } = config.collectors
  const used = items.map(({ object }) => object)
  const replaced = kubernetes === undefined ? new Set<string>() : replacedJobs(kubernetes, used)
  return { jobs, groups, alerting, refused, replaced }
}

type ReadItem = Pick<OperatorPart, 'jobs' | 'groups' | 'alerting'> | { readonly reason: string }

async function readItem(
  { document }: OperatorItem,
  file: string,
  config: VedetteConfig,
): Promise<ReadItem> {
  const faults = new FaultList()
  const read: { jobs: ScrapeConfig[]; groups: RuleGroupConfig[]; alerting: AlertmanagerConfig[] } =
    { jobs: [], groups: [], alerting: [] }
  const { global } = config.prometheus
  switch (document.kind) {
    case 'refused':
      return { reason: document.reason }
    case 'jobs': {
      const reach = config.collectors.kubernetes?.reach
      if (reach === undefined) return read
      read.jobs.push(...readJobs(document.jobs, { file, faults, global, reach }))
      break
    }
    case 'rules': {
      const validation = global.metricNameValidation
      read.groups.push(...readRuleText(JSON.stringify(document.file), file, { faults, validation }))
      break
    }
    case 'alertmanager':
      read.alerting.push(...readRouting(document.file, file, { faults, config }))
      break
    default:
      return document satisfies never
  }
  const fault = faults.items.find(({ severity }) => severity === 'error')
  if (fault !== undefined) return { reason: fault.message }
  const unusable = await unusableClient(read.jobs)
  return unusable === undefined ? read : { reason: unusable }
}

/** With the settings that entries take over from the `global` of alertmanager.yml. */
function readRouting(
  document: Readonly<Record<string, unknown>>,
  file: string,
  { faults, config }: { readonly faults: FaultList; readonly config: VedetteConfig },
): readonly AlertmanagerConfig[] {
  const node = parseYaml(JSON.stringify(document), { file, faults })
  const global = config.alertmanager?.config.global
  const options = { faults, env: {}, folder: '/', ...(global === undefined ? {} : { global }) }
  const routing = node && readAlertmanagerConfig(node, options)
  return routing === undefined ? [] : [routing]
}

/** Why a job cannot be opened: a certificate or key that is none. */
async function unusableClient(jobs: readonly ScrapeConfig[]): Promise<string | undefined> {
  try {
    for (const job of jobs) await readClientSettings(job.http)
    return undefined
  } catch (thrown) {
    return messageOf(thrown)
  }
}

/** The configuration with what the cluster adds. Alerts that the cluster's rules have go before those of packs. */
export function withOperatorPart(config: VedetteConfig, part: OperatorPart): VedetteConfig {
  if (isDeepStrictEqual(part, NO_OPERATOR_PART)) return config
  const { prometheus, rules, packs } = config
  const names = new Set(prometheus.scrapeConfigs.map(({ jobName }) => jobName))
  const added = part.jobs.filter(({ jobName }) => !names.has(jobName))
  const kept = prometheus.scrapeConfigs.filter(({ jobName }) => !part.replaced.has(jobName))
  return {
    ...config,
    prometheus: { ...prometheus, scrapeConfigs: [...kept, ...added] },
    rules: { ...rules, groups: [...rules.groups, ...part.groups] },
    packs: withoutTaken(packs, part.groups),
    addedRouting: part.alerting,
  }
}

/** As rule files do, objects of the cluster replace the alerts of packs that have the same name. */
function withoutTaken({ packs }: PacksPart, groups: readonly RuleGroupConfig[]): PacksPart {
  const taken = new Set(
    groups.flatMap(({ rules }) =>
      rules.flatMap(({ kind, name }) => (kind === 'alerting' ? name : [])),
    ),
  )
  if (taken.size === 0) return { packs }
  return {
    packs: packs.map((pack) =>
      packWhenAsked(pack, () =>
        pack.groups.map((group) => ({
          ...group,
          rules: group.rules.filter(({ kind, name }) => kind !== 'alerting' || !taken.has(name)),
        })),
      ),
    ),
  }
}

/** A routing with others before its own routes, as prometheus-operator joins them: each goes on to the next. */
export function withRoutings(
  own: AlertmanagerConfig,
  added: readonly AlertmanagerConfig[],
): AlertmanagerConfig {
  if (added.length === 0) return own
  const receivers = added.flatMap((each) => each.receivers)
  return {
    ...own,
    route: {
      ...own.route,
      routes: [...added.flatMap(({ route }) => route.routes), ...own.route.routes],
    },
    inhibitRules: [...own.inhibitRules, ...added.flatMap((each) => each.inhibitRules)],
    receivers: [...own.receivers, ...receivers.filter(({ name }) => name !== ROOT_RECEIVER)],
    timeIntervals: [...own.timeIntervals, ...added.flatMap((each) => each.timeIntervals)],
  }
}
