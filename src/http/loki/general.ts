import { LOKI_VERSION, VERSION } from '../../self/version.ts'
import type { Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'
import type { LokiDoors } from './doors.ts'
import { jsonAnswer } from './respond.ts'

type GeneralDoors = Pick<LokiDoors, 'readiness' | 'configYaml' | 'selfMetrics'>

/** What Loki answers besides logs: readiness, its version, its configuration, its own metrics. */
export function generalRoutes(doors: GeneralDoors): Route[] {
  const buildInfo = (): Answer =>
    jsonAnswer({
      version: LOKI_VERSION,
      revision: `vedette-${VERSION}`,
      branch: 'vedette',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    })
  return [
    {
      methods: ['GET'],
      path: '/ready',
      permission: 'open',
      handle: () => {
        const { ok, reason } = doors.readiness.ready()
        return ok ? textAnswer(200, 'ready') : textAnswer(503, `Ingester not ready: ${reason}`)
      },
    },
    ...['/loki/api/v1/status/buildinfo', '/api/v1/status/buildinfo'].map((path): Route => ({
      methods: ['GET'],
      path,
      permission: 'logs:read',
      handle: buildInfo,
    })),
    {
      methods: ['GET'],
      path: '/config',
      permission: 'admin',
      handle: () => ({ contentType: 'text/plain; charset=utf-8', body: doors.configYaml() }),
    },
    {
      methods: ['GET'],
      path: '/services',
      permission: 'logs:read',
      handle: () => textAnswer(200, 'store => Running\nquerier => Running\ndistributor => Running'),
    },
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'metrics:read',
      handle: () => ({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: doors.selfMetrics(),
      }),
    },
    // Lines are durable before they are acknowledged: there is nothing to flush.
    {
      methods: ['POST', 'GET'],
      path: '/flush',
      permission: 'admin',
      handle: () => ({ status: 204 }),
    },
  ]
}
