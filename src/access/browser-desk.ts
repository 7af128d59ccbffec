import type { Metadata } from '../store/metadata/metadata.ts'
import {
  deleteOldSignIns,
  deleteSignIn,
  deleteSignInsOf,
  insertSignIn,
} from '../store/metadata/sign-ins.ts'
import { touchUser, type User } from '../store/metadata/users.ts'
import type { AuditLog } from './audit-log.ts'
import type { Authenticator, SignInLife, Verdict } from './authenticator.ts'
import { csrfOf, digest, generateSecret } from './digest.ts'
import type { Caller } from './principal.ts'
import type { Clock } from './throttle.ts'

export interface BrowserParts {
  readonly metadata: Metadata
  readonly authenticator: Pick<Authenticator, 'forget' | 'findByPassword'>
  readonly audit: AuditLog
  readonly life: SignInLife
  readonly clock: Clock
}

export interface SignInRequest {
  readonly login: string
  readonly password: string
  readonly address: string
  readonly userAgent: string
  /** What the browser's cookie held before, if anything: it is ended, whoever it belonged to. */
  readonly previousId?: string
}

export interface SignedIn {
  readonly user: User
  /** For the cookie, and nothing else. Always new, so that nobody can have prepared it. */
  readonly id: string
  readonly csrf: string
}

const MAX_USER_AGENT_LENGTH = 300

/** Browsers sign in and out here. */
export class BrowserDesk {
  readonly #parts: BrowserParts

  constructor(parts: BrowserParts) {
    this.#parts = parts
  }

  /** Resolves to why not, where it is refused: never telling whether there is such a user. */
  async signIn(request: SignInRequest): Promise<SignedIn | Exclude<Verdict, { ok: true }>> {
    const { metadata, authenticator, audit, life, clock } = this.#parts
    const { login, password, address, previousId } = request
    const found = await authenticator.findByPassword(login, password, address)
    if (!('user' in found)) return found
    const { user } = found
    const nowMs = clock.nowMs()
    if (previousId !== undefined) await deleteSignIn(metadata, digest(previousId))
    await deleteOldSignIns(metadata, nowMs - life.idleMs, nowMs - life.lifetimeMs)
    const id = generateSecret()
    await insertSignIn(metadata, {
      idHash: digest(id),
      userId: user.id,
      createdMs: nowMs,
      lastSeenMs: nowMs,
      address,
      userAgent: request.userAgent.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_USER_AGENT_LENGTH),
    })
    await touchUser(metadata, user.id, nowMs)
    authenticator.forget()
    const principal = { kind: 'user', name: user.login, scopes: new Set<never>() } as const
    audit.record({ principal, address }, 'sign-in', user.login)
    return { user, id, csrf: csrfOf(id) }
  }

  async signOut(by: Caller): Promise<void> {
    const { browser, name } = by.principal
    if (browser === undefined) return
    await deleteSignIn(this.#parts.metadata, browser.idHash)
    this.#parts.authenticator.forget()
    this.#parts.audit.record(by, 'sign-out', name)
  }

  /** In every browser, this one too. */
  async signOutEverywhere(by: Caller): Promise<void> {
    const { userId, name } = by.principal
    if (userId === undefined) return
    await deleteSignInsOf(this.#parts.metadata, userId)
    this.#parts.authenticator.forget()
    this.#parts.audit.record(by, 'sign-out', name, { details: 'everywhere' })
  }
}
