import { ALL_SCOPES, NO_SCOPES, SCOPES_OF_ROLE, type Role, type Scope } from './scope.ts'

/** Who sends a request. */
export interface Principal {
  readonly kind: 'user' | 'token' | 'anonymous' | 'loopback' | 'trusted' | 'nobody'
  /** For the audit log: a login, `token NAME`, or the kind. */
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  /** Of users, of the service account of a token, and of the anonymous viewer. */
  readonly role?: Role
  /** Of users and of the service account of a token. */
  readonly userId?: number
  /** The name that people see. */
  readonly displayName?: string
  /** Of users that are signed in by a cookie. */
  readonly browser?: Browser
}

export interface Browser {
  /** What the cookie holds, hashed. */
  readonly idHash: string
  /** What a request that changes something must carry. */
  readonly csrf: string
}

/** A principal with the address that the request came from. */
export interface Caller {
  readonly principal: Principal
  /** Bare, without a port; '' for a unix socket. */
  readonly address: string
}

/** Requests without credentials, of health checks and sign-ins. */
export const NOBODY: Principal = { kind: 'nobody', name: 'nobody', scopes: NO_SCOPES }

export const ANONYMOUS_VIEWER: Principal = {
  kind: 'anonymous',
  name: 'anonymous',
  role: 'viewer',
  scopes: SCOPES_OF_ROLE.viewer,
}

/** Programs on this machine (DESIGN, "Access"). */
export const LOOPBACK_PRINCIPAL: Principal = {
  kind: 'loopback',
  name: 'loopback',
  scopes: ALL_SCOPES,
}

/** Addresses of `access.trusted`. */
export const TRUSTED_READER: Principal = {
  kind: 'trusted',
  name: 'trusted',
  scopes: SCOPES_OF_ROLE.viewer,
}
export const TRUSTED_WRITER: Principal = { kind: 'trusted', name: 'trusted', scopes: ALL_SCOPES }
