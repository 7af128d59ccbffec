import { Problem } from '../model/problem.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { deleteToken, insertToken, listTokens, type StoredToken } from '../store/metadata/tokens.ts'
import type { AuditLog } from './audit-log.ts'
import type { Authenticator } from './authenticator.ts'
import { digest, generateToken, hintOf } from './digest.ts'
import { ConflictProblem } from './fault.ts'
import type { Caller } from './principal.ts'
import type { Scope } from './scope.ts'
import type { Clock } from './throttle.ts'

export interface TokenParts {
  readonly metadata: Metadata
  readonly authenticator: Pick<Authenticator, 'forget'>
  readonly audit: AuditLog
  readonly clock: Clock
}

export interface TokenRequest {
  readonly name: string
  /** Of a token of a service account none means: all that the account may do. */
  readonly scopes: readonly Scope[]
  readonly expiresInMs?: number
  /** The service account that it belongs to. */
  readonly userId?: number
}

export interface CreatedToken {
  readonly stored: StoredToken
  /** Shown once: only its hash is kept. */
  readonly token: string
}

const MAX_LIFE_MS = 100 * 365 * 86_400_000

/** What admins do with tokens. Each verb notes who did it, and holds at once. Throws a `Problem` that says what is wrong. */
export class TokenDesk {
  readonly #parts: TokenParts

  constructor(parts: TokenParts) {
    this.#parts = parts
  }

  /** Those of a service account when its id is given; otherwise all. */
  list(userId?: number): Promise<readonly StoredToken[]> {
    return listTokens(this.#parts.metadata, userId)
  }

  async create(by: Caller, request: TokenRequest): Promise<CreatedToken> {
    const { metadata, authenticator, audit, clock } = this.#parts
    const { scopes, expiresInMs, userId } = request
    const name = request.name.trim()
    if (!/^[A-Za-z0-9._ -]{1,190}$/.test(name)) {
      const rule = 'letters, digits, spaces and . _ -, and has at most 190 characters'
      throw new Problem('bad_data', `the name of a token consists of ${rule}`)
    }
    if (scopes.length === 0 && userId === undefined) {
      throw new Problem('bad_data', 'a token needs at least one scope, such as metrics:write')
    }
    if (expiresInMs !== undefined && !(expiresInMs > 0 && expiresInMs <= MAX_LIFE_MS)) {
      throw new Problem('bad_data', 'a token expires in more than nothing and less than a century')
    }
    const token = generateToken()
    const nowMs = clock.nowMs()
    const stored = await insertToken(metadata, {
      name,
      secretHash: digest(token),
      hint: hintOf(token),
      scopes: [...new Set(scopes)],
      userId,
      createdBy: by.principal.name,
      createdMs: nowMs,
      expiresMs: expiresInMs === undefined ? undefined : nowMs + Math.round(expiresInMs),
    })
    if (stored === undefined) throw new ConflictProblem(`there is a token ${name} already`)
    authenticator.forget()
    audit.record(by, 'token.create', name, { details: scopes.join(' ') })
    return { stored, token }
  }

  /** It is refused from now on. */
  async revoke(by: Caller, id: number): Promise<void> {
    const { metadata, authenticator, audit } = this.#parts
    const revoked = await deleteToken(metadata, id)
    if (revoked === undefined) throw new Problem('not_found', `there is no token ${id}`)
    authenticator.forget()
    audit.record(by, 'token.revoke', revoked.name)
  }
}
