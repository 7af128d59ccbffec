import type { Prober } from '../collect/probes/prober-page.ts'
import { encodeText } from '../formats/prometheus-text/encode.ts'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Exchange, Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, textAnswer, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'
import type { Answer } from './send.ts'

export interface BlackboxDoors {
  readonly prober: Prober
  readonly registry: Registry
  readonly log: Log
}

const PAGE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * blackbox_exporter's port: `/probe?target=&module=` probes for whoever may read metrics here. That lets him reach what this
 * machine reaches, so it is off unless asked for, and needs what every listener needs.
 */
export function createBlackboxListener(
  doors: BlackboxDoors,
  options: {
    readonly address: Omit<ListenAddress, 'listener'>
    readonly access: Access
    readonly limits?: Partial<HttpLimits>
  },
): Listener {
  const address = { ...options.address, listener: 'blackbox' }
  const log = doors.log.child({ component: 'http', listener: 'blackbox' })
  const meter = routeMeter(doors.registry, 'blackbox')
  return createListener({ ...options, address, log, meter }, routesOf(doors))
}

function routesOf(doors: BlackboxDoors): readonly Route[] {
  return [
    {
      methods: ['GET'],
      path: '/probe',
      permission: 'metrics:read',
      handle: (exchange) => probe(exchange, doors.prober),
    },
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'metrics:read',
      handle: () => ({ contentType: PAGE, body: encodeText(doors.registry.families()) }),
    },
    ...['/-/healthy', '/-/ready'].map((path): Route => ({
      methods: ['GET'],
      path,
      permission: 'open',
      handle: () => textAnswer(200, 'Healthy'),
    })),
  ]
}

async function probe({ params, headers, signal }: Exchange, prober: Prober): Promise<Answer> {
  const waitMs = readWait(headers['x-prometheus-scrape-timeout-seconds'])
  if (waitMs === 'wrong')
    return textAnswer(400, 'X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds')
  try {
    const { families, notes, success } = await prober.answer({ params, waitMs, signal })
    const page = encodeText(families)
    if (params.get('debug') !== 'true') return { contentType: PAGE, body: page }
    const told = [...notes, success ? 'the probe succeeded' : 'the probe failed'].join('\n')
    return textAnswer(200, `What happened:\n${told}\n\nMetrics:\n${page}`)
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'bad_data')
      return textAnswer(400, thrown.message)
    throw thrown
  }
}

function readWait(header: string | readonly string[] | undefined): number | undefined | 'wrong' {
  if (header === undefined || header === '') return undefined
  const seconds = Number(header)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 'wrong'
}
