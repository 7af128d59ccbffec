import { readMessage } from '../alert/received/read-message.ts'
import type { ReceivedAlerts } from '../alert/received/received-alerts.ts'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Exchange, Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, textAnswer, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'
import type { Answer } from './send.ts'

export interface WebhookDoors {
  readonly received: ReceivedAlerts
  readonly registry: Registry
  readonly log: Log
}

/**
 * The webhook receiver: takes the messages of an Alertmanager's `webhook_configs`, shows them on the console and keeps the
 * last of them, so that a person sees that alerts arrive before any real receiver is set up.
 */
export function createWebhookListener(
  doors: WebhookDoors,
  options: {
    readonly address: Omit<ListenAddress, 'listener'>
    readonly access: Access
    readonly limits?: Partial<HttpLimits>
  },
): Listener {
  const address = { ...options.address, listener: 'webhook' }
  const log = doors.log.child({ component: 'http', listener: 'webhook' })
  const meter = routeMeter(doors.registry, 'webhook')
  return createListener({ ...options, address, log, meter }, webhookRoutes(doors.received))
}

function webhookRoutes(received: ReceivedAlerts): readonly Route[] {
  return [
    {
      methods: ['POST'],
      path: '/webhook',
      permission: 'write',
      handle: (exchange) => receive(exchange, received),
    },
    {
      methods: ['GET'],
      path: '/alerts',
      permission: 'read',
      handle: () => jsonAnswer({ received: received.count, alerts: received.list() }),
    },
    {
      methods: ['GET'],
      path: '/health',
      permission: 'open',
      handle: () => textAnswer(200, 'the webhook receiver is running'),
    },
  ]
}

function receive(exchange: Exchange, received: ReceivedAlerts): Answer {
  try {
    received.add(readMessage(exchange.body.toString('utf8')))
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'bad_data')
      return textAnswer(400, thrown.message)
    throw thrown
  }
  return textAnswer(200, 'Alert received')
}

function jsonAnswer(value: unknown): Answer {
  return { contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}
