import type {
  ActiveTargetJson,
  AlertmanagersJson,
  RelabelStepsJson,
  ScrapePoolsJson,
  TargetsJson,
} from '../../contract/prometheus.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import type { ActiveTarget, PrometheusDoors } from './doors.ts'
import { success, type ApiRoute } from './respond.ts'
import { formatTime } from './times.ts'

type TargetDoors = Pick<PrometheusDoors, 'targets' | 'alertmanagers' | 'externalUrl'>

export function targetRoutes(doors: TargetDoors): ApiRoute[] {
  const methods = ['GET'] as const
  const { targets } = doors
  return [
    { methods, path: '/targets', handle: ({ params }) => listTargets(doors, params) },
    {
      methods,
      path: '/targets/relabel_steps',
      handle: ({ params }) => relabelSteps(doors, params),
    },
    { methods, path: '/scrape_pools', handle: () => success(scrapePools(targets.scrapePools())) },
    {
      methods,
      path: '/scrape_pools/config',
      handle: ({ params }) => scrapePoolConfig(doors, params),
    },
    { methods, path: '/alertmanagers', handle: () => success(listAlertmanagers(doors)) },
  ]
}

function scrapePools(names: readonly string[]): ScrapePoolsJson {
  return { scrapePools: [...names].sort() }
}

function listTargets({ targets, externalUrl }: TargetDoors, params: Params): Answer {
  const pool = params.get('scrapePool')
  const state = params.get('state').toLowerCase()
  const inPool = ({ scrapePool }: { readonly scrapePool: string }): boolean =>
    pool === '' || scrapePool === pool
  const isAll = state === '' || state === 'any'
  const showDropped = isAll || state === 'dropped'
  const active = isAll || state === 'active' ? targets.activeTargets().filter(inPool) : []
  const dropped = showDropped ? targets.droppedTargets().filter(inPool) : []
  const data: TargetsJson = {
    activeTargets: active.map((target) => targetJson(target, externalUrl)),
    droppedTargets: dropped.map(({ discoveredLabels, scrapePool }) => ({
      discoveredLabels: discoveredLabels.toObject(),
      scrapePool,
    })),
    droppedTargetCounts: showDropped ? Object.fromEntries(targets.droppedCounts()) : null,
  }
  return success(data)
}

function targetJson(target: ActiveTarget, externalUrl: URL): ActiveTargetJson {
  const { scrapeUrl } = target
  return {
    discoveredLabels: target.discoveredLabels.toObject(),
    labels: target.labels.toObject(),
    scrapePool: target.scrapePool,
    scrapeUrl,
    globalUrl: globalUrlOf(scrapeUrl, externalUrl),
    lastError: target.lastError,
    lastScrape: formatTime(target.lastScrapeMs),
    lastScrapeDuration: target.lastScrapeDurationMs / 1000,
    health: target.health,
    scrapeInterval: formatDurationMs(target.scrapeIntervalMs),
    scrapeTimeout: formatDurationMs(target.scrapeTimeoutMs),
  }
}

/** The URL with a `localhost` replaced by the name under which others reach this machine (web/api/v1, getGlobalURL). */
function globalUrlOf(scrapeUrl: string, externalUrl: URL): string {
  if (!URL.canParse(scrapeUrl)) return scrapeUrl
  const url = new URL(scrapeUrl)
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return scrapeUrl
  const found = /^([a-z]+:\/\/)[^/?#]*(.*)$/is.exec(scrapeUrl)
  const port = url.port === '' ? '' : `:${url.port}`
  return found ? `${found[1]}${externalUrl.hostname}${port}${found[2]}` : scrapeUrl
}

function scrapePoolConfig({ targets }: TargetDoors, params: Params): Answer {
  const pool = readPool(params)
  const yaml = targets.scrapePoolConfig(pool)
  if (yaml === undefined) throw unknownPool(pool)
  return success({ yaml })
}

function relabelSteps({ targets }: TargetDoors, params: Params): Answer {
  const pool = readPool(params)
  const text = params.get('labels')
  if (text === '') throw new Problem('bad_data', 'no labels parameter provided')
  const steps = targets.relabelSteps(pool, parseLabels(text))
  if (steps === undefined) throw unknownPool(pool)
  const data: RelabelStepsJson = { steps }
  return success(data)
}

function readPool(params: Params): string {
  const pool = params.get('scrapePool')
  if (pool === '') throw new Problem('bad_data', 'no scrapePool parameter provided')
  return pool
}

function unknownPool(pool: string): Problem {
  const quoted = JSON.stringify(pool)
  return new Problem('bad_data', `error retrieving scrape config: scrape pool ${quoted} not found`)
}

function parseLabels(text: string): Labels {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Problem('bad_data', `error parsing labels: ${reason}`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('bad_data', 'error parsing labels: an object of names and values is wanted')
  }
  const pairs = Object.entries(value).map(([name, held]: [string, unknown]): [string, string] => {
    if (typeof held === 'string') return [name, held]
    throw new Problem('bad_data', `error parsing labels: ${JSON.stringify(name)} is not a text`)
  })
  return Labels.fromPairs(pairs)
}

function listAlertmanagers({ alertmanagers }: TargetDoors): AlertmanagersJson {
  return {
    activeAlertmanagers: alertmanagers.active().map((url) => ({ url })),
    droppedAlertmanagers: alertmanagers.dropped().map((url) => ({ url })),
  }
}
