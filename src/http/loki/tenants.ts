import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'

/** Loki's own name of the tenant that there is without tenants. */
const NO_TENANT = new Set(['', 'fake'])
const MOST_NAMES = 50

/**
 * There are no tenants yet: what is said in `X-Scope-OrgID` tells nobody apart, as in a Loki with `auth_enabled: false`. Who
 * sends a name is told so in the log, once for each name.
 */
export function warnOfTenants(routes: readonly Route[], log: Log): Route[] {
  const known = new Set<string>()
  const note = ({ headers }: Exchange): void => {
    const name = String(headers['x-scope-orgid'] ?? '')
    if (NO_TENANT.has(name) || known.has(name) || known.size >= MOST_NAMES) return
    known.add(name)
    log.warn('X-Scope-OrgID is not looked at: logs of all tenants are kept together', {
      tenant: name,
    })
  }
  return routes.map((route) =>
    Object.assign({}, route, {
      handle: (exchange: Exchange) => {
        note(exchange)
        return route.handle(exchange)
      },
    }),
  )
}
