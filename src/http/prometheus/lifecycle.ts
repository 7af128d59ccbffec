import type { Exchange, Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'
import type { PrometheusDoors } from './doors.ts'

type LifecycleDoors = Pick<PrometheusDoors, 'lifecycle' | 'readiness'>

const PLAIN = 'text/plain; charset=utf-8'

/** `/-/…`: health and readiness are open to everybody; reload and quit are refused until their flag is given. */
export function lifecycleRoutes(doors: LifecycleDoors): Route[] {
  return [
    { methods: ['GET'], path: '/-/healthy', permission: 'open', handle: () => HEALTHY },
    { methods: ['GET'], path: '/-/ready', permission: 'open', handle: () => showReadiness(doors) },
    ...acting('/-/reload', (exchange) => reload(doors, exchange)),
    ...acting('/-/quit', (exchange) => quit(doors, exchange)),
  ]
}

const HEALTHY: Answer = { contentType: PLAIN, body: 'Prometheus Server is Healthy.\n' }
const READY: Answer = { contentType: PLAIN, body: 'Prometheus Server is Ready.\n' }

function showReadiness({ readiness }: LifecycleDoors): Answer {
  const { ok, reason } = readiness.ready()
  if (ok) return READY
  const headers = { 'x-prometheus-stopping': 'false' }
  return { status: 503, contentType: PLAIN, headers, body: `Service Unavailable: ${reason}\n` }
}

function acting(path: string, handle: Route['handle']): Route[] {
  const onlyPost = { status: 405, contentType: PLAIN, body: 'Only POST or PUT requests allowed' }
  return [
    { methods: ['POST', 'PUT'], path, permission: 'admin', handle },
    { methods: ['GET'], path, permission: 'open', handle: () => onlyPost },
  ]
}

const DISABLED: Answer = {
  status: 403,
  contentType: PLAIN,
  body: 'Lifecycle API is not enabled.',
}

async function reload({ lifecycle }: LifecycleDoors, exchange: Exchange): Promise<Answer> {
  if (lifecycle === undefined) return DISABLED
  exchange.audit('server.reload', '')
  const faults = await lifecycle.reload()
  if (faults.length === 0) return { status: 200 }
  return textAnswer(500, `failed to reload config: ${faults.join('\n')}`)
}

function quit({ lifecycle }: LifecycleDoors, exchange: Exchange): Answer {
  if (lifecycle === undefined) return DISABLED
  exchange.audit('server.quit', '')
  lifecycle.quit()
  return { contentType: PLAIN, body: 'Requesting termination... Goodbye!' }
}
