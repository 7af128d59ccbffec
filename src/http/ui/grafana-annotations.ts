import type { AnnotationDesk } from '../../dashboards/annotation-desk.ts'
import type { DashboardLibrary } from '../../dashboards/library.ts'
import {
  filledText,
  listOf,
  numberOf,
  textOf,
  type JsonObject,
} from '../../lang/dashboard/json-value.ts'
import { Problem } from '../../model/problem.ts'
import type { StoredAnnotation } from '../../store/metadata/annotations.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import {
  authorOf,
  json,
  message,
  readBody,
  readId,
  readNumber,
  type MakeGrafanaRoute,
} from './grafana-route.ts'

export interface AnnotationDoors {
  readonly annotations: AnnotationDesk
  readonly library: DashboardLibrary
}

/** Grafana's default and our bound. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 10_000

/** Grafana's `/api/annotations/…`. */
export function grafanaAnnotationRoutes(doors: AnnotationDoors, route: MakeGrafanaRoute): Route[] {
  const { annotations } = doors
  const change = (patch: boolean) => async (x: Exchange) => {
    const id = readId(x)
    await annotations.change(id, readBody(x), { patch })
    x.audit('annotation.change', String(id))
    return message(200, patch ? 'Annotation patched' : 'Annotation updated')
  }
  return [
    route('GET', '/api/annotations', 'dashboards:read', (x) => list(doors, x)),
    route('POST', '/api/annotations', 'dashboards:write', (x) => create(doors, x)),
    route('POST', '/api/annotations/graphite', 'dashboards:write', (x) => createGraphite(doors, x)),
    route('POST', '/api/annotations/mass-delete', 'dashboards:write', (x) => massDelete(doors, x)),
    route('GET', '/api/annotations/tags', 'dashboards:read', async ({ params }) => {
      const limit = readNumber(params.get('limit'), 'limit', DEFAULT_LIMIT)
      const tags = await annotations.tags(
        params.get('tag'),
        Math.min(Math.max(1, limit), MAX_LIMIT),
      )
      return json({ result: { tags } })
    }),
    route('GET', '/api/annotations/:id', 'dashboards:read', async (x) =>
      json(toJson(await annotations.find(readId(x)), await numbersOf(doors))),
    ),
    route('PUT', '/api/annotations/:id', 'dashboards:write', change(false)),
    route('PATCH', '/api/annotations/:id', 'dashboards:write', change(true)),
    route('DELETE', '/api/annotations/:id', 'dashboards:write', async (x) => {
      const id = readId(x)
      await annotations.remove(id)
      x.audit('annotation.delete', String(id))
      return message(200, 'Annotation deleted')
    }),
  ]
}

async function list(doors: AnnotationDoors, { params }: Exchange): Promise<Answer> {
  // Those of alerts are shown with the alerts.
  if (params.get('type') === 'alert') return json([])
  const number = (name: string): number | undefined => {
    const value = readNumber(params.get(name), name, 0)
    return value === 0 ? undefined : value
  }
  const uid = params.get('dashboardUID') || params.get('dashboardUid')
  const dashboardUid = uid || (await uidOfNumber(doors, number('dashboardId')))
  const [fromMs, toMs, panelId, userId] = ['from', 'to', 'panelId', 'userId'].map(number)
  const limit = number('limit') ?? DEFAULT_LIMIT
  const found = await doors.annotations.list({
    tags: params.all('tags').filter((tag) => tag !== ''),
    matchAny: params.get('matchAny') === 'true',
    limit: Math.min(Math.max(1, limit), MAX_LIMIT),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(panelId === undefined ? {} : { panelId }),
    ...(userId === undefined ? {} : { userId }),
    ...(dashboardUid === undefined ? {} : { dashboardUid }),
  })
  const numbers = await numbersOf(doors)
  return json(found.map((each) => toJson(each, numbers)))
}

async function create(doors: AnnotationDoors, exchange: Exchange): Promise<Answer> {
  const body = readBody(exchange)
  const uid =
    filledText(body['dashboardUID']) ??
    (await uidOfNumber(doors, nonZero(numberOf(body['dashboardId']))))
  if (uid !== undefined && !(await doors.library.list()).some((each) => each.uid === uid)) {
    return message(404, 'Dashboard not found')
  }
  const id = await doors.annotations.create(authorOf(exchange), uid ?? '', body)
  exchange.audit('annotation.create', String(id))
  return json({ message: 'Annotation added', id })
}

/** Graphite's own form, which deployment scripts send: `{what, tags, when, data}`, `when` in seconds. */
async function createGraphite(doors: AnnotationDoors, exchange: Exchange): Promise<Answer> {
  const { what, when, tags, data } = readBody(exchange)
  const name = textOf(what) ?? ''
  if (name === '')
    throw new Problem(
      'bad_data',
      'Failed to save Graphite annotation: what field should not be empty',
    )
  const more = textOf(data) ?? ''
  const body: JsonObject = {
    text: more === '' ? name : `${name}\n${more}`,
    tags: typeof tags === 'string' ? tags.split(' ') : listOf(tags),
    time: (numberOf(when) ?? 0) * 1000,
  }
  const id = await doors.annotations.create(authorOf(exchange), '', body)
  exchange.audit('annotation.create', String(id))
  return json({ message: 'Graphite annotation added', id })
}

async function massDelete(doors: AnnotationDoors, exchange: Exchange): Promise<Answer> {
  const body = readBody(exchange)
  const id = numberOf(body['annotationId'])
  if (id !== undefined && id > 0) {
    await doors.annotations.remove(id)
    exchange.audit('annotation.delete', String(id))
    return message(200, 'Annotations deleted')
  }
  const uid =
    filledText(body['dashboardUID']) ??
    (await uidOfNumber(doors, nonZero(numberOf(body['dashboardId']))))
  const panelId = numberOf(body['panelId'])
  if (uid === undefined || panelId === undefined) {
    return message(400, 'bad request data: annotationId, or dashboardId and panelId, must be set')
  }
  const count = await doors.annotations.removeOfPanel(uid, panelId)
  exchange.audit('annotation.delete', uid, { details: `${count} of panel ${panelId}` })
  return message(200, 'Annotations deleted')
}

/** Clients send 0 for none. */
function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}

/** A number that no dashboard has matches nothing. */
async function uidOfNumber(
  { library }: AnnotationDoors,
  id: number | undefined,
): Promise<string | undefined> {
  return id === undefined ? undefined : ((await library.findByNumber(id))?.uid ?? `#${id}`)
}

async function numbersOf({ library }: AnnotationDoors): Promise<ReadonlyMap<string, number>> {
  return new Map((await library.list()).map(({ uid, id }) => [uid, id]))
}

function toJson(one: StoredAnnotation, numbers: ReadonlyMap<string, number>): object {
  return {
    ...{ id: one.id, alertId: 0, alertName: '', dashboardId: numbers.get(one.dashboardUid) ?? 0 },
    ...{ dashboardUID: one.dashboardUid, panelId: one.panelId, userId: one.userId, userName: '' },
    ...{ newState: '', prevState: '', created: one.createdMs, updated: one.updatedMs },
    ...{ time: one.timeMs, timeEnd: one.timeEndMs, text: one.text, tags: one.tags },
    ...{ login: one.createdBy, email: '', avatarUrl: '', data: {} },
  }
}
