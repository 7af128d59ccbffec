import { groupKey, readGroupLabels, type GroupLabels } from '../collect/pushed/group-labels.ts'
import { encodePushed } from '../collect/pushed/page.ts'
import type { PushedGroups } from '../collect/pushed/pushed-groups.ts'
import { readPush } from '../collect/pushed/read-push.ts'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Exchange, Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, textAnswer, type HttpLimits, type Listener } from './listener.ts'
import { groupJson } from './pushgateway/group-json.ts'
import { routeMeter } from './route-meter.ts'
import type { Answer } from './send.ts'

export interface PushgatewayDoors {
  readonly groups: PushedGroups
  /** Whether everything may be deleted by one request (`--web.enable-admin-api` of Pushgateway). */
  readonly hasAdminApi: () => boolean
  readonly startedMs: number
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}

/** The Pushgateway whose answers these are. */
const VERSION = '1.11.1'

const MAX_BODY_BYTES = 16 * 1024 * 1024
const PAGE = 'text/plain; version=0.0.4; charset=utf-8'

/** Pushgateway's port: scripts push under the labels of a group, and a scrape that honors labels reads all groups. */
export function createPushgatewayListener(
  doors: PushgatewayDoors,
  options: {
    readonly address: Omit<ListenAddress, 'listener'>
    readonly access: Access
    readonly limits?: Partial<HttpLimits>
  },
): Listener {
  const address = { ...options.address, listener: 'pushgateway' }
  const log = doors.log.child({ component: 'http', listener: 'pushgateway' })
  const meter = routeMeter(doors.registry, 'pushgateway')
  return createListener({ ...options, address, log, meter }, pushgatewayRoutes(doors))
}

function pushgatewayRoutes(doors: PushgatewayDoors): readonly Route[] {
  const path = '/metrics/*'
  return [
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'metrics:read',
      handle: () => ({ contentType: PAGE, body: encodePushed(doors.groups.families()) }),
    },
    ...(['PUT', 'POST'] as const).map((method): Route => ({
      methods: [method],
      path,
      permission: 'metrics:write',
      bodyBytes: MAX_BODY_BYTES,
      handle: (exchange) => push(exchange, doors, method === 'PUT'),
    })),
    {
      methods: ['DELETE'],
      path,
      permission: 'metrics:write',
      handle: (exchange) => remove(exchange, doors),
    },
    {
      methods: ['PUT'],
      path: '/api/v1/admin/wipe',
      permission: 'admin',
      handle: () => wipe(doors),
    },
    {
      methods: ['GET'],
      path: '/api/v1/metrics',
      permission: 'metrics:read',
      handle: () => success(doors.groups.list().map(groupJson)),
    },
    {
      methods: ['GET'],
      path: '/api/v1/status',
      permission: 'metrics:read',
      handle: () => success(statusOf(doors)),
    },
    ...['/-/healthy', '/-/ready'].map((open): Route => ({
      methods: ['GET'],
      path: open,
      permission: 'open',
      handle: () => textAnswer(200, 'OK'),
    })),
  ]
}

async function push(
  exchange: Exchange,
  doors: PushgatewayDoors,
  replace: boolean,
): Promise<Answer> {
  return answering(exchange, async (labels) => {
    const { groups, nowMs } = doors
    const type = exchange.headers['content-type'] ?? ''
    try {
      const families = readPush(exchange.body, type, labels)
      await groups.push(labels, families, { replace, nowMs: nowMs() })
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === 'bad_data')
        await groups.fail(labels, nowMs())
      throw thrown
    }
    return done(200)
  })
}

function remove(exchange: Exchange, { groups }: PushgatewayDoors): Promise<Answer> {
  return answering(exchange, async (labels) => {
    await groups.remove(labels)
    exchange.audit('pushed.delete', groupKey(labels))
    return done(202)
  })
}

async function answering(
  exchange: Exchange,
  answer: (labels: GroupLabels) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer(readGroupLabels(exchange.pathParam('*')))
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'bad_data')
      return textAnswer(400, thrown.message)
    throw thrown
  }
}

async function wipe({ groups, hasAdminApi }: PushgatewayDoors): Promise<Answer> {
  if (!hasAdminApi())
    return textAnswer(
      404,
      'the admin API is off: pushgateway.admin_api in vedette.yml switches it on',
    )
  await groups.removeAll()
  return done(202)
}

function statusOf({ startedMs, hasAdminApi }: PushgatewayDoors): unknown {
  return {
    build_information: { version: VERSION },
    flags: { 'web.enable-admin-api': String(hasAdminApi()) },
    start_time: new Date(startedMs).toISOString(),
  }
}

/** Without a body, as Pushgateway answers. */
function done(status: number): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: '' }
}

function success(data: unknown): Answer {
  return { contentType: 'application/json', body: JSON.stringify({ status: 'success', data }) }
}
