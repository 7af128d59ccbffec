import { TEMPO_VERSION, VERSION } from '../../self/version.ts'
import type { Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { TempoDoors } from './doors.ts'
import { jsonAnswer } from './respond.ts'

/** What Tempo answers besides traces: readiness, its version, its own metrics, an echo for Grafana's "Save & test". */
export function generalRoutes(doors: Pick<TempoDoors, 'readiness' | 'selfMetrics'>): Route[] {
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
    {
      methods: ['GET'],
      path: '/api/echo',
      permission: 'traces:read',
      handle: () => ({ contentType: 'text/plain; charset=utf-8', body: 'echo' }),
    },
    {
      methods: ['GET'],
      path: '/api/status/buildinfo',
      permission: 'traces:read',
      handle: () =>
        jsonAnswer({
          version: TEMPO_VERSION,
          revision: `vedette-${VERSION}`,
          branch: 'vedette',
          buildUser: '',
          buildDate: '',
          goVersion: '',
        }),
    },
    {
      methods: ['GET'],
      path: '/status',
      permission: 'traces:read',
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
  ]
}
