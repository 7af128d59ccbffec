import type { PartSource } from '../collect/scrape/alias-source.ts'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Exchange, Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { HttpFault } from './http-fault.ts'
import { createListener, textAnswer, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'
import type { Answer } from './send.ts'

/** The listeners that answer the pages of built-in collectors to other scrapers. */
export type ExporterName = 'node' | 'postgres' | 'containers'

export interface ExporterDoors {
  /** The page, as the scraper of this process reads it. */
  readonly page: PartSource
  readonly registry: Registry
  readonly log: Log
}

/** What the page at `/` is headed with. */
const TITLES: Readonly<Record<ExporterName, string>> = {
  node: 'This host',
  postgres: 'PostgreSQL',
  containers: 'Containers',
}

/** A page of a large host takes megabytes while it is made, and few scrapers ask for one; node_exporter has such a bound, too. */
const MAX_PAGES_AT_ONCE = 8

/** For who does not say how long they wait. */
const WAIT_MS = 60_000

/**
 * The port of an exporter: `/metrics` answers the page that a scrape of the alias reads in the process, with the parameters of the
 * exporter that it stands for. Whoever may read metrics may read it.
 */
export function createExporterListener(
  name: ExporterName,
  doors: ExporterDoors,
  options: {
    readonly address: Omit<ListenAddress, 'listener'>
    readonly access: Access
    readonly limits?: Partial<HttpLimits>
  },
): Listener {
  const address = { ...options.address, listener: name }
  const log = doors.log.child({ component: 'http', listener: name })
  const meter = routeMeter(doors.registry, name)
  return createListener({ ...options, address, log, meter }, routesOf(name, doors.page))
}

function routesOf(name: ExporterName, page: PartSource): readonly Route[] {
  // What Compose files and probes ask the originals for.
  const health = ['/-/healthy', '/-/ready', ...(name === 'containers' ? ['/healthz'] : [])]
  return [
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'metrics:read',
      handle: limitPages((exchange) => answerPage(exchange, page)),
    },
    {
      methods: ['GET'],
      path: '/',
      permission: 'metrics:read',
      handle: () => landingPage(TITLES[name]),
    },
    ...health.map((path): Route => ({
      methods: ['GET'],
      path,
      permission: 'open',
      handle: () => textAnswer(200, 'ok'),
    })),
  ]
}

function limitPages(make: Route['handle']): Route['handle'] {
  let underWay = 0
  return async (exchange) => {
    if (underWay >= MAX_PAGES_AT_ONCE) {
      const reason = `Limit of concurrent requests reached (${MAX_PAGES_AT_ONCE}), try again later.`
      throw new HttpFault(503, reason, { 'retry-after': '2' })
    }
    underWay++
    try {
      return await make(exchange)
    } finally {
      underWay--
    }
  }
}

async function answerPage(
  { params, headers, signal }: Exchange,
  page: PartSource,
): Promise<Answer> {
  const waitMs = readWait(headers['x-prometheus-scrape-timeout-seconds'])
  const late = AbortSignal.timeout(waitMs)
  try {
    const { bytes, contentType } = await page(
      AbortSignal.any([signal, late]),
      new URLSearchParams(params.search),
      waitMs,
      headers.accept,
    )
    return { contentType, body: bytes }
  } catch (thrown) {
    const options = { cause: thrown }
    if (signal.aborted) throw new Problem('canceled', 'the client went away', options)
    if (!late.aborted) throw thrown
    throw new Problem('timeout', `the page was not there within ${waitMs / 1000} s`, options)
  }
}

/** What Prometheus says in each request: how long it waits for the page. */
function readWait(header: string | readonly string[] | undefined): number {
  const seconds = Number(header ?? '')
  return seconds > 0 && seconds * 1000 <= WAIT_MS ? Math.ceil(seconds * 1000) : WAIT_MS
}

function landingPage(title: string): Answer {
  const body =
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n` +
    `<h1>${title}</h1>\n<p>Vedette answers here as an exporter: <a href="metrics">metrics</a>.</p>\n</html>\n`
  return {
    contentType: 'text/html; charset=utf-8',
    headers: {
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
    },
    body,
  }
}
