/**
 * JSON of signing in, users, tokens and the audit log: `/api/vedette/…` of the UI listener.
 *
 * A refusal is `{ message }` with status 400 (what is wrong), 401 (not signed in, or wrong name or password), 403 (signed in, but
 * not allowed; also a missing or wrong `X-Vedette-CSRF`), 404, 409 (the name is taken; the last admin cannot go) or 429 (too many
 * attempts; `Retry-After` says when to try again).
 *
 * Requests that change something and are authenticated by the cookie must carry the header `X-Vedette-CSRF` with `csrf` of the
 * sign-in or of `me`. Requests with bearer or basic authentication need no such header.
 */

export const ROLES = ['viewer', 'editor', 'admin'] as const

/** viewer reads everything; editor also changes dashboards, silences and data; admin also users, tokens and the server. */
export type RoleJson = (typeof ROLES)[number]

/** `x:write` does not imply `x:read`; `admin` implies everything. */
export const SCOPES = [
  'metrics:read',
  'metrics:write',
  'logs:read',
  'logs:write',
  'traces:read',
  'traces:write',
  'alerts:read',
  'alerts:write',
  'dashboards:read',
  'dashboards:write',
  'admin',
] as const

export type ScopeJson = (typeof SCOPES)[number]

/** Every password has at least so many characters, and at most so many bytes in UTF-8. */
export const MIN_PASSWORD_LENGTH = 20
export const MAX_PASSWORD_BYTES = 1024

/** The header that proves that our own page sent a request. */
export const CSRF_HEADER = 'x-vedette-csrf'

/** `POST /api/vedette/sign-in`, open to everybody. Answers `MeJson` and sets the cookie. */
export interface SignInRequestJson {
  readonly user: string
  readonly password: string
}

/**
 * `GET /api/vedette/me`, and the answer of sign-in. Open to everybody: who is nobody gets 401 with `{ message }`. With
 * `access.anonymous` it answers `anonymous: true`, role viewer, and an empty `user` and `csrf`.
 */
export interface MeJson {
  /** The login; empty for the anonymous viewer. */
  readonly user: string
  readonly name: string
  readonly role: RoleJson
  /** For the header `X-Vedette-CSRF`; empty when the request was not authenticated by a cookie. */
  readonly csrf: string
  readonly anonymous: boolean
}

/** `POST /api/vedette/sign-out` answers 204, and takes the cookie away. `POST /api/vedette/sign-out-everywhere` ends all of one's own. */

/** `GET /api/vedette/users` answers `UserJson[]`; `POST` with `NewUserJson` answers 201 with `UserJson`. For admins. */
export interface UserJson {
  readonly id: number
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: RoleJson
  readonly disabled: boolean
  readonly createdMs: number
  /** Null: was never there. Exact to about a minute. */
  readonly lastSeenMs: number | null
}

export interface NewUserJson {
  /** `[a-z0-9._@+-]`, up to 190 characters; kept in lower case. */
  readonly login: string
  readonly password: string
  readonly role: RoleJson
  readonly name?: string
  readonly email?: string
}

/** `PUT /api/vedette/users/:id` answers `UserJson`; a new password or `disabled` signs the user out. `DELETE` answers 204. */
export interface UserChangeJson {
  readonly role?: RoleJson
  readonly name?: string
  readonly email?: string
  readonly password?: string
  readonly disabled?: boolean
}

/** `GET /api/vedette/tokens` answers `TokenJson[]`. `DELETE /api/vedette/tokens/:id` answers 204. For admins. */
export interface TokenJson {
  readonly id: number
  readonly name: string
  /** Its first characters, to recognise it by. */
  readonly hint: string
  readonly scopes: readonly ScopeJson[]
  readonly createdBy: string
  readonly createdMs: number
  /** Null: never. */
  readonly expiresMs: number | null
  readonly lastUsedMs: number | null
  readonly lastUsedAddress: string
}

/** `POST /api/vedette/tokens` answers 201 with `CreatedTokenJson`. */
export interface NewTokenJson {
  /** `[A-Za-z0-9._ -]`, up to 190 characters. */
  readonly name: string
  readonly scopes: readonly ScopeJson[]
  /** From now; absent: it does not expire. */
  readonly expiresInMs?: number
}

/** The only answer that ever holds the token: show it once. */
export interface CreatedTokenJson extends TokenJson {
  readonly token: string
}

/** `GET /api/vedette/audit?from=MS&to=MS&limit=N` answers `AuditEntryJson[]`, the newest first. For admins. */
export interface AuditEntryJson {
  readonly id: number
  readonly atMs: number
  /** A login, `token NAME`, `anonymous`, `loopback`, `trusted`, or `command line`. */
  readonly actor: string
  readonly address: string
  /** A noun and what became of it: `sign-in`, `sign-out`, `user.create`, `token.revoke`, `dashboard.save`, `silence.create` … */
  readonly action: string
  readonly target: string
  readonly failed: boolean
  readonly details: string
}
