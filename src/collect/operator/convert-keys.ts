import { isJsonObject, textOf, type JsonObject } from '../discovery/json-value.ts'
import { OperatorFault } from './operator-object.ts'
import type { SecretValues, ValueReference } from './secret-values.ts'

/** Where the references of an object lead. */
export interface ConvertContext {
  readonly namespace: string
  readonly values: SecretValues
}

/** Keys that are not what their words make of them. */
const RENAMED: Readonly<Record<string, string>> = {
  keySecret: 'key',
  bearerTokenSecret: 'bearer_token',
  urlSecret: 'url',
  digitalOceanSDConfigs: 'digitalocean_sd_configs',
  dockerSwarmSDConfigs: 'dockerswarm_sd_configs',
  puppetDBSDConfigs: 'puppetdb_sd_configs',
  lightSailSDConfigs: 'lightsail_sd_configs',
  scrapeClassicHistograms: 'always_scrape_classic_histograms',
}

/** Under these, keys are the user's own. */
const VERBATIM = new Set(['labels', 'params', 'endpointParams', 'proxyConnectHeader', 'nodeMeta'])

/** Under these stands a reference, or nothing that counts. */
const REFERENCES = new Set(['ca', 'cert', 'clientId'])

/**
 * A part of a custom resource as the configuration file of Prometheus or Alertmanager writes it: keys in small letters with `_`,
 * references to secrets and config maps replaced by what they lead to. Throws an `OperatorFault` for one that leads nowhere.
 */
function convertKeys(value: unknown, context: ConvertContext): unknown {
  if (Array.isArray(value)) return value.map((item) => convertKeys(item, context))
  if (!isJsonObject(value)) return value
  if (isReference(value)) return resolve('secrets', value, context)
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const converted = REFERENCES.has(key)
      ? resolveEither(inner, context)
      : VERBATIM.has(key)
        ? convertValues(inner, context)
        : convertKeys(inner, context)
    if (converted !== undefined && converted !== null) out[toSnakeCase(key)] = converted
  }
  return out
}

/** The same for an object. */
export function convertObject(value: unknown, context: ConvertContext): Record<string, unknown> {
  const converted = convertKeys(value, context)
  return isJsonObject(converted) ? { ...converted } : {}
}

/** `fileSDConfigs` is `file_sd_configs`, `enableHTTP2` is `enable_http2`. */
function toSnakeCase(key: string): string {
  return (
    RENAMED[key] ??
    key
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
      .toLowerCase()
  )
}

function convertValues(value: unknown, context: ConvertContext): unknown {
  if (!isJsonObject(value)) return convertKeys(value, context)
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, convertKeys(inner, context)]),
  )
}

/** `{name, key, optional}`, a SecretKeySelector. */
function isReference(value: JsonObject): boolean {
  return (
    typeof value['name'] === 'string' &&
    typeof value['key'] === 'string' &&
    Object.keys(value).every((key) => ['name', 'key', 'optional'].includes(key))
  )
}

/** `{secret: …}` or `{configMap: …}`; an empty one is none. */
function resolveEither(value: unknown, context: ConvertContext): unknown {
  if (!isJsonObject(value)) return value
  if (isJsonObject(value['secret'])) return resolve('secrets', value['secret'], context)
  if (isJsonObject(value['configMap'])) return resolve('configmaps', value['configMap'], context)
  return undefined
}

function resolve(
  kind: ValueReference['kind'],
  selector: JsonObject,
  { namespace, values }: ConvertContext,
): string | undefined {
  const [name, key] = [textOf(selector['name']), textOf(selector['key'])]
  if (name === '') return undefined
  const found = values.find({ kind, namespace, name, key })
  if (found !== undefined && found !== 'unknown') return found.text
  if (selector['optional'] === true) return undefined
  const what = kind === 'secrets' ? 'secret' : 'config map'
  const reason = found === 'unknown' ? 'is not read yet' : 'is not there'
  throw new OperatorFault(`the key ${key} of the ${what} ${namespace}/${name} ${reason}`)
}
