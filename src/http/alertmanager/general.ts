import type { AlertmanagerStatusJson, ReceiverJson } from '../../contract/alertmanager.ts'
import type { Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'
import { timeText } from './alert-json.ts'
import type { AlertmanagerDoors } from './doors.ts'
import { readMatchers, wantsReceiver } from './filters.ts'
import { jsonAnswer } from './read-body.ts'
import { withAlertmanager } from './respond.ts'

/** Status and receivers, as API v2 shows them. */
export function statusRoutes(doors: AlertmanagerDoors): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/api/v2/status',
      permission: 'read',
      handle: withAlertmanager(doors, ({ rules }) => {
        const status: AlertmanagerStatusJson = {
          // One program has no cluster to show; several share what they know through the metadata database.
          cluster: { peers: [], status: 'disabled' },
          config: { original: rules.configYaml },
          uptime: timeText(doors.startedMs),
          versionInfo: doors.versionInfo(),
        }
        return jsonAnswer(status)
      }),
    },
    {
      methods: ['GET'],
      path: '/api/v2/receivers',
      permission: 'read',
      handle: withAlertmanager(doors, ({ rules }, { params }) => {
        const matchers = readMatchers(params, 'receiver_matchers')
        const shown: ReceiverJson[] = []
        for (const { name, labels } of rules.receivers.values()) {
          if (!wantsReceiver({ pattern: undefined, matchers }, name, labels)) continue
          shown.push({ labels: { ...labels, name }, name })
        }
        return jsonAnswer(shown)
      }),
    },
  ]
}

/** The above, and what the original answers outside its API. */
export function generalRoutes(doors: AlertmanagerDoors): Route[] {
  return [
    ...statusRoutes(doors),
    {
      methods: ['GET'],
      path: '/',
      permission: 'open',
      handle: ({ headers }) => toAlertPages(doors.uiUrl(), headers.host),
    },
    {
      methods: ['GET', 'POST'],
      path: '/api/v1/*',
      permission: 'open',
      handle: () =>
        jsonAnswer(
          {
            status: 'deprecated',
            error:
              'The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.28.0 - please use the equivalent route in the v2 API',
          },
          410,
        ),
    },
    {
      methods: ['GET'],
      path: '/-/healthy',
      permission: 'open',
      handle: () => textAnswer(200, 'OK'),
    },
    {
      methods: ['GET'],
      path: '/-/ready',
      permission: 'open',
      handle: () => readinessAnswer(doors),
    },
    {
      methods: ['POST', 'PUT'],
      path: '/-/reload',
      permission: 'admin',
      handle: (exchange) => {
        exchange.audit('server.reload', '')
        return reload(doors)
      },
    },
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'read',
      handle: () => ({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: doors.selfMetrics(),
      }),
    },
  ]
}

/**
 * Bookmarks and links of notifications lead to `/#/alerts…` and `/#/silences…`. What is behind the `#` stays in the browser, which
 * takes it along; the page over there understands it. People keep the name by which they reached us: the UI's own may be
 * `localhost`.
 */
function toAlertPages(uiUrl: string | undefined, host: string | undefined): Answer {
  if (uiUrl === undefined) {
    return textAnswer(404, 'the web UI is off: start with --listen.ui HOST:PORT to see alerts')
  }
  const url = new URL('/alerts', uiUrl)
  const reached = `http://${host ?? ''}`
  if (URL.canParse(reached)) url.hostname = new URL(reached).hostname
  return { status: 302, headers: { location: url.href, 'cache-control': 'no-store' } }
}

function readinessAnswer({ alertmanager, readiness }: AlertmanagerDoors): Answer {
  if (alertmanager() !== undefined) return textAnswer(200, 'OK')
  return textAnswer(503, `Service Unavailable: ${readiness().reason}`)
}

async function reload({ reload: run }: AlertmanagerDoors): Promise<Answer> {
  if (run === undefined)
    return textAnswer(403, 'Lifecycle API is not enabled: start with --web.enable-lifecycle')
  const faults = await run()
  if (faults.length === 0) return { status: 200 }
  return textAnswer(500, `failed to reload config: ${faults.join('\n')}`)
}
