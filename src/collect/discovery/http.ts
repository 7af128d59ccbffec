import { OutboundHttp } from '../../outbound/outbound-http.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../../outbound/http-client.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import { durationMsIn, textIn } from '../config/plain-settings.ts'
import type { MakingDeps } from './discoveries.ts'
import { readHttpGroups } from './http-groups.ts'
import { refreshDiscovery } from './refresh.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from './target-group.ts'

const DEFAULT_REFRESH_MS = 60_000
const LEAST_WAIT_MS = 5000
/** So many targets no program of this size scrapes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** One item of `http_sd_configs`. */
export interface HttpDiscoverySettings {
  readonly url: string
  readonly http: HttpClientConfig
  readonly refreshIntervalMs: number
}

/** The targets that a server lists, by an item of `http_sd_configs`. */
export function createHttpDiscovery(item: OtherDiscovery, deps: MakingDeps): Discovery {
  const { settings, http } = item
  return httpDiscovery(
    {
      url: textIn(settings, 'url') ?? '',
      http: http ?? PLAIN_HTTP_CLIENT,
      refreshIntervalMs: durationMsIn(settings, 'refresh_interval') ?? DEFAULT_REFRESH_MS,
    },
    deps,
  )
}

/**
 * Asks a URL for target groups as JSON at an interval (discovery/http). An answer that is not a list of groups, whole and with the
 * right Content-Type, leaves those found before in force.
 */
export function httpDiscovery(
  { url, http, refreshIntervalMs }: HttpDiscoverySettings,
  deps: MakingDeps,
): Discovery {
  const client = new OutboundHttp(http, { maxAnswerBytes: MAX_ANSWER_BYTES })
  return refreshDiscovery(
    {
      mechanism: 'http',
      intervalMs: refreshIntervalMs,
      find: (signal) => {
        // Who has not answered by the time of the next question does not answer.
        const late = AbortSignal.timeout(Math.max(refreshIntervalMs, LEAST_WAIT_MS))
        return findGroups(client, url, refreshIntervalMs, AbortSignal.any([signal, late]))
      },
      close: () => client.close(),
    },
    deps,
  )
}

async function findGroups(
  client: OutboundHttp,
  url: string,
  refreshIntervalMs: number,
  signal: AbortSignal,
): Promise<readonly TargetGroup[]> {
  const { status, headers, body } = await client.send(
    {
      method: 'GET',
      url,
      headers: {
        accept: 'application/json',
        'x-prometheus-refresh-interval-seconds': String(refreshIntervalMs / 1000),
      },
    },
    signal,
  )
  if (status !== 200) throw new Error(`server returned HTTP status ${status}`)
  const type = headers['content-type'] ?? ''
  if (!/^application\/json(?:;\s*charset=(?:"utf-8"|utf-8))?$/i.test(type.trim()))
    throw new Error(`unsupported content type ${JSON.stringify(type)}: application/json is wanted`)
  if (Buffer.byteLength(body) >= MAX_ANSWER_BYTES)
    throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`)
  const shown = withoutPassword(url)
  return readHttpGroups(body).map(({ targets, labels }, i) =>
    toTargetGroup(`${shown}:${i}`, targets, { ...labels, __meta_url: shown }),
  )
}

/** The URL as everybody may see it among the labels of a target. */
function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password === '') return text
  url.password = 'xxxxx'
  return url.href
}
