import { findDatasource, type ServedDatasource } from '../../dashboards/datasources.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { readQueries } from './grafana-ds-query.ts'
import { json, message, type MakeGrafanaRoute } from './grafana-route.ts'
import { READ_PARAMETERS } from './grafana-read-paths.ts'
import type { Sources } from './grafana-sources.ts'

export interface DatasourceDoors {
  readonly datasources: () => readonly ServedDatasource[]
  readonly sources: Sources
}

const MAX_QUERY_BYTES = 1024 * 1024

/** Grafana's `/api/datasources/…`, which here are read only, and `/api/ds/query`. */
export function grafanaDatasourceRoutes(doors: DatasourceDoors, route: MakeGrafanaRoute): Route[] {
  const all = doors.datasources
  const one = (find: (x: Exchange) => ServedDatasource | undefined) => (x: Exchange) => {
    const found = find(x)
    return found === undefined ? NOT_FOUND : json(toFull(found))
  }
  const byUid = (x: Exchange) => findDatasource(all(), x.pathParam('uid'))
  const byNumber = (x: Exchange) => all().find(({ id }) => String(id) === x.pathParam('id'))
  const byName = (x: Exchange) => all().find(({ name }) => name === x.pathParam('name'))
  const proxy = (find: (x: Exchange) => ServedDatasource | undefined) => (x: Exchange) => {
    const found = find(x)
    return found === undefined ? NOT_FOUND : proxyTo(doors, x, found)
  }
  const read = 'dashboards:read'
  const proxied = { bodyBytes: MAX_QUERY_BYTES }
  return [
    route('GET', '/api/datasources', read, () => json(all().map(toShort))),
    route('GET', '/api/datasources/uid/:uid', read, one(byUid)),
    route('GET', '/api/datasources/name/:name', read, one(byName)),
    route('GET', '/api/datasources/id/:name', read, (x) => {
      const found = byName(x)
      return found === undefined ? NOT_FOUND : json({ id: found.id })
    }),
    route('GET', '/api/datasources/:id', read, one(byNumber)),
    route('GET', '/api/datasources/uid/:uid/health', read, async (x) => {
      const found = byUid(x)
      return found === undefined ? NOT_FOUND : healthOf(doors, x, found)
    }),
    ...(['GET', 'POST'] as const).flatMap((method) => [
      route(method, '/api/datasources/proxy/uid/:uid/*', read, proxy(byUid), proxied),
      route(method, '/api/datasources/proxy/:id/*', read, proxy(byNumber), proxied),
    ]),
    ...refusedRoutes(route),
    route('POST', '/api/ds/query', read, (x) => readQueries(doors, x), proxied),
  ]
}

const NOT_FOUND = message(404, 'Data source not found')

/** Tools that make sources are told where sources come from. */
function refusedRoutes(route: MakeGrafanaRoute): Route[] {
  const refuse = (): Answer =>
    message(403, 'data sources are read only here: name them in grafana/provisioning/datasources')
  return [
    route('POST', '/api/datasources', 'admin', refuse),
    route('PUT', '/api/datasources/uid/:uid', 'admin', refuse),
    route('DELETE', '/api/datasources/uid/:uid', 'admin', refuse),
  ]
}

async function proxyTo(
  { sources }: DatasourceDoors,
  exchange: Exchange,
  source: ServedDatasource,
): Promise<Answer> {
  const isPost = exchange.body.length > 0
  const parameters = new URLSearchParams()
  for (const name of READ_PARAMETERS) {
    for (const value of exchange.params.all(name)) parameters.append(name, value)
  }
  const path = exchange.pathParam('*')
  return sources.ask(exchange, source, { method: isPost ? 'POST' : 'GET', path, parameters })
}

const HEALTH_PATHS: Readonly<Record<string, readonly [path: string, query: string]>> = {
  prometheus: ['api/v1/query', 'query=1%2B1&time=4'],
  loki: ['loki/api/v1/query', 'query=vector(1)%2Bvector(1)&time=4000000000'],
  tempo: ['api/echo', ''],
  alertmanager: ['api/v2/status', ''],
}

async function healthOf(
  { sources }: DatasourceDoors,
  exchange: Exchange,
  source: ServedDatasource,
): Promise<Answer> {
  const asked = HEALTH_PATHS[source.type]
  if (asked === undefined)
    return json(
      { status: 'ERROR', message: `sources of the type ${source.type} are not served` },
      400,
    )
  const [path, query] = asked
  const parameters = new URLSearchParams(query)
  const answer = await sources.ask(exchange, source, { method: 'GET', path, parameters })
  if ((answer.status ?? 200) < 300) {
    return json({ status: 'OK', message: `Successfully queried the ${source.name} API.` })
  }
  const status = answer.status ?? 500
  return json({ status: 'ERROR', message: `${source.name} answers with status ${status}` }, 400)
}

function toShort(source: ServedDatasource): object {
  const { id, uid, name, type, url, isDefault, jsonData } = source
  return {
    ...{
      id,
      uid,
      orgId: 1,
      name,
      type,
      typeName: nameOfType(type),
      typeLogoUrl: '',
      access: 'proxy',
    },
    ...{
      url,
      user: '',
      database: '',
      basicAuth: source.provisioned?.login.basicAuth !== undefined,
    },
    ...{ isDefault, jsonData, readOnly: true },
  }
}

function toFull(source: ServedDatasource): object {
  const own = { basicAuthUser: source.provisioned?.login.basicAuth?.user ?? '' }
  const rest = { withCredentials: false, secureJsonFields: {}, version: 1, apiVersion: '' }
  return { ...toShort(source), ...own, ...rest }
}

/** `prometheus` → `Prometheus`. */
function nameOfType(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1)
}

/** What the web UI of Grafana starts from; only sources and versions are true here. */
export function toSettings(source: ServedDatasource): object {
  const { id, uid, name, type, url, isDefault, jsonData } = source
  const proxied = `/api/datasources/proxy/uid/${uid}`
  return {
    id,
    uid,
    name,
    type,
    url: url === '' ? '' : proxied,
    isDefault,
    access: 'proxy',
    jsonData,
    readOnly: true,
    meta: { id: type, name: nameOfType(type) },
  }
}
