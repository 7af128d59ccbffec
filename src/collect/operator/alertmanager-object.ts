import {
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  textsOf,
  type JsonObject,
} from '../discovery/json-value.ts'
import { convertObject, type ConvertContext } from './convert-keys.ts'
import { OperatorFault, type OperatorObject } from './operator-object.ts'

/**
 * An AlertmanagerConfig as a document like an alertmanager.yml: under a root that is not for use, one route for the alerts of the
 * object's namespace, with receivers and times of day under names that begin with `namespace/name/`, as prometheus-operator writes
 * them (pkg/alertmanager/amcfg.go). Both versions of the resource are read, v1alpha1 and v1beta1.
 */
export function alertmanagerDocument(
  { namespace, name, spec }: OperatorObject,
  context: ConvertContext,
): Readonly<Record<string, unknown>> {
  const own = (written: unknown): string => `${namespace}/${name}/${textOf(written)}`
  const place = `namespace=${JSON.stringify(namespace)}`
  const receivers = objectsOf(spec['receivers']).map((one) => receiverOf(one, own, context))
  const route = routeOf(objectOf(spec['route']), own)
  const intervals = [...objectsOf(spec['muteTimeIntervals']), ...objectsOf(spec['timeIntervals'])]
  return {
    route: {
      receiver: ROOT_RECEIVER,
      routes: [{ ...route, matchers: [...textsOf(route['matchers']), place], continue: true }],
    },
    receivers: [{ name: ROOT_RECEIVER }, ...receivers],
    time_intervals: intervals.map((one) => ({
      name: own(one['name']),
      time_intervals: objectsOf(one['timeIntervals']).map(intervalOf),
    })),
    inhibit_rules: objectsOf(spec['inhibitRules']).map((rule) => ({
      source_matchers: [...matchersOf(rule['sourceMatch']), place],
      target_matchers: [...matchersOf(rule['targetMatch']), place],
      equal: textsOf(rule['equal']),
    })),
  }
}

/** Stands at the root of each document, which has to name one. */
export const ROOT_RECEIVER = 'null'

type Rename = (written: unknown) => string

function routeOf(route: JsonObject, own: Rename): Record<string, unknown> {
  const durations = { groupWait: 'group_wait', groupInterval: 'group_interval' }
  const out: Record<string, unknown> = {}
  if (textOf(route['receiver']) !== '') out['receiver'] = own(route['receiver'])
  if (textsOf(route['groupBy']).length > 0) out['group_by'] = route['groupBy']
  for (const [key, name] of Object.entries({ ...durations, repeatInterval: 'repeat_interval' }))
    if (textOf(route[key]) !== '') out[name] = route[key]
  if (route['continue'] === true) out['continue'] = true
  out['matchers'] = matchersOf(route['matchers'])
  for (const [key, name] of [
    ['muteTimeIntervals', 'mute_time_intervals'],
    ['activeTimeIntervals', 'active_time_intervals'],
  ] as const) {
    const intervals = textsOf(route[key])
    if (intervals.length > 0) out[name] = intervals.map(own)
  }
  const routes = objectsOf(route['routes'])
  if (routes.length > 0) out['routes'] = routes.map((inner) => routeOf(inner, own))
  return out
}

const MATCH_TYPES = ['=', '!=', '=~', '!~']

function matchersOf(matchers: unknown): string[] {
  return objectsOf(matchers).map(({ name, value, matchType, regex }) => {
    const said = textOf(matchType)
    if (said !== '' && !MATCH_TYPES.includes(said))
      throw new OperatorFault(
        `matchType ${JSON.stringify(said)} is none of ${MATCH_TYPES.join(' ')}`,
      )
    const type = said === '' ? (regex === true ? '=~' : '=') : said
    return `${textOf(name)}${type}${JSON.stringify(textOf(value))}`
  })
}

function receiverOf(
  receiver: JsonObject,
  own: Rename,
  context: ConvertContext,
): Record<string, unknown> {
  const out: Record<string, unknown> = { name: own(receiver['name']) }
  for (const [key, items] of Object.entries(convertObject(receiver, context))) {
    if (!key.endsWith('_configs')) continue
    out[key] = objectsOf(items).map((item) => integrationOf(key, item))
  }
  return out
}

/** Lists of key and value that are mappings in alertmanager.yml. */
const MAPPINGS = new Set(['details', 'custom_fields', 'headers'])

const RENAMED: Readonly<Record<string, string>> = {
  pager_duty_image_configs: 'images',
  pager_duty_link_configs: 'links',
}

function integrationOf(kind: string, item: JsonObject): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(item)) {
    if (value === '' && key !== 'text' && key !== 'html') continue
    const isAddress = kind === 'discord_configs' && key === 'api_url'
    const name = isAddress ? 'webhook_url' : (RENAMED[key] ?? key)
    if (MAPPINGS.has(key)) out[name] = mappingOf(value)
    else if (key === 'http_config') out[name] = httpOf(objectOf(value))
    else if (key === 'pager_duty_link_configs') out[name] = objectsOf(value).map(linkOf)
    else out[name] = value
  }
  return out
}

function mappingOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return Object.fromEntries(objectsOf(value).map((one) => [textOf(one['key']), one['value']]))
}

/** The text of a link is called `alt` there. */
function linkOf({ href, alt }: JsonObject): Record<string, unknown> {
  return { href, text: alt }
}

/** A token alone is an authorization. */
function httpOf({ bearer_token: token, ...others }: JsonObject): Record<string, unknown> {
  if (typeof token !== 'string') return others
  return { ...others, authorization: { type: 'Bearer', credentials: token } }
}

function intervalOf(interval: JsonObject): Record<string, unknown> {
  const words = (key: string): string[] => textsOf(interval[key]).map((word) => word.toLowerCase())
  const out: Record<string, unknown> = {}
  for (const key of ['weekdays', 'months', 'years'])
    if (words(key).length > 0) out[key] = words(key)
  const times = objectsOf(interval['times'])
  if (times.length > 0)
    out['times'] = times.map(({ startTime, endTime }) => ({
      start_time: textOf(startTime),
      end_time: textOf(endTime),
    }))
  const days = objectsOf(interval['daysOfMonth'])
  if (days.length > 0) out['days_of_month'] = days.map(dayRange)
  return out
}

function dayRange({ start, end }: JsonObject): string {
  const [first, last] = [numberOf(start), numberOf(end)]
  return last === 0 ? `${first}` : `${first}:${last}`
}
