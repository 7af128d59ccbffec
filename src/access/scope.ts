import { SCOPES, type RoleJson, type ScopeJson } from '../contract/access.ts'

/** What one may do: read or write one signal, or administer everything. */
export type Scope = ScopeJson

export type Role = RoleJson

/** What a role may do. `write` is every signal's, because who may change alerts and dashboards decides what is seen anyway. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  viewer: new Set(SCOPES.filter((scope) => scope.endsWith(':read'))),
  editor: new Set(SCOPES.filter((scope) => scope !== 'admin')),
  admin: new Set(SCOPES),
}

export const ALL_SCOPES: ReadonlySet<Scope> = SCOPES_OF_ROLE.admin
/** What an agent writes, and nothing else. */
export const AGENT_SCOPES: readonly Scope[] = ['metrics:write', 'logs:write', 'traces:write']
export const NO_SCOPES: ReadonlySet<Scope> = new Set()

/** Whether these scopes allow what a scope stands for; `admin` allows everything. */
export function allows(scopes: ReadonlySet<Scope>, needed: Scope): boolean {
  return scopes.has(needed) || scopes.has('admin')
}

/** The scope that a text names. */
export function toScope(text: string): Scope | undefined {
  return SCOPES.find((scope) => scope === text)
}
