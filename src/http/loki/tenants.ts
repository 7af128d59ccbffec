import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'

/** Loki's own name of the tenant that there is without tenants. */
const NO_TENANT = new Set(['', 'fake'])
const MOST_NAMES = 50

/** Says once for each name that it tells nobody apart. */
export function createTenantNote(log: Log): (name: unknown) => void {
  const known = new Set<string>()
  return (given) => {
    const name = typeof given === 'string' ? given : ''
    if (NO_TENANT.has(name) || known.has(name) || known.size >= MOST_NAMES) return
    known.add(name)
    log.warn('X-Scope-OrgID is not looked at: logs of all tenants are kept together', {
      tenant: name,
    })
  }
}

/**
 * There are no tenants yet: what is said in `X-Scope-OrgID` tells nobody apart, as in a Loki with `auth_enabled: false`. Who
 * sends a name is told so in the log, once for each name.
 */
export function warnOfTenants(routes: readonly Route[], log: Log): Route[] {
  const note = createTenantNote(log)
  return routes.map((route) =>
    Object.assign({}, route, {
      handle: (exchange: Exchange) => {
        note(exchange.headers['x-scope-orgid'])
        return route.handle(exchange)
      },
    }),
  )
}
